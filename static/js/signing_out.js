// Whoever signs out leaves nothing of their work on the device; what was not sent is asked about.
"use strict";

(() => {
  const store = window.accordStore;
  const form = document.getElementById("sign-out");
  const dialog = document.getElementById("unsent");
  if (!store.isOffered) return;

  async function leave() {
    try {
      if (await store.exists()) await store.wipe(form.dataset.owner);
    } finally {
      form.submit();
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let n = 0;
    try {
      n = (await store.exists()) ? await store.count(form.dataset.owner) : 0;
    } catch {
      // a database that cannot be read keeps nobody signed in
    }
    if (!n) return leave();
    dialog.querySelector("[data-n]").textContent = n;
    return dialog.showModal();
  });
  dialog.addEventListener("close", () => dialog.returnValue === "leave" && leave());
  store.exists().then((is) => is && store.dropOver()).catch(() => {});
})();
