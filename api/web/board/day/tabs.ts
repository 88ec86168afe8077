import { signal } from "@preact/signals";

/** Somebody asked for the list of who could take what is selected: it gets the focus once it is there. */
export const giving = signal(false);
export const tab = signal<"map" | "why" | "history">("map");
