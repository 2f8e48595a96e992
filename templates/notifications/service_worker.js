// The site's service worker: the offline page, and pushes. It stores no page of a person.
"use strict";

const CACHE = "offline-1";
const OFFLINE = "{{ offline|escapejs }}";
const ICON = "{{ icon|escapejs }}";
const NEWS = "{{ page|escapejs }}";

async function storeOfflinePage() {
  const cache = await caches.open(CACHE);
  const response = await fetch(OFFLINE, { cache: "reload", credentials: "omit" });
  const styles = [...(await response.clone().text()).matchAll(/(?:href|src)="([^"]+\.(?:css|png))"/g)].map((found) => found[1]);
  await cache.put(OFFLINE, response);
  await cache.addAll(styles);
}

async function forgetOldCaches() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(storeOfflinePage().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOldCaches()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (!navigator.onLine) event.respondWith(caches.match(request).then((stored) => stored || Response.error()));
});

self.addEventListener("push", (event) => {
  const news = event.data ? event.data.json() : {};
  const shown = { body: news.body || "There is news for you.", tag: news.tag, icon: ICON, data: news.url || NEWS };
  event.waitUntil(self.registration.showNotification(news.title || "News", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(event.notification.data));
});
