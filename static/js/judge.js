// The judging screen. The pair fetched ahead is shown at once; what was chosen is sent behind it,
// one request after another, and kept until the server has taken or refused it.
// Without this file the same forms work by plain requests.
"use strict";

(() => {
  const FRAGMENT = "text/html-fragment";
  const SLOWEST_RETRY = 15000; // milliseconds

  const presence = window.accordPresence;
  const controls = document.getElementById("controls");
  const words = controls.dataset;
  const undoForm = document.getElementById("undo-form");
  const parts = Object.fromEntries(
    ["pair", "ahead", "waiting", "nothing", "away", "saved", "warning", "told", "n-judged"].map((id) => [
      id,
      document.getElementById(id),
    ]),
  );
  const queue = []; // requests not answered yet, oldest first
  const spent = new Set(); // leases answered here: a slower answer must not bring them back
  let ahead = parts.ahead.content.querySelector(".pair");
  let isSending = false;
  let isUndoing = false;
  let isOutdated = false;
  let retryTimer = 0;
  let retryWait = 1000;
  let nJudged = Number(parts["n-judged"].textContent);


  const shown = () => parts.pair.querySelector(".pair");
  const isAway = () => !parts.away.hidden;

  // --- time on the comparison: only while somebody is at the page (static/js/care.js) ----------
  const watch = { lease: "", seconds: 0, since: 0 };

  function startWatch(lease) {
    watch.lease = lease;
    watch.seconds = Number(sessionStorage.getItem(`seconds ${lease}`)) || 0;
    watch.since = presence.isHere() ? performance.now() : 0;
  }

  function readWatch() {
    if (watch.since) watch.seconds += Math.max(0, presence.until() - watch.since) / 1000;
    watch.since = presence.isHere() ? performance.now() : 0;
    return watch.seconds;
  }

  function keepWatch() {
    if (watch.lease) sessionStorage.setItem(`seconds ${watch.lease}`, readWatch().toFixed(1));
  }

  // --- what is on the screen -----------------------------------------------------------------
  function show(pair) {
    if (pair && pair.dataset.protocol !== words.protocol) {
      isOutdated = true; // a lead has changed what is asked: the controls are another version's
      pair = null;
      parts.waiting.hidden = false;
    }
    parts.pair.replaceChildren(...(pair ? [pair] : []));
    const lease = pair ? pair.dataset.lease : "";
    for (const field of document.querySelectorAll('input[name="lease"]')) field.value = lease;
    controls.elements.key.value = pair ? pair.dataset.key : "";
    for (const form of document.querySelectorAll("[data-reasons]")) form.reset(); // notes were of another pair
    for (const button of document.querySelectorAll(".verdict, [popovertarget=skip], [popovertarget=flag]")) {
      button.disabled = !pair;
    }
    if (!pair) return;
    parts.waiting.hidden = parts.nothing.hidden = true;
    window.scrollTo(0, 0);
    parts.pair.focus({ preventScroll: true }); // a screen reader goes on with the new pair
    announce();
    startWatch(lease);
  }

  function showNext() {
    sessionStorage.removeItem(`seconds ${watch.lease}`);
    const next = ahead;
    ahead = null;
    show(next);
    parts.waiting.hidden = Boolean(next);
  }

  // static/js/reading.js listens: it helps to read a pair, and may ask before a verdict goes out.
  function announce() {
    makeScrollersReachable();
    document.dispatchEvent(new CustomEvent("accord:pair", { detail: { pair: shown() } }));
  }

  function mayChoose(pair, side) {
    const detail = { pair, side };
    return document.dispatchEvent(new CustomEvent("accord:verdict", { detail, cancelable: true }));
  }

  function makeScrollersReachable() {
    for (const box of parts.pair.querySelectorAll("pre, .table-scroll, .formula")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  }

  function say(state, text) {
    parts.saved.dataset.state = state;
    parts.saved.textContent = text;
    parts.saved.hidden = !text;
  }

  function warn(text, level) {
    parts.warning.textContent = text;
    parts.warning.className = `notice notice--${level}`;
    parts.warning.hidden = !text;
  }

  function tell(text) {
    parts.told.textContent = text; // what was expected of the judgement before
    parts.told.hidden = !text;
  }

  // --- sending -------------------------------------------------------------------------------
  // A quiet request says nothing to the person, and may be lost without harm.
  function send(url, fields, { onDone = () => {}, isQuiet = false } = {}) {
    queue.push({ url, fields, onDone, isQuiet });
    pump();
  }

  async function pump() {
    if (isOutdated && !queue.length) location.reload();
    if (isSending || !queue.length) return;
    isSending = true;
    clearTimeout(retryTimer);
    const request = queue[0];
    if (typeof request.fields === "function") request.fields = request.fields(); // once: it may be sent twice
    if (!request.isQuiet) say("saving", words.wordSaving);
    const isDone = (await deliver(request)) || request.isQuiet;
    isSending = false;
    if (!isDone) {
      retryTimer = setTimeout(pump, retryWait);
      retryWait = Math.min(2 * retryWait, SLOWEST_RETRY);
      return;
    }
    retryWait = 1000;
    queue.shift();
    pump();
  }

  // Whether the request is done with: taken or refused, but not lost on the way.
  async function deliver(request) {
    let response;
    let html;
    try {
      response = await post(request);
      html = await response.text();
    } catch {
      if (!request.isQuiet) say("offline", words.wordOffline);
      return false;
    }
    if (response.redirected || response.status >= 500 || response.status === 429) {
      say("offline", response.redirected ? words.wordSignedOut : words.wordOffline);
      return false;
    }
    const answer = parse(html);
    if (!answer.isOurs && response.status === 403 && !request.hasFreshToken) {
      request.hasFreshToken = await fetchToken(); // signing in again changes the token
      if (request.hasFreshToken) return deliver(request);
      say("offline", words.wordSignedOut);
      return false;
    }
    if (!response.ok) spent.delete(request.fields.lease);
    if (!request.isQuiet) say("saved", response.ok ? words.wordSaved : "");
    undoForm.elements.action.value =
      response.headers.get("Accord-Undoable") ?? undoForm.elements.action.value;
    request.onDone(response);
    if (!answer.isOurs) warn(words.wordRefused, "error");
    else if (response.status !== 204) take(answer);
    return true;
  }

  function post({ url, fields }) {
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", controls.elements.csrfmiddlewaretoken.value);
    body.set("showing", shown()?.dataset.lease ?? "");
    body.set("holding", ahead?.dataset.lease ?? "");
    const carry = window.accordCarrier?.carry ?? fetch; // static/js/offline_answers.js answers here
    return carry(url, { method: "POST", headers: { Accept: FRAGMENT }, body });
  }

  async function fetchToken() {
    try {
      const page = await fetch(location.href);
      const html = new DOMParser().parseFromString(await page.text(), "text/html");
      const fresh = html.querySelector("#controls [name=csrfmiddlewaretoken]");
      for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
        field.value = fresh.value;
      }
      return true;
    } catch {
      return false; // no network, or the page is the one to sign in
    }
  }

  // --- answers -------------------------------------------------------------------------------
  function parse(html) {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    const slot = (name) => body.querySelector(`:scope > [data-slot="${name}"]`);
    const pair = (name) => {
      const found = slot(name)?.querySelector(".pair");
      return found ? document.importNode(found, true) : null;
    };
    const notice = slot("notice");
    return {
      current: pair("current"),
      ahead: pair("ahead"),
      isEmpty: Boolean(slot("empty")),
      nothing: slot("empty"), // why there is nothing; what was judged offline says nothing of it
      endsQuiz: Boolean(slot("quiz-over")),
      notice: notice?.textContent ?? "",
      level: notice?.className.split("--")[1] ?? "error",
      told: slot("told")?.textContent ?? "",
      typed: slot("typed"),
      isOurs: Boolean(body.querySelector(":scope > [data-slot]")) || !html.trim(),
    };
  }

  function take({ current, ahead: next, isEmpty, nothing, endsQuiz, notice, level, told, typed }) {
    if (typed) document.getElementById("typed").replaceChildren(...typed.children); // kept until the page goes
    if (endsQuiz) document.getElementById("quiz")?.remove();
    if (notice && level === "info") say("saved", notice);
    else if (notice) warn(notice, level);
    if (told && !queue.slice(1).length) tell(told); // else they judged on: their history tells it
    const onScreen = shown()?.dataset.lease;
    const isNew = (pair) => pair && pair.dataset.lease !== onScreen && !spent.has(pair.dataset.lease);
    ahead = isNew(next) ? next : null;
    if (isNew(current)) {
      show(current);
    } else if (isEmpty && !queue.slice(1).length) {
      show(null);
      parts.waiting.hidden = true;
      if (nothing?.children.length) parts.nothing.replaceChildren(...nothing.children);
      parts.nothing.hidden = false;
    } else if (!onScreen) {
      showNext();
    }
  }

  // --- what a person does --------------------------------------------------------------------
  // `value` is a side, or a side and a strength: "left 3".
  function choose(value) {
    const pair = shown();
    if (!pair || isUndoing || isAway()) return;
    const side = value.split(" ")[0];
    if (!mayChoose(pair, side)) return;
    const further = window.accordAnswering?.fieldsFor(value) ?? (window.accordAnswering ? null : {});
    if (!further) return; // static/js/answering.js asks for more before it goes out
    const fields = {
      lease: pair.dataset.lease,
      key: pair.dataset.key,
      side: value,
      seconds: readWatch().toFixed(1),
      ...Object.fromEntries([...pair.querySelectorAll("select[name]")].map(({ name, value }) => [name, value])),
      ...further,
    };
    goOn(pair);
    send(controls.action, fields, { onDone: (response) => response.ok && count(1) });
  }

  function giveReason(kind, reason, note) {
    const pair = shown();
    if (!pair || isUndoing || isAway()) return;
    document.getElementById(kind).hidePopover();
    if (kind === "skip") goOn(pair);
    send(kind === "skip" ? words.skipUrl : words.flagUrl, { lease: pair.dataset.lease, reason, note });
  }

  function goOn(pair) {
    warn("", "info");
    tell("");
    spent.add(pair.dataset.lease);
    showNext();
  }

  function undo() {
    if (isUndoing || isAway()) return;
    isUndoing = true; // the pair on the screen is about to be replaced
    warn("", "info");
    const onDone = (response) => {
      isUndoing = false;
      spent.clear(); // all that went before is answered, and this one may come back as it was
      if (response.headers.get("Accord-Undone") === "judgement") count(-1);
    };
    // by its id, so that an undo that is sent twice does not take back two
    send(words.undoUrl, () => ({ action: undoForm.elements.action.value }), { onDone });
  }

  function count(change) {
    nJudged += change;
    parts["n-judged"].textContent = nJudged;
    document.dispatchEvent(new CustomEvent("accord:judged", { detail: { change } }));
  }

  // --- keys ----------------------------------------------------------------------------------
  function act(action) {
    const button = action && controls.querySelector(`[name=side][data-does="${action}"]`);
    if (button) {
      choose(button.value);
    } else if (action === "undo") {
      undo();
    } else {
      const opener = action && document.querySelector(`[popovertarget="${action}"]`);
      if (!opener) return false;
      if (!opener.disabled) document.getElementById(action).showPopover();
    }
    return true;
  }

  // --- beginning -----------------------------------------------------------------------------
  accordKeys.hear(act);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form === controls) {
      event.preventDefault();
      choose(event.submitter.value);
    } else if (form.dataset.reasons) {
      event.preventDefault();
      giveReason(form.dataset.reasons, event.submitter.value, form.elements.note?.value ?? "");
      form.reset();
    } else if (form === undoForm) {
      event.preventDefault();
      undo();
    }
  });
  document.addEventListener("visibilitychange", keepWatch);
  document.addEventListener("accord:presence", ({ detail }) => {
    keepWatch();
    if (!detail.isHere || isAway()) return;
    if (performance.now() - renewedAt >= lifetime / 4) renew(); // not at every glance elsewhere
    pump();
  });
  window.addEventListener("online", pump);
  window.addEventListener("pagehide", keepWatch);
  window.addEventListener("beforeunload", (event) => {
    if (queue.some((request) => !request.isQuiet)) event.preventDefault();
  });

  document.addEventListener("accord:answer", ({ detail }) => take(parse(detail.html)));
  const withoutNetwork = document.getElementById("offline-link");
  if (withoutNetwork) withoutNetwork.hidden = !(navigator.serviceWorker && navigator.locks);

  // --- holding ---------------------------------------------------------------------------------
  // What is held is renewed for who is here, and by nothing else: without them it ends by itself,
  // and then it is off the screen, as it may be on somebody else's.
  const lifetime = Number(words.leaseSeconds) * 1000;

  let renewedAt = performance.now();

  function renew() {
    if (!shown() || queue.length) return;
    renewedAt = performance.now();
    send(words.renewUrl, {}, { isQuiet: true });
  }

  function hold() {
    if (isAway() || !shown() || queue.length) return;
    const now = performance.now();
    if (presence.isHere() && now - renewedAt >= lifetime / 2) renew();
    else if (!presence.isHere() && now - presence.until() >= lifetime) giveBack();
  }

  function giveBack() {
    parts.pair.hidden = true;
    parts.away.hidden = false;
    parts.away.querySelector("button").focus();
  }

  function goOnAfterwards() {
    parts.pair.hidden = false;
    parts.away.hidden = true;
    parts.pair.focus({ preventScroll: true });
    renew(); // the same pair, unless somebody else has it by now
  }

  setInterval(hold, Math.min(lifetime / 4, 15000));
  parts.away.querySelector("button").addEventListener("click", goOnAfterwards);

  if (shown()) {
    announce();
    startWatch(shown().dataset.lease);
  }
})();
