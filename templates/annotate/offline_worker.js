// Answers for the page of judging without a network, and for nothing else on this site: its address
// bounds what it sees. The page itself fills the cache (static/js/offline.js), so this keeps no list.
"use strict";

const PATIENCE = 6000; // milliseconds for a network that is there but does not answer

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (pathname.startsWith("{{ static_path }}")) event.respondWith(part(request));
});

const kept = (request) => caches.match(request, { ignoreVary: true, ignoreSearch: true });

async function page(request) {
  const shell = await kept(request);
  if (!shell) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, shell));
  const live = fetch(request).then((response) => (response.status >= 500 ? shell : response), () => shell);
  return Promise.race([live, late]);
}

// A part of another version has another name, so one that is kept is the right one.
const part = async (request) => (await kept(request)) ?? fetch(request);
