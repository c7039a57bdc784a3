// Which key does what on the judging screen. The list under `?` says it, a row for each action
// (data-action, data-keys), and a person may give an action another key, for this browser.
"use strict";

window.accordKeys = (() => {
  const STORE = "accord keys";
  const NAMES = { Enter: "↵", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "␣" };
  // They have a meaning on any page, or none by themselves: all accents begin with "Dead".
  const FIXED = ["Escape", "Tab", "Enter", " ", "Backspace", "Delete", "Dead", "Unidentified"];
  const list = document.getElementById("keys");
  const words = list.dataset;
  const said = list.querySelector("[role=status]");
  const rows = [...list.querySelectorAll("[data-action]")];
  let chosen = read(); // { action: key }
  let waiting = null; // the row whose next key is its own

  function read() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORE)) ?? {};
      return Object.fromEntries(Object.entries(stored).filter(([, key]) => typeof key === "string"));
    } catch {
      return {}; // kept by something else, or no storage here
    }
  }

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(chosen));
    } catch {
      // it holds until the page is left
    }
    draw();
  }

  const keysOf = (row) => {
    const own = chosen[row.dataset.action];
    const given = Object.values(chosen); // perhaps on a screen that does not offer this action
    return own ? [own] : row.dataset.keys.split(" ").filter((key) => !given.includes(key));
  };
  const actionOfKey = (key) => rows.find((row) => keysOf(row).includes(key))?.dataset.action;

  // By character, else by position: on AZERTY a digit takes Shift, and other alphabets have no A.
  function namesOf(event) {
    const character = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isLetter = /^[a-z]$/.test(character);
    if (event.shiftKey) return isLetter || event.key.length > 1 ? [] : [character];
    const place = /^(?:Digit|Numpad|Key)([0-9A-Z])$/.exec(event.code ?? "")?.[1].toLowerCase();
    return place && !isLetter ? [character, place] : [character];
  }

  function actionOf(event) {
    for (const key of namesOf(event)) {
      const action = actionOfKey(key);
      if (action) return action;
    }
    return "";
  }

  const digitOf = (event) => namesOf(event).find((key) => /^\d$/.test(key)) ?? "";

  const isTyping = (target) =>
    target.isContentEditable || Boolean(target.closest("input, textarea, select"));

  const doesPageScroll = () =>
    document.documentElement.scrollHeight > document.documentElement.clientHeight + 1 ||
    Boolean(document.querySelector("[data-scrolls]"));
  const doesScroll = ({ key, target }) =>
    (["ArrowUp", "ArrowDown"].includes(key) && doesPageScroll()) ||
    (key.startsWith("Arrow") && Boolean(target.closest("pre, .table-scroll, .formula, [data-scrolls]")));

  // `act` does an action and says whether it did; a digit under an open sheet is its choice.
  function hear(act) {
    document.addEventListener("keydown", (event) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
      if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || !isPlain) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (event.key === "Enter" && event.target.closest("a, button, summary")) return; // it is that control's
      const sheet = document.querySelector(".sheet:popover-open");
      const choice = sheet?.querySelectorAll(".sheet__choice")[digitOf(event) - 1];
      if (choice) choice.click();
      if (choice || (!sheet && !doesScroll(event) && act(actionOf(event)))) event.preventDefault();
    });
  }

  // --- another key -----------------------------------------------------------------------------
  const shownAs = (key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  const wordsOf = (row) => row.querySelector("dd").textContent;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

  function draw() {
    for (const row of rows) {
      const keys = keysOf(row).map((key) => {
        const shown = document.createElement("kbd");
        shown.textContent = shownAs(key);
        return shown;
      });
      row.querySelector("dt").replaceChildren(...keys.flatMap((key) => [key, " "]));
      drawControl(row);
    }
    list.querySelector("[data-reset]").hidden = !Object.keys(chosen).length;
  }

  // What stands on a button, and what a screen reader says of it: no key that means something else.
  function drawControl(row) {
    const control = document.querySelector(`[data-does="${row.dataset.action}"]`);
    if (!control) return;
    const keys = keysOf(row);
    const named = keys.map((key) => (key.length === 1 ? key.toUpperCase() : key));
    control.setAttribute("aria-keyshortcuts", named.join(" "));
    const shown = control.querySelector("kbd");
    if (shown) shown.textContent = shownAs(keys.find((key) => key.length === 1) ?? keys[0] ?? "");
  }

  function take(event) {
    const row = waiting;
    event.preventDefault();
    event.stopPropagation();
    const [key] = namesOf(event);
    if (["Shift", "Control", "Alt", "Meta", "CapsLock"].includes(event.key)) return; // more to come
    waiting = null;
    if (event.key === "Escape") return say("");
    if (!key || FIXED.includes(key) || event.ctrlKey || event.metaKey || event.altKey) {
      return say(words.wordUnfit);
    }
    const taken = rows.find((other) => other !== row && keysOf(other).includes(key));
    if (taken) return say(fill(words.wordTaken, { key: shownAs(key), action: wordsOf(taken) }));
    forget(key, row.dataset.action);
    chosen[row.dataset.action] = key;
    keep();
    return say(fill(words.wordChanged, { key: shownAs(key), action: wordsOf(row) }));
  }

  // A key that was given on another screen would mean two things on a third. “left” and “left_3” share
  // theirs: no screen has both.
  function forget(key, action) {
    const side = (name) => name.split("_")[0];
    for (const other of Object.keys(chosen)) {
      if (chosen[other] === key && side(other) !== side(action)) delete chosen[other];
    }
  }

  function say(text) {
    said.textContent = text;
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (waiting && !event.isComposing && event.keyCode !== 229) take(event);
    },
    true,
  );
  list.addEventListener("toggle", () => {
    waiting = null;
    say("");
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-change]")?.closest("[data-action]");
    if (row) {
      waiting = row;
      say(fill(words.wordPress, { action: wordsOf(row) }));
    } else if (event.target.closest("[data-reset]")) {
      chosen = {};
      keep();
      location.reload(); // buttons show their own keys again
    }
  });
  for (const button of list.querySelectorAll("[data-change]")) button.hidden = false;
  draw();

  return { hear, digitOf };
})();
