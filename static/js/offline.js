// The panel of judging without a network: what is kept here, taking along, sending, giving back,
// and what the server refused. It also has the browser keep the page itself.
"use strict";

(() => {
  const store = window.accordStore;
  const sending = window.accordSending;
  const panel = document.getElementById("offline");
  const page = panel.dataset;
  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const otherTabs = new BroadcastChannel("accord offline");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const TROUBLES = {
    offline: page.wordOffline,
    "signed-out": page.wordSignedOut,
    "somebody-else": page.wordSomebodyElse,
    closed: page.wordClosed,
  };
  let nLate = 0;
  let nHeld = 0; // as the server said last: this browser may have lost some, or another device has them
  let trouble = "";

  if (!store.isOffered) return; // the page says that this browser cannot

  // --- what stands on the panel ------------------------------------------------------------------
  async function draw() {
    const [waiting, unsent, refused] = await Promise.all(
      ["waiting", "unsent", "refused"].map((name) => store[name](page.scope)),
    );
    const isOtherProtocol = waiting.some((pair) => String(pair.protocol) !== page.protocol);
    part("state").textContent = fill(page.wordState, { kept: unsent.length, left: waiting.length });
    part("until").textContent = waiting.length
      ? fill(page.wordUntil, { time: moment(Math.min(...waiting.map((pair) => pair.ends))) })
      : "";
    say("trouble", isOtherProtocol ? page.wordOtherProtocol : unsent.length ? TROUBLES[trouble] : "");
    say("late", nLate ? fill(page.wordLate, { n: nLate }) : "");
    part("send").hidden = !unsent.length;
    part("give-back").hidden = !waiting.length && !nHeld;
    part("sign-in").hidden = !unsent.length || trouble !== "signed-out";
    drawRefused(refused);
    if (!waiting.length) panel.open = true;
  }

  // As the server says points in time, on the device's clock.
  function moment(when) {
    const language = document.documentElement.lang;
    return new Date(when).toLocaleString(language === "en" ? "en-GB" : language, {
      year: "numeric", month: language === "en" ? "short" : "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
  }

  function say(name, text) {
    part(name).textContent = text ?? "";
    part(name).hidden = !text;
  }

  function drawRefused(actions) {
    part("refused").hidden = !actions.length;
    const items = actions.map((action) => {
      const item = part("refused-item").content.firstElementChild.cloneNode(true);
      item.querySelector("[data-said]").textContent = action.words;
      item.querySelector("[data-why]").textContent = action.refusal;
      item.querySelector("[data-text]").textContent = textOf(action);
      item.querySelector("[data-text]").hidden = !textOf(action);
      const pair = item.querySelector("[data-pair]");
      pair.innerHTML = action.html; // as the server rendered it
      for (const one of pair.querySelectorAll("[aria-label]")) one.removeAttribute("aria-label"); // the screen's
      item.addEventListener("click", ({ target }) => settle(action, target.closest("[data-do]")));
      return item;
    });
    part("refused-list").replaceChildren(...items);
    if (actions.length) panel.open = true;
  }

  const textOf = ({ fields }) => [fields.note, fields.edited].filter(Boolean).join("\n\n");

  async function settle(action, button) {
    if (!button) return;
    if (button.dataset.do === "copy") {
      await navigator.clipboard.writeText([action.words, textOf(action)].filter(Boolean).join("\n\n"));
      button.textContent = page.wordCopied;
    } else if (button.dataset.do === "again") {
      await store.mark(action.order, { refusal: null });
      await sending.sendAll({ isAll: true });
    } else {
      await store.drop(action.order);
      draw();
    }
  }

  // --- taking along and giving back --------------------------------------------------------------
  async function take() {
    navigator.storage?.persist?.(); // else a browser that is short of room may forget it
    const taken = await sending.alone(async () => {
      const state = await sending.meet();
      return state.trouble ? state : receive(state.token);
    });
    trouble = taken.trouble ?? "";
    if (taken.hasNoRoom) {
      say("refusal", page.wordNoRoom);
      return draw();
    }
    await keepShell();
    if (taken.protocol && String(taken.protocol) !== page.protocol) return location.reload();
    say("refusal", taken.trouble ? page.wordNoConnection : taken.pairs?.length === 0 ? page.wordNothing : taken.detail);
    panel.open = !(await store.waiting(page.scope)).length;
    await draw();
    return window.accordCarrier.show();
  }

  async function receive(token) {
    let answer;
    try {
      answer = await (await sending.ask(page.takeUrl, sending.body({}, token), sending.SLOW_BATCH)).json();
    } catch {
      return { trouble: "offline" };
    }
    nHeld = answer.pairs?.length ?? nHeld;
    const pairs = answer.pairs?.map(({ seconds, ...pair }) => ({ ...pair, ends: Date.now() + seconds * 1000 }));
    return store.add(page.scope, pairs ?? []).then(() => answer, () => ({ hasNoRoom: true }));
  }

  async function giveBack() {
    await sending.sendAll({ isAll: true });
    if ((await store.unsent(page.scope)).length) return say("refusal", page.wordSendFirst);
    const isDone = await sending.alone(async () => {
      const state = await sending.meet();
      if (state.trouble) return false;
      const response = await sending.ask(page.giveBackUrl, sending.body({}, state.token)).catch(() => null);
      if (!response?.ok) return false;
      await store.keepOnly(page.scope, []);
      return true;
    });
    if (!isDone) return say("refusal", page.wordNoConnection);
    return location.reload();
  }

  // What is no longer held is not judged: it was given back, or its time is over.
  const compare = () =>
    sending.alone(async () => {
      const state = await sending.meet();
      if (state.trouble) return;
      nHeld = state.leases.length;
      await store.keepOnly(page.scope, state.leases);
    });

  // --- the page itself, for when there is no network ---------------------------------------------
  async function keepShell() {
    try {
      const shell = await fetch(location.pathname, { cache: "no-store" });
      if (!shell.ok || shell.redirected) return;
      const addresses = await partsOf(await shell.clone().text());
      const cache = await caches.open(`${store.SHELLS} ${location.pathname}`);
      await cache.addAll(addresses);
      await cache.put(location.pathname, shell); // last: it names the others
      const kept = [...addresses, new URL(location.pathname, location).href];
      for (const one of await cache.keys()) if (!kept.includes(one.url)) await cache.delete(one);
    } catch {
      // no network: what was kept before is still whole
    }
  }

  // What the page to be kept names: after an upgrade, others than this one, still open, was made of.
  async function partsOf(html) {
    const shell = new DOMParser().parseFromString(html, "text/html");
    const parts = [...shell.querySelectorAll("script[src], link[href]")].map((one) => one.src || one.href);
    parts.push(new URL(shell.getElementById("reading").dataset.diffUrl, location).href);
    const styles = parts.filter((part) => new URL(part).pathname.endsWith(".css"));
    return [...new Set([...parts, ...(await Promise.all(styles.map(fontsOf))).flat()])];
  }

  async function fontsOf(style) {
    const text = await (await fetch(style)).text();
    return [...text.matchAll(/url\("([^":]+)"\)/g)].map(([, name]) => new URL(name, style).href);
  }

  // --- beginning ---------------------------------------------------------------------------------
  async function begin() {
    try {
      await store.dropOver();
    } catch {
      return; // a database that cannot be opened, as in some private windows: the page says so
    }
    part("unsupported").hidden = true;
    part("all").hidden = false;
    navigator.serviceWorker.register(page.workerUrl).catch(() => {}); // without a network it is there already
    await window.accordCarrier.show();
    panel.open = false; // unless there is something to read in it
    await draw();
    await compare(); // which may wait for a network
    await draw();
    await keepShell();
    await sending.sendAll();
  }

  part("take").addEventListener("click", take);
  part("send").addEventListener("click", () => sending.sendAll({ isAll: true }));
  part("give-back").addEventListener("click", giveBack);
  document.addEventListener("accord:kept", () => {
    otherTabs.postMessage("");
    draw();
  });
  document.addEventListener("accord:sent", ({ detail }) => {
    nLate += detail.isLate;
    otherTabs.postMessage("");
    draw();
  });
  document.addEventListener("accord:sending", ({ detail }) => {
    trouble = detail.trouble;
    draw();
  });
  otherTabs.addEventListener("message", draw);
  window.addEventListener("online", () => sending.sendAll());
  document.addEventListener("visibilitychange", () => document.hidden || sending.sendAll());
  begin();
})();
