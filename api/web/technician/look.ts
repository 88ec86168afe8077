// Light or dark: as the technician says; else as the phone says, and dark after sunset where the round is.
import { computed, effect, signal } from "@preact/signals";
import { isDark } from "../shared/sun.ts";
import { clock, rows } from "./app.ts";

export type Look = "auto" | "light" | "dark";
const KEY = "line3-look";

function kept(): Look {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : "auto";
}

export const look = signal<Look>(kept());

const asPhone = signal(matchMedia("(prefers-color-scheme: dark)").matches);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => (asPhone.value = event.matches));

const dark = computed(() => {
  if (look.value !== "auto") return look.value === "dark";
  const place = rows.value[0]?.place;
  return asPhone.value || (place !== undefined && isDark(clock.value, place.latitude, place.longitude));
});

effect(() => {
  localStorage.setItem(KEY, look.value);
  document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
});
