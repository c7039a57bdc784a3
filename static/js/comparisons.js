// Keys of the list of comparisons, and ranges of it. Without script every row has its link and its
// box, and the forms work as they are.
"use strict";

(() => {
  const STORE = "accord list keys"; // "off": single keys do nothing here
  const table = document.querySelector("[data-list]");
  const search = document.querySelector("form[role=search] input[type=search]");
  const sheet = document.getElementById("list-keys");
  const rows = table ? [...table.tBodies[0].rows] : [];
  const linkOf = (row) => row.querySelector("[data-open]");
  const boxOf = (row) => row.querySelector("input[type=checkbox]");
  const boxes = rows.map(boxOf).filter(Boolean);
  let last = -1; // the row whose box was changed last: a range begins there

  const here = () => rows.findIndex((row) => row.contains(document.activeElement));

  function isOn() {
    try {
      return localStorage.getItem(STORE) !== "off";
    } catch {
      return true;
    }
  }

  function go(step) {
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    if (!rows[next]) return;
    linkOf(rows[next]).focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  function choose(at, isRange) {
    if (!boxes.length || at < 0) return;
    const isChosen = isRange && last >= 0 ? boxes[last].checked : !boxes[at].checked;
    const from = isRange && last >= 0 ? last : at;
    for (let n = Math.min(from, at); n <= Math.max(from, at); n += 1) boxes[n].checked = isChosen;
    if (!isRange) last = at;
    tell();
  }

  function chooseAll(isChosen) {
    for (const box of boxes) box.checked = isChosen;
    last = -1;
    tell();
  }

  function tell() {
    const n = boxes.filter((box) => box.checked).length;
    for (const row of rows) row.classList.toggle("row--chosen", boxOf(row)?.checked ?? false);
    const told = document.querySelector("[data-n-chosen]");
    if (told) told.textContent = n ? table.dataset.wordChosen.replace("{n}", n) : "";
    if (all) {
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    }
  }

  const all = table?.querySelector("[data-choose-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => chooseAll(all.checked));
  }
  const help = document.querySelector("[data-list-help]");
  if (help) help.hidden = false;

  table?.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last >= 0) {
      choose(at, true);
    } else {
      last = at;
      tell();
    }
  });

  const single = sheet?.querySelector("[data-single-keys]");
  if (single) {
    single.checked = isOn();
    single.addEventListener("change", () => {
      try {
        localStorage.setItem(STORE, single.checked ? "on" : "off");
      } catch {
        // it holds until the page is left, by what the box says
      }
    });
  }

  const isTyping = ({ target }) =>
    target.isContentEditable ||
    Boolean(target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])"));

  const ACTIONS = {
    j: () => go(1),
    k: () => go(-1),
    x: () => choose(here(), false),
    X: () => choose(here(), true),
    "/": () => search?.focus(),
    "?": () => sheet?.showPopover(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (sheet?.matches(":popover-open")) return; // Escape closes it by itself
    if (event.key === "Escape") {
      if (isTyping(event)) {
        event.target.blur();
        if (rows.length) linkOf(rows[Math.max(last, 0)]).focus();
      } else {
        chooseAll(false);
      }
      return;
    }
    if (isTyping(event) || !(single?.checked ?? isOn())) return;
    const act = ACTIONS[event.key];
    if (!act || (event.repeat && !"jk".includes(event.key))) return;
    event.preventDefault();
    act();
  });

  tell(); // a browser may have kept what was ticked
})();
