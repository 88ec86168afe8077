import { signal } from "@preact/signals";

export const tab = signal<"map" | "why" | "history">("map");
