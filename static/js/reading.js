// Helps to read a pair on the judging screen: what differs, the text as it was written, one answer
// or two, how large. judge.js says when a pair is shown (accord:pair) and asks before a verdict
// goes out (accord:verdict); keys.js says which key means what. It judges nothing.
"use strict";

(() => {
  const STORE = "accord reading";
  const SIZES = 4; // steps above and one below the usual size
  const LONGEST_DIFF = 3000; // milliseconds
  const PHONE = window.matchMedia("(max-width: 48rem)");
  const CJK = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
  const WORDS = new RegExp(`[${CJK}]|(?:(?![${CJK}])[\\p{L}\\p{M}\\p{N}_])+|\\s+|.`, "gsu");

  const page = document.documentElement;
  const sheet = document.getElementById("reading");
  const words = sheet.dataset;
  const said = document.getElementById("reading-said");
  const controls = document.getElementById("controls");
  const settings = { stacked: false, apart: false, size: 0, ...read() };
  let seen = new Set(); // answers of this pair that were on the screen
  let isAsked = false; // once for a pair
  let shownSide = ""; // the one answer that a phone shows
  let watcher = null;
  let diffing = null; // the library, once it was asked for

  const pair = () => document.querySelector("#pair .pair");
  const answers = () => [...document.querySelectorAll("#pair .answer")];
  const nameOf = (answer) => answer.querySelector(".answer__name").firstChild.textContent.trim();
  const fill = (text, answer) => text.replace("{answer}", answer);

  function read() {
    try {
      return JSON.parse(localStorage.getItem(STORE)) ?? {};
    } catch {
      return {};
    }
  }

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(settings));
    } catch {
      // it holds until the page is left
    }
    arrange();
  }

  function say(text, isQuestion = false) {
    said.textContent = text;
    said.hidden = !text;
    said.classList.toggle("controls__said--question", isQuestion);
  }

  // --- how the answers stand -------------------------------------------------------------------
  const isOneAtATime = () => PHONE.matches && !settings.stacked;
  const isApart = () => settings.apart && !settings.stacked && !PHONE.matches;

  function arrange() {
    page.dataset.answers = settings.stacked ? "stacked" : PHONE.matches ? "swiped" : "beside";
    page.dataset.size = Math.min(Math.max(Number(settings.size) || 0, -1), SIZES);
    page.toggleAttribute("data-apart", isApart());
    for (const answer of answers()) {
      answer.tabIndex = isApart() ? 0 : -1;
      answer.toggleAttribute("data-scrolls", isApart());
    }
    drawSwitch();
    press("stacked", settings.stacked);
    press("apart", settings.apart);
  }

  function press(action, isOn) {
    sheet.querySelector(`[data-reading="${action}"]`)?.setAttribute("aria-pressed", isOn); // not all are on every screen
  }

  // --- one answer at a time: a swipe, or the switch that stays in view -------------------------
  function drawSwitch() {
    const box = pair()?.querySelector(".answers");
    if (!box) return;
    pair().querySelector(".switch")?.remove();
    box.tabIndex = isOneAtATime() ? 0 : -1;
    if (!isOneAtATime()) return;
    const bar = document.createElement("div");
    bar.className = "switch";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", words.wordWhich);
    for (const answer of answers()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "switch__side";
      button.textContent = nameOf(answer);
      button.setAttribute("aria-label", fill(words.wordShow, nameOf(answer)));
      button.addEventListener("click", () => go(answer));
      bar.append(button);
    }
    box.before(bar);
    drawShown();
  }

  function inView() {
    const box = pair()?.querySelector(".answers");
    if (!box) return null;
    const middle = box.getBoundingClientRect().left + box.clientWidth / 2;
    const isThere = ({ left, right }) => left <= middle && middle <= right;
    return answers().find((answer) => isThere(answer.getBoundingClientRect())) ?? answers()[0];
  }

  function drawShown() {
    const current = inView();
    shownSide = current?.dataset.side ?? "";
    answers().forEach((answer, place) => {
      const button = pair().querySelectorAll(".switch__side")[place];
      button?.setAttribute("aria-pressed", answer === current);
    });
  }

  function go(answer) {
    const box = answer.parentElement;
    if (isOneAtATime()) {
      box.scrollTo({ left: answer.offsetLeft - box.firstElementChild.offsetLeft, behavior: "instant" });
      const bar = pair().querySelector(".switch");
      if (bar.getBoundingClientRect().top > window.innerHeight / 2) bar.scrollIntoView();
    } else {
      answer.scrollIntoView({ block: "nearest" });
    }
    answer.focus({ preventScroll: true });
    look();
  }

  function goToOther() {
    const all = answers();
    if (!all.length) return;
    const focused = all.findIndex((answer) => answer.contains(document.activeElement));
    const current = focused < 0 && isOneAtATime() ? all.indexOf(inView()) : focused;
    go(all[(current + 1) % all.length]);
  }

  // --- what was on the screen ------------------------------------------------------------------
  function look() {
    const bottom = controls.getBoundingClientRect().top;
    for (const answer of answers()) {
      const { left, right, top, bottom: end, width, height } = answer.getBoundingClientRect();
      const isTall = Math.min(end, bottom) - Math.max(top, 0) >= Math.min(height / 2, 48);
      const isWide = Math.min(right, window.innerWidth) - Math.max(left, 0) >= width / 2;
      if (isTall && isWide) seen.add(answer);
    }
    if (isOneAtATime()) drawShown();
  }

  function ask(event) {
    look();
    const unseen = answers().find((answer) => !seen.has(answer));
    if (!unseen || isAsked) return;
    event.preventDefault();
    isAsked = true;
    say(fill(words.wordUnseen, nameOf(unseen)), true);
  }

  // --- the text as it was written --------------------------------------------------------------
  function toggleWritten() {
    const sources = [...document.querySelectorAll("#pair .written")];
    const isOpening = sources.some((source) => !source.open);
    unmark();
    for (const source of sources) source.open = isOpening;
    press("written", isOpening && sources.length > 0);
  }

  function toggleHistory() {
    const folded = [...document.querySelectorAll("#pair .history")];
    const isOpening = window.scrollY > 0 || folded.some((part) => !part.open);
    for (const part of folded) part.open = isOpening;
    if (isOpening) window.scrollTo(0, 0);
    else pair()?.querySelector(".answers").scrollIntoView({ block: "nearest" });
  }

  // --- what differs ----------------------------------------------------------------------------
  const textOf = (answer) =>
    answer.querySelector(".written[open] > .text") ?? answer.querySelector(".text");

  // The words of an answer, each with its place in the page; a formula is one word.
  function wordsOf(answer) {
    const found = [];
    const only = { acceptNode: (node) => (node.parentElement.closest("button") ? 2 : 1) };
    const walker = document.createTreeWalker(textOf(answer), NodeFilter.SHOW_TEXT, only);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const formula = node.parentElement.closest(".formula");
      if (formula) {
        if (found.at(-1)?.formula !== formula) found.push({ formula, text: formula.textContent });
        continue;
      }
      for (const { 0: text, index } of node.data.matchAll(WORDS)) {
        if (text.trim()) found.push({ node, text, start: index, end: index + text.length });
      }
    }
    return found;
  }

  function load() {
    diffing ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = words.diffUrl;
      script.addEventListener("load", () => resolve(window.Diff));
      script.addEventListener("error", () => {
        diffing = null; // no connection: the next time tries again
        reject(new Error(script.src));
      });
      document.head.append(script);
    });
    return diffing;
  }

  async function toggleDifferences() {
    if (unmark()) return;
    const shown = pair();
    const [first, second, ...more] = answers();
    if (!second || more.length) return;
    let library;
    try {
      library = await load();
    } catch {
      return;
    }
    if (pair() !== shown) return; // judged meanwhile
    markBetween(library, wordsOf(first), wordsOf(second));
  }

  function markBetween(library, ours, theirs) {
    const texts = (found) => found.map(({ text }) => text);
    const parts = library.diffArrays(texts(ours), texts(theirs), { timeout: LONGEST_DIFF });
    if (!parts) return say(words.wordApart);
    const marked = [];
    let [place, other] = [0, 0];
    for (const { count, added, removed } of parts) {
      if (removed) marked.push(...runs(ours.slice(place, place + count)));
      if (added) marked.push(...runs(theirs.slice(other, other + count)));
      if (!added) place += count;
      if (!removed) other += count;
    }
    for (const run of marked.reverse()) mark(run); // from the end: a mark splits its text
    press("differences", marked.length > 0);
    return say(marked.length ? words.wordMarked : words.wordSame);
  }

  // Neighbours in one text become one mark.
  function runs(found) {
    const joined = [];
    for (const word of found) {
      const last = joined.at(-1);
      const isNext = last?.node && last.node === word.node;
      if (isNext) last.end = word.end;
      else joined.push({ ...word });
    }
    return joined;
  }

  function mark({ node, formula, start, end }) {
    if (formula) return formula.classList.add("differs");
    const part = node.splitText(start);
    part.splitText(end - start);
    const box = document.createElement("mark");
    box.className = "differs";
    part.replaceWith(box);
    return box.append(part);
  }

  function unmark() {
    const marks = [...document.querySelectorAll("#pair .differs")];
    for (const box of marks) {
      if (box.localName !== "mark") box.classList.remove("differs");
      else {
        const parent = box.parentNode;
        box.replaceWith(...box.childNodes);
        parent.normalize();
      }
    }
    if (marks.length) say("");
    press("differences", false);
    return marks.length > 0;
  }

  // --- code that can be copied -----------------------------------------------------------------
  function addCopies() {
    if (!navigator.clipboard) return;
    for (const block of document.querySelectorAll("#pair .code:not(:has(.code__copy))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "code__copy";
      button.textContent = words.wordCopy;
      button.setAttribute("aria-label", words.wordCode);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("pre").textContent);
        button.textContent = words.wordCopied;
      });
      block.append(button);
    }
  }

  // --- beginning -------------------------------------------------------------------------------
  const resize = (step) => {
    settings.size = Math.min(Math.max(Number(page.dataset.size) + step, -1), SIZES);
    keep();
  };
  const flip = (name) => {
    settings[name] = !settings[name];
    keep();
  };
  const actions = {
    differences: toggleDifferences,
    written: toggleWritten,
    history: toggleHistory,
    other: goToOther,
    stacked: () => flip("stacked"),
    apart: () => flip("apart"),
    larger: () => resize(1),
    smaller: () => resize(-1),
  };

  function begin() {
    seen = new Set();
    isAsked = false;
    watcher?.disconnect();
    say("");
    press("written", false);
    press("differences", false);
    arrange();
    addCopies();
    watcher = new IntersectionObserver(look, { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] });
    for (const answer of answers()) watcher.observe(answer);
    look();
  }

  document.addEventListener("accord:pair", begin);
  document.addEventListener("accord:verdict", ask);
  window.accordKeys.hear((action) => {
    actions[action]?.();
    return action in actions;
  });
  window.addEventListener("scroll", look, { passive: true, capture: true }); // of the answers too
  PHONE.addEventListener("change", arrange);
  sheet.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-reading]");
    if (!choice) return;
    if (!["larger", "smaller"].includes(choice.dataset.reading)) sheet.hidePopover();
    actions[choice.dataset.reading]();
  });
  arrange();
})();
