// While the app is looked at and there is a network, the server says when the round has changed. Otherwise, and where this
// does not get through, the app asks now and then anyway (app.ts).
import { computed, effect, signal } from "@preact/signals";
import { hurry, meta, sending } from "./app.ts";

const AGAIN_MS = 30_000;

const seen = signal(document.visibilityState === "visible");
const online = signal(navigator.onLine);
/** The newest number of the feed that the server told. */
const newest = signal<number | null>(null);
const enrolled = computed(() => meta.value !== null && meta.value.signedIn);
/** Up to where this phone has pulled: the number in front of the dot. */
const pulled = computed(() => Number.parseInt(meta.value?.cursor ?? "", 10));

let source: EventSource | null = null;
let again: ReturnType<typeof setTimeout> | undefined;
let asked: number | null = null;

export function listen(): void {
  document.addEventListener("visibilitychange", () => (seen.value = document.visibilityState === "visible"));
  for (const name of ["online", "offline"]) addEventListener(name, () => (online.value = navigator.onLine));
  const wanted = computed(() => seen.value && online.value && enrolled.value);
  effect(() => (wanted.value ? open() : close()));
  // what this phone did itself it has pulled by the time its own exchange ends
  effect(() => {
    if (sending.value || newest.value === null || newest.value === pulled.value || newest.value === asked) return;
    asked = newest.value;
    hurry();
  });
}

function open(): void {
  close();
  const from = pulled.peek();
  const made = new EventSource(Number.isNaN(from) ? "/v1/mobile/stream" : `/v1/mobile/stream?after=${from}`);
  made.addEventListener("round", (event) => (newest.value = Number(event.data)));
  // the browser tries again by itself, except after a refusal
  made.onerror = () => {
    if (made.readyState === EventSource.CLOSED && made === source) again = setTimeout(open, AGAIN_MS * (0.5 + Math.random()));
  };
  source = made;
}

function close(): void {
  clearTimeout(again);
  source?.close();
  source = null;
}
