// Where one is: the fragment of the address, so that the browser's back button and a reload do what one expects.
import { computed, signal } from "@preact/signals";

const fragment = signal(read());

function read(): string {
  return location.hash.slice(1) || "/";
}

// each screen begins at its top
history.scrollRestoration = "manual";
addEventListener("hashchange", () => (fragment.value = read()));

export const route = computed(() => fragment.value.split("/").filter(Boolean));

export function go(to: string): void {
  location.hash = to;
}

/** Without a new entry in the history: nobody wants to come back to what was done. */
export function replace(to: string): void {
  history.replaceState(null, "", `#${to}`);
  fragment.value = to;
}
