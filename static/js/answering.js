// What a protocol asks besides the verdict: a panel that opens once a verdict is picked.
// Digits answer its rows one after the other, Enter sends, Esc goes back to the verdict.
// Without this file the panel stands open, and the verdict's button sends it all.
"use strict";

window.accordAnswering = (() => {
  const controls = document.getElementById("controls");
  const panel = document.getElementById("further");
  if (!panel) return { fieldsFor: () => ({}) };

  const send = panel.querySelector("[data-send]");
  const rows = [...panel.querySelectorAll("[data-row]")];
  const edited = panel.querySelector("[name=edited]");
  const unedited = () => document.querySelector(`#pair template[data-raw="${side()}"]`)?.content.textContent ?? "";
  let picked = null; // the button of the verdict
  let isConfirmed = false;
  let isTakenUp = false;
  let drafts = {}; // by side: what was made of each answer, so that a change of mind loses none
  const side = () => picked?.value.split(" ")[0] ?? "";
  const isOneBetter = () => ["left", "right", "ranked"].includes(side());

  controls.noValidate = true;
  if ("typed" in panel.dataset) takeUp();
  else panel.hidden = true;
  send.hidden = false;

  // What a plain form sent and was refused stands in the panel: go on from there.
  function takeUp() {
    picked = controls.querySelector('[name=side][aria-pressed="true"]');
    isTakenUp = Boolean(picked);
    panel.hidden = !picked;
    if (edited && !edited.value) edited.value = unedited();
    keepDraft();
  }

  // The fields that go with a verdict, or null while they are still asked for.
  function fieldsFor(value) {
    if (isConfirmed) return take();
    keepDraft();
    picked = controls.querySelector(`[name=side][value="${value}"]`);
    for (const button of controls.querySelectorAll("[name=side]")) {
      button.setAttribute("aria-pressed", String(button === picked));
    }
    if (edited) {
      edited.closest("[data-row]").hidden = !isOneBetter();
      edited.value = drafts[side()] ?? unedited();
    }
    panel.hidden = false;
    focusOn(rows[0]);
    return null;
  }

  function keepDraft() {
    if (edited && isOneBetter()) drafts[side()] = edited.value;
  }

  function take() {
    const fields = {};
    for (const input of panel.querySelectorAll("input:checked, textarea")) {
      if (input.name === "edited" && (!isOneBetter() || input.value === unedited())) continue;
      const before = fields[input.name];
      fields[input.name] = before === undefined ? input.value : `${before}\n${input.value}`;
    }
    close();
    return fields;
  }

  function close() {
    isConfirmed = false;
    picked = null;
    drafts = {};
    panel.hidden = true;
    for (const input of panel.querySelectorAll("input")) input.checked = false;
    for (const box of panel.querySelectorAll("textarea")) box.value = "";
    for (const button of controls.querySelectorAll("[name=side]")) button.removeAttribute("aria-pressed");
    for (const row of rows) row.classList.remove("is-missing");
  }

  function isMissing(row) {
    if (!("required" in row.dataset)) return false;
    if (row.dataset.required === "better" && !isOneBetter()) return false;
    const box = row.querySelector("textarea");
    if (box) return !box.value.trim() || (box === edited && box.value === unedited());
    return !row.querySelector("input:checked");
  }

  function confirm() {
    const missing = rows.filter(isMissing);
    for (const row of rows) row.classList.toggle("is-missing", missing.includes(row));
    if (missing.length) return focusOn(missing[0]);
    isConfirmed = true;
    controls.requestSubmit(picked);
    isConfirmed = false; // where something else held the verdict back
    return undefined;
  }

  const focusOn = (row) => (row?.hidden ? send : row?.querySelector("input, textarea") ?? send).focus();

  function rowInFocus() {
    const held = document.activeElement?.closest("[data-row]");
    return held ?? rows.find((row) => !row.querySelector("input:checked"));
  }

  function onKey(event) {
    if (panel.hidden || event.isComposing || event.keyCode === 229) return;
    if (document.querySelector(".sheet:popover-open, dialog[open]")) return;
    const isBox = event.target.matches?.("textarea");
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && (!isBox || isCommand)) {
      if (isElsewhere(event.target)) return; // Enter is that control's
      stop(event); // a key held down is no second answer, and must not press the form's first button
      if (!event.repeat) confirm();
    } else if (event.repeat) {
      return;
    } else if (event.key === "Escape") {
      stop(event);
      const button = picked;
      keepDraft();
      picked = null;
      panel.hidden = true;
      button.setAttribute("aria-pressed", "false");
      document.getElementById("pair").focus({ preventScroll: true });
    } else if (!isBox && !isCommand && !event.altKey && window.accordKeys.digitOf(event)) {
      stop(event);
      answer(window.accordKeys.digitOf(event));
    }
  }

  const isElsewhere = (target) => !panel.contains(target) && Boolean(target.closest?.("a, button, summary, select"));

  function answer(digit) {
    const row = rowInFocus();
    const input = row?.querySelector(`input[data-digit="${digit}"]`);
    if (!input) return;
    input.click();
    row.classList.remove("is-missing");
    if (input.type === "radio") focusOn(rows[rows.indexOf(row) + 1]);
    else input.focus();
  }

  function stop(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  document.addEventListener("keydown", onKey, true);
  send.addEventListener("click", confirm);
  document.addEventListener("accord:pair", () => {
    if (!isTakenUp) close();
    isTakenUp = false; // of the first pair of the page alone
  });
  return { fieldsFor };
})();
