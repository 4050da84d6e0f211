/* Keeps the counter that works without network: the page and what it is made of, nothing else. */
"use strict";
var NAME = "timebank-offline-{{ version }}";
var PAGE = {{ page|tojson }};
var KEPT = {{ kept|tojson }};

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches.open(NAME).then(function (cache) {
      return cache.addAll([PAGE].concat(KEPT));
    }).then(function () {
      return self.skipWaiting();
    })
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) {
        return name.indexOf("timebank-offline-") === 0 && name !== NAME;
      }).map(function (name) {
        return caches.delete(name);
      }));
    }).then(function () {
      return self.clients.claim();
    })
  );
});

/* The network first, so that the page is always today's; without it, what was kept. */
self.addEventListener("fetch", function (event) {
  var address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) {
    return;
  }
  if (address.pathname.indexOf("/api/") === 0) {
    return;
  }
  event.respondWith(
    fetch(event.request).then(function (answer) {
      if (answer.ok && address.pathname === PAGE) {
        var copy = answer.clone();
        caches.open(NAME).then(function (cache) {
          cache.put(PAGE, copy);
        });
      }
      return answer;
    }).catch(function () {
      return caches.match(event.request, { ignoreSearch: address.pathname === PAGE }).then(function (kept) {
        return kept || caches.match(PAGE);
      });
    })
  );
});
