// Sends what was judged without a network: in order, one after another, each under its own key and
// by one tab only. What is lost on the way is sent again; what is refused is kept, and told.
"use strict";

window.accordSending = (() => {
  const store = window.accordStore;
  const page = document.getElementById("offline").dataset;
  const LOCK = `accord offline ${page.scope}`;
  const MOMENT = 15_000; // milliseconds: the newest may be taken back before it goes out
  const SLOWEST = 60_000;
  const SLOW_ANSWER = 20_000;
  const SLOW_BATCH = 120_000; // long pairs by a slow network: else they would never come
  let timer = 0;
  let wait = 2000;

  // Only one tab sends or takes back at a time.
  const alone = (work) => navigator.locks.request(LOCK, work);

  const ask = (url, body, patience = SLOW_ANSWER) =>
    fetch(url, {
      method: body ? "POST" : "GET",
      body,
      cache: "no-store",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(patience),
    });

  // What the server says of itself, or why it says nothing: "offline", "signed-out", "somebody-else".
  async function meet() {
    let response;
    let state;
    try {
      response = await ask(page.stateUrl);
      if (response.ok && !response.redirected) state = await response.json();
    } catch {
      return { trouble: "offline" }; // or somebody on the way answered with a page of theirs
    }
    if (response.redirected) return { trouble: "signed-out" };
    if (!response.ok) return { trouble: response.status >= 500 || response.status === 429 ? "offline" : "closed" };
    return state.owner === page.owner ? state : { trouble: "somebody-else" };
  }

  function body(fields, token) {
    const form = new URLSearchParams(fields);
    form.set("owner", page.owner);
    form.set("csrfmiddlewaretoken", token); // the page's own may be days old
    return form;
  }

  // Sends what waits; `isAll` takes the newest along. What is not worth saying is nothing.
  async function sendAll({ isAll = false } = {}) {
    clearTimeout(timer);
    const trouble = await alone(async () => {
      if (!(await store.unsent(page.scope)).length) return "";
      const state = await meet();
      return state.trouble ?? (await sendInOrder(state.token, isAll));
    });
    tell(trouble);
    const left = await store.unsent(page.scope);
    if (!left.length || trouble === "closed") return;
    wait = trouble ? Math.min(2 * wait, SLOWEST) : MOMENT;
    timer = setTimeout(sendAll, wait);
    if (!trouble) wait = 2000;
  }

  async function sendInOrder(token, isAll) {
    for (const action of await store.unsent(page.scope)) {
      if (!isAll && Date.now() - action.made < MOMENT) return "";
      const trouble = await sendOne(action, token);
      if (trouble) return trouble;
    }
    return "";
  }

  async function sendOne(action, token) {
    await store.mark(action.order, { isTried: true }); // from now on it may have arrived
    let response;
    let answer;
    try {
      response = await ask(page.sendUrl, body({ ...action.fields, does: action.does }, token));
      answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    } catch {
      return "offline";
    }
    if (response.redirected) return "signed-out";
    if (response.status >= 500 || response.status === 429) return "offline";
    if (!answer) return response.status === 404 ? "closed" : "signed-out"; // by somebody who signed in since
    if (answer.code === "somebody_else") return "somebody-else";
    if (!response.ok) {
      const refusal = answer.field ? `${answer.field}: ${answer.detail}` : answer.detail;
      await store.mark(action.order, { refusal });
    } else {
      await store.drop(action.order);
      tellSent(answer);
    }
    return "";
  }

  const dispatch = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const tell = (trouble) => dispatch("accord:sending", { trouble });
  const tellSent = (answer) => dispatch("accord:sent", { isLate: answer.is_counted === false });

  // Something was kept: it goes out when its moment is over.
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(sendAll, MOMENT + 100);
  }

  return { SLOW_BATCH, alone, ask, body, meet, sendAll, soon };
})();
