/* While there is no network, pages of cases show the kept form, which names nobody. */
"use strict";

const KEPT = "timebank-offline";
const FORM = "/cases/offline";

/* The form and the styles, letters and scripts that it names. */
async function keep() {
  const answer = await fetch(FORM, { cache: "no-store", credentials: "omit" });
  if (!answer.ok) {
    return;
  }
  const text = await answer.clone().text();
  const parts = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((found) =>
    found[1].replaceAll("&amp;", "&")
  );
  const kept = await caches.open(KEPT);
  const old = await kept.keys();
  await Promise.all(parts.map(async (part) => {
    if (!(await kept.match(part))) {
      await kept.add(part);
    }
  }));
  await kept.put(FORM, answer);
  const wanted = new Set([FORM, ...parts]);
  await Promise.all(old.map((request) => {
    const place = new URL(request.url);
    return wanted.has(place.pathname + place.search) ? null : kept.delete(request);
  }));
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("message", (event) => {
  if (event.data === "renew") {
    event.waitUntil(keep().catch(() => null));
  }
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(
      fetch(request).catch(async () => (await caches.match(FORM)) || Response.error())
    );
    return;
  }
  if (new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () =>
      (await caches.match(request)) || Response.error()));
  }
});
