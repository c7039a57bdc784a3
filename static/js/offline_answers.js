// Answers the judging screen in the server's place, out of this browser's database: judge.js asks
// as it always does, and hears the next pair in the same words.
"use strict";

(() => {
  const store = window.accordStore;
  const sending = window.accordSending;
  const page = document.getElementById("offline").dataset;
  const controls = document.getElementById("controls");
  const words = controls.dataset;
  const FORM = ["csrfmiddlewaretoken", "showing", "holding"]; // what judge.js adds to every request

  // --- what a person does ------------------------------------------------------------------------
  const judge = (fields) => keep("judge", fields, controls.querySelector(`[name=side][value="${fields.side}"] span`));
  const skip = (fields) => keep("skip", fields, reason("skip", fields), page.wordSkipped);
  const flag = (fields) => keep("flag", fields, reason("flag", fields), page.wordFlagged);
  const reason = (kind, fields) => document.querySelector(`#${kind} [value="${fields.reason}"]`);

  async function keep(does, fields, label, notice = "") {
    const said = label?.lastChild.textContent ?? does;
    const isKept = await store.keep({ scope: page.scope, does, lease: fields.lease, fields, words: said });
    if (!isKept) return { notice: page.wordGone, level: "warning", status: 409 };
    sending.soon();
    return { notice };
  }

  async function undo() {
    const action = await sending.alone(() => store.takeBack(page.scope));
    if (!action) return { notice: page.wordNothingToUndo, level: "warning", status: 409 };
    const undone = { judge: "judgement", skip: "skip", flag: "flag" }[action.does];
    return { notice: page.wordUndone, undone };
  }

  const HERE = {
    [new URL(controls.action).pathname]: judge,
    [words.skipUrl]: skip,
    [words.flagUrl]: flag,
    [words.undoUrl]: undo,
  };

  // --- the answer, as templates/annotate/_answer.html has it -------------------------------------
  async function answer({ notice = "", level = "info", status = 200, undone = "" }, { showing, holding }) {
    const pairs = (await store.waiting(page.scope)).filter((pair) => String(pair.protocol) === words.protocol);
    const [current, ahead] = pairs;
    const slots = document.createElement("div");
    if (notice) slots.append(slot("notice", notice, `notice notice--${level}`));
    if (current && current.lease !== showing) slots.append(slotOf("current", current));
    if (!current) slots.append(slot("empty"));
    if (ahead && ahead.lease !== holding) slots.append(slotOf("ahead", ahead));
    const headers = { "Accord-Undone": undone };
    if (!slots.childElementCount) return new Response(null, { status: 204, headers });
    return new Response(slots.innerHTML, { status, headers });
  }

  function slot(name, text = "", className = "") {
    const made = document.createElement(text ? "p" : "div");
    made.dataset.slot = name;
    made.textContent = text;
    made.className = className;
    return made;
  }

  function slotOf(name, pair) {
    const made = slot(name);
    made.innerHTML = pair.html; // as the server rendered it
    return made;
  }

  async function carry(url, { body }) {
    const { showing, holding, ...fields } = Object.fromEntries(body);
    for (const name of FORM) delete fields[name];
    const act = HERE[new URL(url, location).pathname];
    const done = act ? await act(fields) : {}; // what is taken along is not renewed
    document.dispatchEvent(new CustomEvent("accord:kept"));
    return answer(done, { showing, holding });
  }

  // The first pair, and whatever came since.
  async function show() {
    const shown = document.querySelector("#pair .pair")?.dataset.lease ?? "";
    const response = await answer({}, { showing: shown, holding: "" });
    const html = await response.text();
    document.dispatchEvent(new CustomEvent("accord:answer", { detail: { html } }));
  }

  window.accordCarrier = { carry, show };
})();
