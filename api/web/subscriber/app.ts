// What the link shows, and asking for it: the token stands behind # and goes to the server in a header, so that no address holds it.
import { computed, effect, signal } from "@preact/signals";
import type { components } from "../generated/api.d.ts";
import { post, Problem, put, read } from "../shared/server.ts";
import { LANGUAGES, languageOf, Shapes, type Language } from "../shared/words.ts";
import { en } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

export type OwnVisit = components["schemas"]["AwaitedVisitOut"];
export type Windows = components["schemas"]["WindowsOut"];
export type CancelReason = components["schemas"]["CancelReason"];

const EVERY_MS = 30_000;
const KEPT = "line3-visit-language";

const token = signal(location.hash.slice(1));
export const visit = signal<OwnVisit | null>(null);
/** Since a try that came to nothing. */
export const isStale = signal(false);
/** Why nothing can be shown at all. */
export const closed = signal<"gone" | "missing" | "unreachable" | "wait" | null>(token.value === "" ? "missing" : null);
/** What was done last, until something else is: said where it was done. */
export const told = signal<{ where: "access" | "change"; text: string } | null>(null);

const found = localStorage.getItem(KEPT);
const chosen = signal<Language | null>(found !== null && found in LANGUAGES ? (found as Language) : null);
export const language = computed<Language>(() => chosen.value ?? languageOf(visit.value?.language ?? navigator.language));
export const words = computed(() => ({ en, ru, hu })[language.value]);
export const shapes = computed(() => new Shapes(language.value, visit.value?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone));
effect(() => {
  document.documentElement.lang = language.value;
  document.title = words.value.title;
});

export async function chooseLanguage(wanted: Language): Promise<void> {
  chosen.value = wanted;
  localStorage.setItem(KEPT, wanted);
  told.value = null;
  await look();
}

const headers = (): Record<string, string> => ({ Authorization: `Link ${token.value}` });
const at = (path: string): string => (chosen.value === null ? path : `${path}?language=${chosen.value}`);

/** What an answer shows is newer than any question still under way. */
let asked = 0;

function show(answer: OwnVisit): void {
  asked += 1;
  const before = visit.value;
  // what was said of a time that is another by now
  if (before !== null && (before.stage !== answer.stage || before.window?.earliest !== answer.window?.earliest)) told.value = null;
  visit.value = answer;
  isStale.value = false;
  closed.value = null;
}

export async function look(): Promise<void> {
  if (token.value === "") return;
  const mine = ++asked;
  try {
    const answer = await read<OwnVisit>(at("/v1/visit"), headers());
    if (mine === asked) show(answer);
  } catch (error) {
    if (mine !== asked) return;
    const status = error instanceof Problem ? error.status : 0;
    if (status === 404) closed.value = "gone";
    else if (status === 429) closed.value = "wait";
    else if (visit.value === null) closed.value = "unreachable";
    isStale.value = true;
  }
}

export const windows = (): Promise<Windows> => post<Windows>("/v1/visit/windows", {}, headers());

export async function confirm(): Promise<void> {
  told.value = null;
  show(await post<OwnVisit>(at("/v1/visit/confirmation"), {}, headers()));
}

export const leaveNote = async (note: string): Promise<void> => show(await put<OwnVisit>(at("/v1/visit/access-note"), { note }, headers()));

export async function move(slotQuoteId: string, offer: number, digits: string): Promise<void> {
  show(await post<OwnVisit>(at("/v1/visit/move"), { slotQuoteId, offer, digits }, headers()));
}

export async function cancel(reason: CancelReason, digits: string): Promise<void> {
  show(await post<OwnVisit>(at("/v1/visit/cancellation"), { reason, digits }, headers()));
}

/** What a refusal means, and what to do. */
export function meaning(error: unknown): string {
  const w = words.value;
  if (!(error instanceof Problem)) return w.trouble["offline"] ?? "";
  const kind = error.kind.replace("/problems/", "");
  if (kind === "link-locked") return w.locked;
  const said = w.trouble[kind] ?? w.trouble["server"] ?? "";
  return said.replace("{n}", String(error.body["triesLeft"] ?? ""));
}

/** Also when somebody comes back to it; another link in the same tab is another visit. */
export function keepLooking(): void {
  void look();
  setInterval(() => document.visibilityState === "visible" && void look(), EVERY_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void look());
  addEventListener("online", () => void look());
  addEventListener("offline", () => (isStale.value = true));
  addEventListener("hashchange", () => {
    token.value = location.hash.slice(1);
    visit.value = null;
    told.value = null;
    closed.value = token.value === "" ? "missing" : null;
    void look();
  });
}
