// The app without a network: everything that was built is kept at installation. It carries no records: those are the page's.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

declare const self: ServiceWorkerGlobalScope & { __PRECACHE: PrecacheEntry[]; __LATER: string[] };

const LATER = "line3-later";

precacheAndRoute(self.__PRECACHE);
cleanupOutdatedCaches();
registerRoute(new NavigationRoute(createHandlerBoundToURL("index.html")));

// a new version waits until the page says that nothing waits to be sent
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
  if (event.data === "later") event.waitUntil(fetchLater());
});
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

/** The barcode reader is five times the app: it comes when the app is there already, asked for at each start until it is kept. */
async function fetchLater(): Promise<void> {
  const wanted = self.__LATER.map((url) => new URL(url, self.registration.scope).href);
  const cache = await caches.open(LATER);
  for (const old of await cache.keys()) if (!wanted.includes(old.url)) await cache.delete(old);
  for (const url of wanted) if ((await cache.match(url)) === undefined) await cache.add(url).catch(() => undefined);
}

registerRoute(
  ({ url }) => url.pathname.endsWith(".wasm"),
  async ({ request }) => {
    const cache = await caches.open(LATER);
    const kept = await cache.match(request);
    if (kept !== undefined) return kept;
    const fetched = await fetch(request);
    if (fetched.ok) await cache.put(request, fetched.clone()).catch(() => undefined);
    return fetched;
  },
);

self.addEventListener("push", (event) => {
  const shown = self.registration.showNotification("line3", { body: event.data?.text() ?? "", icon: "icon.svg", tag: "round" });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then(async (open) => {
      const page = open[0];
      if (page === undefined) await self.clients.openWindow("/technician/");
      else await page.focus();
    }),
  );
});
