// What judging without a network keeps in this browser's database: the pairs that were taken along,
// and what was done with them until the server has it. Everything belongs to one person in one
// project; nothing of it is ever sent as somebody else's.
"use strict";

window.accordStore = (() => {
  const NAME = "accord offline";
  const SHELLS = "accord offline"; // how the names of its caches begin
  let opened = null;

  // --- the database ----------------------------------------------------------------------------
  function open() {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        // { lease, scope, place, html, protocol, ends, isAnswered }
        request.result.createObjectStore("pairs", { keyPath: "lease" }).createIndex("scope", "scope");
        // { order, scope, does, lease, fields, words, made, isTried, refusal }
        const actions = { keyPath: "order", autoIncrement: true };
        request.result.createObjectStore("actions", actions).createIndex("scope", "scope");
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close(); // another page wipes it
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    });
    opened.catch(() => (opened = null));
    return opened;
  }

  const result = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  // All of it is written, to the disk, or nothing.
  async function change(work) {
    const database = await open();
    const names = ["pairs", "actions"];
    const transaction = database.transaction(names, "readwrite", { durability: "strict" });
    const isDone = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [pairs, actions] = names.map((name) => transaction.objectStore(name));
    const answer = await work(pairs, actions);
    await isDone;
    return answer;
  }

  async function all(name, scope) {
    const store = (await open()).transaction(name).objectStore(name);
    return result(scope === undefined ? store.getAll() : store.index("scope").getAll(scope));
  }

  // --- pairs -----------------------------------------------------------------------------------
  const isOver = (pair) => pair.ends <= Date.now();

  async function waiting(scope) {
    const pairs = await all("pairs", scope);
    return pairs.filter((pair) => !pair.isAnswered && !isOver(pair)).sort((a, b) => a.place - b.place);
  }

  // What was taken along now; what this browser has of it already stays as it is.
  const add = (scope, taken) =>
    change(async (pairs) => {
      for (const [place, pair] of taken.entries()) {
        const known = await result(pairs.get(pair.lease));
        pairs.put({ isAnswered: false, ...known, ...pair, place, scope });
      }
    });

  // Only what is still held stays to be judged; what was done with a pair stays until it was sent.
  const keepOnly = (scope, leases) =>
    change(async (pairs) => {
      for (const pair of await result(pairs.index("scope").getAll(scope))) {
        if (!pair.isAnswered && !leases.includes(pair.lease)) pairs.delete(pair.lease);
      }
    });

  // Of everybody: a device is often shared.
  const dropOver = () =>
    change(async (pairs) => {
      for (const pair of await result(pairs.getAll())) {
        if (!pair.isAnswered && isOver(pair)) pairs.delete(pair.lease);
      }
    });

  // --- what was done ---------------------------------------------------------------------------
  // Whether it was kept: another tab may have answered the pair, or its time may be over.
  const keep = (action) =>
    change(async (pairs, actions) => {
      const pair = await result(pairs.get(action.lease));
      if (!pair || pair.isAnswered || isOver(pair)) return false;
      actions.add({ ...action, made: Date.now(), isTried: false, refusal: null });
      if (action.does !== "flag") pairs.put({ ...pair, isAnswered: true });
      return true;
    });

  const unsent = async (scope) => (await all("actions", scope)).filter((action) => !action.refusal);
  const refused = async (scope) => {
    const pairs = new Map((await all("pairs", scope)).map((pair) => [pair.lease, pair]));
    const actions = (await all("actions", scope)).filter((action) => action.refusal);
    return actions.map((action) => ({ ...action, html: pairs.get(action.lease)?.html ?? "" }));
  };

  // The newest of what was not sent is taken back; null where there is none.
  const takeBack = (scope) =>
    change(async (pairs, actions) => {
      const kept = await result(actions.index("scope").getAll(scope));
      const action = kept.findLast((one) => !one.refusal && !one.isTried);
      if (!action || action !== kept.findLast((one) => !one.refusal)) return null;
      const pair = await result(pairs.get(action.lease));
      if (pair && action.does !== "flag") pairs.put({ ...pair, isAnswered: false, place: -action.order });
      actions.delete(action.order);
      return action;
    });

  const mark = (order, fields) =>
    change(async (pairs, actions) => {
      const action = await result(actions.get(order));
      if (action) actions.put({ ...action, ...fields });
    });

  // The server has it, or its author has thrown it away.
  const drop = (order) =>
    change(async (pairs, actions) => {
      const action = await result(actions.get(order));
      actions.delete(order);
      if (action && action.does !== "flag") pairs.delete(action.lease);
    });

  // --- the end ---------------------------------------------------------------------------------
  const isOf = (owner) => (row) => row.scope.startsWith(`${owner} `);
  const count = async (owner) => (await all("actions")).filter(isOf(owner)).length;
  const exists = async () =>
    !indexedDB.databases || (await indexedDB.databases()).some(({ name }) => name === NAME);

  // All that one person left here; what others kept and did not send is theirs to send.
  async function wipe(owner) {
    const isLeft = await change(async (pairs, actions) => {
      for (const store of [pairs, actions]) {
        for (const row of await result(store.getAll())) if (isOf(owner)(row)) store.delete(row[store.keyPath]);
      }
      return (await result(pairs.count())) + (await result(actions.count())) > 0;
    });
    if (!isLeft) {
      (await opened).close();
      opened = null;
      await result(indexedDB.deleteDatabase(NAME));
    }
    for (const name of await caches.keys()) if (name.startsWith(SHELLS)) await caches.delete(name);
    for (const one of await navigator.serviceWorker.getRegistrations()) {
      if (new URL(one.scope).pathname.endsWith("/judge/offline/")) await one.unregister();
    }
  }

  // A browser without one of these is not offered any of it.
  const isOffered = Boolean(
    window.indexedDB && window.caches && navigator.serviceWorker && navigator.locks && Array.prototype.findLast,
  );

  return {
    SHELLS, isOffered, exists, waiting, add, keepOnly, dropOver,
    keep, unsent, refused, takeBack, mark, drop, count, wipe,
  };
})();
