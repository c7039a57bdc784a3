// Puts the answers of a set in order: tiles to drag by mouse or touch, to pick and move by keys, and
// the place on each answer, which is what is sent. judge.js sends it; keys.js says which key does what.
// Without this file the places are chosen one by one.
"use strict";

(() => {
  const box = document.getElementById("order");
  const list = box.querySelector(".order__places");
  const said = box.querySelector(".order__said");
  const words = box.dataset;
  const FARTHEST_CLICK = 6; // pixels that a finger may slip without it being a drag
  let groups = []; // letters by place, the best first; those in one group are tied
  let picked = "";
  let isTouched = false;
  let isAsked = false; // once for a set
  let drag = null;

  const selects = () => [...document.querySelectorAll("#pair select[data-letter]")];
  const placeOf = (letter) => groups.findIndex((group) => group.includes(letter));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const tileOf = (letter) => list.querySelector(`[data-letter="${letter}"]`);

  // --- the order -------------------------------------------------------------------------------
  function without(letter) {
    return groups.map((group) => group.filter((one) => one !== letter));
  }

  // `group` names a place in the order as it is drawn, from 0.
  function putBefore(letter, group) {
    const rest = without(letter);
    rest.splice(group, 0, [letter]);
    change(rest);
  }

  function tieWith(letter, group) {
    const rest = without(letter);
    rest[group] = [...rest[group], letter].sort();
    change(rest);
  }

  function move(step) {
    const place = placeOf(picked);
    if (place < 0) return;
    if (groups[place].length > 1) putBefore(picked, step < 0 ? place : place + 1); // out of its tie
    else if (step < 0 && place > 0) putBefore(picked, place - 1);
    else if (step > 0 && place < groups.length - 1) putBefore(picked, place + 2);
  }

  function tie() {
    const place = placeOf(picked);
    if (place < 0) return;
    if (groups[place].length > 1) putBefore(picked, place + 1);
    else if (place > 0) tieWith(picked, place - 1);
  }

  function putAt(place) {
    if (!picked) return;
    const rest = without(picked).filter((group) => group.length);
    rest.splice(Math.min(place, rest.length + 1) - 1, 0, [picked]);
    change(rest);
  }

  function change(next) {
    groups = next.filter((group) => group.length);
    isTouched = true;
    draw();
    const order = groups.map((group, place) => `${place + 1} ${group.join(" = ")}`).join(", ");
    say(fill(words.wordOrder, { order }));
  }

  // Somebody chose places on the answers themselves: those with the same place are tied.
  function readPlaces() {
    change(groupsOf(selects().map(({ dataset, value }) => [dataset.letter, Number(value) || 99])));
  }

  function groupsOf(places) {
    const kept = [...new Set(places.map(([, place]) => place))].sort((a, b) => a - b);
    return kept.map((place) => places.filter(([, one]) => one === place).map(([letter]) => letter));
  }

  // The order that the server refused, as it gives it back with the pair; none of a new one.
  function refused() {
    const given = (select) => Number(select.querySelector("option[selected]")?.value) || 0;
    const places = selects().map((select) => [select.dataset.letter, given(select)]);
    return places.every(([, place]) => place) ? groupsOf(places) : [];
  }

  // --- what is on the screen -------------------------------------------------------------------
  function draw() {
    const hadFocus = list.contains(document.activeElement);
    list.replaceChildren(...groups.map(drawPlace));
    box.classList.toggle("order--untouched", !isTouched);
    for (const select of selects()) {
      const { letter } = select.dataset;
      select.value = String(placeOf(letter) + 1);
      select.closest(".answer").classList.toggle("is-picked", letter === picked);
    }
    if (hadFocus) tileOf(picked)?.focus();
  }

  function drawPlace(group, place) {
    const item = document.createElement("li");
    item.className = "order__place";
    const number = document.createElement("span");
    number.className = "order__number";
    number.setAttribute("aria-hidden", "true");
    number.textContent = place + 1;
    item.append(number, ...group.map((letter) => drawTile(letter, place)));
    return item;
  }

  function drawTile(letter, place) {
    const tile = document.createElement("button");
    tile.type = "button";
    tile.className = "order__tile";
    tile.dataset.letter = letter;
    tile.textContent = letter;
    tile.setAttribute("aria-pressed", letter === picked);
    tile.setAttribute("aria-label", fill(words.wordTile, { name: letter, place: place + 1 }));
    return tile;
  }

  function say(text, isQuestion = false) {
    said.textContent = text;
    said.classList.toggle("controls__said--question", isQuestion);
    said.classList.toggle("visually-hidden", !isQuestion);
  }

  function pick(letter) {
    if (placeOf(letter) < 0 || letter === picked) return; // a click follows on every drag
    picked = letter;
    draw();
    say(fill(words.wordPicked, { name: letter }));
  }

  // --- dragging --------------------------------------------------------------------------------
  function start(event) {
    const tile = event.target.closest(".order__tile");
    if (!tile || event.button !== 0 || drag) return;
    drag = { tile, letter: tile.dataset.letter, id: event.pointerId, x: event.clientX, y: event.clientY };
    tile.setPointerCapture(event.pointerId);
  }

  function follow(event) {
    if (drag?.id !== event.pointerId) return;
    const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.isMoving && Math.hypot(right, down) < FARTHEST_CLICK) return;
    drag.isMoving = true;
    drag.tile.classList.add("is-dragged");
    drag.tile.style.transform = `translate(${right}px, ${down}px)`;
    drag.target = targetAt(event.clientX, event.clientY);
    markTarget();
  }

  // Where it would fall: into the gap before or behind a place, or onto the place itself.
  function targetAt(x, y) {
    const items = [...list.children];
    const boxes = items.map((item) => item.getBoundingClientRect());
    const away = ({ left, right, top, bottom }) =>
      Math.max(left - x, x - right, 0) + 4 * Math.max(top - y, y - bottom, 0); // a row is kept first
    const place = boxes.reduce((best, one, at) => (away(one) < away(boxes[best]) ? at : best), 0);
    const { left, width } = boxes[place];
    const share = (x - left) / width;
    const how = share < 0.3 ? "before" : share > 0.7 ? "behind" : "onto";
    return { place, how, item: items[place] };
  }

  function markTarget() {
    for (const item of list.children) {
      delete item.dataset.drop;
      if (item === drag.target.item) item.dataset.drop = drag.target.how;
    }
  }

  function drop(event) {
    if (drag?.id !== event.pointerId) return;
    const { isMoving, letter, target } = drag;
    endDrag();
    if (!isMoving) return;
    free();
    picked = letter;
    const own = placeOf(letter);
    if (target.how === "onto" && target.place !== own) tieWith(letter, target.place);
    else if (target.how !== "onto") putBefore(letter, target.place + (target.how === "behind" ? 1 : 0));
  }

  // Keys go on with the page after a pointer did something: Enter sends, and presses no tile.
  function free() {
    document.getElementById("pair").focus({ preventScroll: true });
  }

  function endDrag() {
    drag.tile.classList.remove("is-dragged");
    drag.tile.style.transform = "";
    for (const item of list.children) delete item.dataset.drop;
    drag = null;
  }

  // --- beginning -------------------------------------------------------------------------------
  function begin() {
    if (drag) endDrag();
    const before = refused();
    groups = before.length ? before : selects().map(({ dataset }) => [dataset.letter]);
    picked = "";
    isTouched = before.length > 0;
    isAsked = false;
    box.hidden = !groups.length;
    draw();
    say("");
  }

  function ask(event) {
    if (event.defaultPrevented || isTouched || isAsked) return;
    event.preventDefault();
    isAsked = true;
    say(words.wordUntouched, true);
  }

  const actions = { earlier: () => move(-1), later: () => move(1), tied: tie };

  function act(action) {
    const [kind, name] = action.split("_");
    if (kind === "pick" && placeOf(name.toUpperCase()) >= 0) pick(name.toUpperCase());
    else if (kind === "place" && picked) putAt(Number(name));
    else if (actions[action] && picked) actions[action]();
    else return false;
    return true;
  }

  window.accordKeys.hear(act);
  box.addEventListener("click", (event) => {
    if (event.detail) free(); // by a pointer
    const tile = event.target.closest(".order__tile");
    if (tile) pick(tile.dataset.letter);
    else actions[event.target.closest("[data-does]")?.dataset.does]?.();
  });
  list.addEventListener("pointerdown", start);
  list.addEventListener("pointermove", follow);
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", () => drag && endDrag());
  document.addEventListener("change", (event) => {
    if (event.target.matches("#pair select[data-letter]")) readPlaces();
  });
  document.addEventListener("accord:pair", begin);
  document.addEventListener("accord:verdict", ask);
  begin();
})();
