// A new version of the app waits until nothing waits to be sent; then it starts by itself when the app is next opened, or at a tap.
import { signal } from "@preact/signals";

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
    setInterval(() => void registration.update().catch(() => undefined), 3_600_000);
  });
}

/** Only called while the outbox is empty. */
export function takeOver(): void {
  waiting?.postMessage("take-over");
}
