// Whether somebody is at the page, and how long they have been: a goal for this sitting, and a
// reminder to pause. It is theirs alone: kept in this browser, sent nowhere, and nobody is hurried.
"use strict";

// Here is who has the page before them and has done something a few minutes ago; a window that
// another one has the focus of is left until something is done in it again.
window.accordPresence = (() => {
  const AWAY = 5 * 60 * 1000; // milliseconds without a sign
  const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]; // scripts scroll and focus, too
  let lastSign = performance.now();
  let leftAt = Infinity;
  let wasHere = true;

  const until = () => Math.min(performance.now(), leftAt, lastSign + AWAY);
  const isHere = () => leftAt === Infinity && performance.now() - lastSign < AWAY;

  function tell() {
    if (isHere() === wasHere) return;
    wasHere = isHere();
    document.dispatchEvent(new CustomEvent("accord:presence", { detail: { isHere: wasHere } }));
  }

  function leave() {
    leftAt = Math.min(leftAt, performance.now());
    tell();
  }

  function note() {
    if (document.hidden) return;
    tell(); // that they were away, should the computer have slept through it
    lastSign = performance.now();
    leftAt = Infinity;
    tell();
  }

  for (const sign of SIGNS) window.addEventListener(sign, note, { capture: true, passive: true });
  window.addEventListener("focus", note); // the window's own: what is focused inside does not bubble
  window.addEventListener("blur", leave);
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : note()));
  setInterval(tell, 5000);
  if (document.hidden) leave();
  return { isHere, until };
})();

(() => {
  const WISHES = "accord care"; // { goal, every }
  const SITTING = "accord sitting"; // { judged, seconds, untilPause, seen }
  const AWAY = 5 * 60; // seconds away from the page that count as a pause
  const OVER = 60 * 60; // and as the end of the sitting
  const TICK = 5; // seconds

  const form = document.getElementById("care-form");
  const words = form.dataset;
  const so = document.getElementById("care-so-far");
  const notice = document.getElementById("care-notice");
  const now = () => Date.now() / 1000;
  let wishes = read(localStorage, WISHES, { goal: 0, every: 45 });
  let sitting = read(sessionStorage, SITTING, fresh());

  function fresh() {
    return { judged: 0, seconds: 0, unpaused: 0, seen: now() };
  }

  function read(store, name, otherwise) {
    try {
      return { ...otherwise, ...JSON.parse(store.getItem(name)) };
    } catch {
      return otherwise;
    }
  }

  function keep(store, name, value) {
    try {
      store.setItem(name, JSON.stringify(value));
    } catch {
      // it holds until the page is left
    }
  }

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

  function say(text) {
    notice.firstElementChild.textContent = text;
    notice.hidden = !text;
  }

  function tick() {
    if (!window.accordPresence.isHere()) return;
    const away = now() - sitting.seen;
    if (away > OVER) sitting = fresh();
    else if (away > AWAY) sitting.unpaused = 0;
    else {
      sitting.seconds += away;
      sitting.unpaused += away;
    }
    sitting.seen = now();
    const minutes = Math.floor(sitting.unpaused / 60);
    if (wishes.every && minutes >= wishes.every) {
      say(fill(words.wordPause, { minutes }));
      sitting.unpaused = 0;
    }
    show();
  }

  function show() {
    keep(sessionStorage, SITTING, sitting);
    so.textContent = fill(words.wordSoFar, {
      judged: sitting.judged,
      minutes: Math.floor(sitting.seconds / 60),
    });
  }

  document.addEventListener("accord:judged", ({ detail }) => {
    sitting.judged = Math.max(0, sitting.judged + detail.change);
    if (detail.change > 0 && wishes.goal && sitting.judged === wishes.goal) {
      say(fill(words.wordGoal, { goal: wishes.goal }));
    }
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wishes = { goal: form.elements.goal.valueAsNumber || 0, every: form.elements.every.valueAsNumber || 0 };
    keep(localStorage, WISHES, wishes);
    document.getElementById("care").hidePopover();
  });
  notice.querySelector("button").addEventListener("click", () => say(""));
  document.addEventListener("accord:presence", tick);
  form.elements.goal.value = wishes.goal || "";
  form.elements.every.value = wishes.every;
  document.querySelector("[popovertarget=care]").hidden = false;
  setInterval(tick, TICK * 1000);
  tick();
})();
