// Where one is: the fragment of the address, so that the browser's back button and a reload do what one expects.
import { computed, signal } from "@preact/signals";

const fragment = signal(read());

function read(): string {
  return location.hash.slice(1) || "/";
}

// each screen begins at its top
history.scrollRestoration = "manual";

/** Whether going elsewhere has to wait; it is then done by what it is handed. */
type Guard = (leave: () => void) => boolean;
let isHeld: Guard = () => false;

export function guardRoute(guard: Guard): void {
  isHeld = guard;
}

// a link that is held makes no entry in the history
document.addEventListener(
  "click",
  (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    const isElsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    if (link === null || isElsewhere || link.hash === location.hash) return;
    if (isHeld(() => go(link.hash.slice(1)))) event.preventDefault();
  },
  { capture: true },
);
// the back button, or an address typed by hand: it has happened already
addEventListener("hashchange", () => {
  const to = read();
  if (to === fragment.value) return;
  if (isHeld(() => replace(to))) history.replaceState(null, "", `#${fragment.value}`);
  else fragment.value = to;
});

export const route = computed(() => fragment.value.split("/").filter(Boolean));

export function go(to: string): void {
  const leave = () => (location.hash = to);
  if (!isHeld(leave)) leave();
}

/** Without a new entry in the history: nobody wants to come back to what was done. */
export function replace(to: string): void {
  history.replaceState(null, "", `#${to}`);
  fragment.value = to;
}
