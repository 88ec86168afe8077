// A new version of the app waits until nothing waits to be sent; then it starts by itself when the app is next opened, or at a tap.
import { effect, signal } from "@preact/signals";
import { link } from "./app.ts";

export const newVersion = signal(false);
let waiting: ServiceWorker | null = null;

export function watchVersions(): void {
  if (!("serviceWorker" in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  let reloading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne || reloading) return;
    reloading = true;
    location.reload();
  });
  void navigator.serviceWorker.register("/technician/sw.js", { scope: "/technician/" }).then((registration) => {
    const look = () => {
      waiting = registration.waiting;
      newVersion.value = waiting !== null && navigator.serviceWorker.controller !== null;
    };
    look();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    const ask = () => void registration.update().catch(() => undefined);
    setInterval(ask, 3_600_000);
    effect(() => void (link.value === "outdated" && ask()));
  });
  void navigator.serviceWorker.ready.then((registration) => registration.active?.postMessage("later"));
}

/** Only called while the outbox is empty, or where the server takes nothing from this version any more. */
export function takeOver(): void {
  waiting?.postMessage("take-over");
}
