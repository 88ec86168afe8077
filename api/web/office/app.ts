// Who looks, at which area, in which language and light: board and desk alike.
import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { post, Problem, put, read, whenSignedOut } from "../shared/server.ts";
import { languageOf, Shapes, type Language } from "../shared/words.ts";
import type { AreaOut, Me } from "./model.ts";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

type Look = "auto" | "light" | "dark";
export const LOOKS: readonly Look[] = ["auto", "light", "dark"];

/** A choice that outlives the page. */
function kept<T extends string>(key: string, among: readonly T[] | null, otherwise: T) {
  const found = localStorage.getItem(key) as T | null;
  const made = signal<T>(found !== null && (among === null || among.includes(found)) ? found : otherwise);
  effect(() => localStorage.setItem(key, made.value));
  return made;
}

/** What this face is called. */
export const title = signal("line3");
/** Undefined while it is asked, null where nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined);
/** Of whoever has just set a password here. */
export const newLogin = signal("");
/** Whoever is at work here is to sign in again: what they asked for waits, and so does what they are writing. */
export const isOver = signal(false);
const waiting: ((isSame: boolean) => void)[] = [];
whenSignedOut(() => {
  if (!me.value) return Promise.resolve(false);
  isOver.value = true;
  return new Promise((resolve) => waiting.push(resolve));
});
export const areas = signal<AreaOut[]>([]);
const chosenArea = kept<string>("line3-area", null, "");
/** Who was never signed in here is not asked for: a browser counts the refusal as an error of the page. */
const wasHere = kept<"yes" | "no">("line3-office", ["yes", "no"], "no");
const chosenLanguage = kept<string>("line3-language", null, "");
export const look = kept<Look>("line3-look", LOOKS, "auto");
/** Said once, in a bar that goes away by a tap; what is good goes by itself. `undo`: what takes it back; `next`: what one does then. */
export const told = signal<{ text: string; tone: "good" | "bad" | "news"; undo?: () => Promise<void>; next?: { label: string; act: () => unknown } } | null>(null);
/** Of what was said last that can be taken back, also when the bar has gone. */
export const lastUndo = signal<{ what: string; act: () => Promise<void> } | null>(null);
effect(() => {
  if (told.value?.undo !== undefined) lastUndo.value = { what: told.value.text, act: told.value.undo };
});

/** Takes back what was said last that can be; says so where there is nothing. */
export function undoLast(): void {
  const last = lastUndo.value;
  lastUndo.value = null;
  told.value = last === null ? { text: words.value.nothingToUndo, tone: "news" } : null;
  void last?.act();
}
/** The time of day by the server's clock, to the minute or finer: what is late must not depend on this machine's. */
export const clock = signal(new Date());
let skewMs = 0;
setInterval(() => (clock.value = new Date(Date.now() + skewMs)), 10_000);

/** To what the server says. */
export function setClock(now: string): void {
  skewMs = Date.parse(now) - Date.now();
  clock.value = new Date(now);
}

export const area = computed(() => areas.value.find((one) => one.areaId === chosenArea.value) ?? areas.value[0] ?? null);
export const language = computed<Language>(() => languageOf(chosenLanguage.value || me.value?.language || navigator.language));
export const words = wordsOf<Words>({ en, ru, hu });
export const shapes = computed(() => new Shapes(language.value, area.value?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone));
export const today = computed(() => shapes.value.dayOf(clock.value));

/** A page's own catalogue, in the reader's language. */
export function wordsOf<T>(all: Record<Language, T>): ReadonlySignal<T> {
  return computed(() => all[language.value]);
}

export function chooseArea(areaId: string): void {
  chosenArea.value = areaId;
}

/** Of the board and of all that the server says to this person. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  if (await attempt(() => put("/v1/me/language", { language: chosen }))) chosenLanguage.value = chosen;
}

export function holds(...roles: string[]): boolean {
  return me.value?.roles.some((one) => one.areaId === area.value?.areaId && roles.includes(one.role)) ?? false;
}

type Query = Record<string, string | number | boolean | null | undefined>;

/** The address of something of the chosen area: `inArea("/v1/plans", {limit: 5})`. */
export function inArea(path: string, query: Query = {}): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries({ areaId: area.value?.areaId, ...query })) {
    if (value != null) said.set(name, String(value));
  }
  return `${path}?${said}`;
}

export async function start(): Promise<void> {
  if (wasHere.value === "no") {
    me.value = null;
    return;
  }
  try {
    await lookAgain();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    me.value = null;
  }
}

/** Who one is by now, where something new is theirs. */
export async function lookAgain(): Promise<void> {
  await welcome(await read<Me>("/v1/me"));
}

async function welcome(found: Me): Promise<void> {
  setClock(found.now);
  areas.value = (await read<{ items: AreaOut[] }>("/v1/areas")).items;
  me.value = found;
  wasHere.value = "yes";
}

export async function signIn(login: string, password: string): Promise<void> {
  const before = me.value;
  await welcome(await post<Me>("/v1/sign-in", { login, password }));
  const isSame = before?.staffId === me.value?.staffId;
  if (!isSame) lastUndo.value = null;
  isOver.value = false;
  for (const goOn of waiting.splice(0)) goOn(isSame);
}

export async function signOut(): Promise<void> {
  me.value = undefined;
  await post("/v1/sign-out", {}).catch(() => undefined);
  me.value = null;
  wasHere.value = "no";
  areas.value = [];
  // the next person begins at the first page, not where this one was
  lastUndo.value = null;
  told.value = null;
  location.hash = "#/";
}

/** What a refusal means, in the reader's words; the server's own title where this page knows none. */
export function meaning(error: unknown): string {
  const w = words.value.trouble;
  if (!(error instanceof Problem)) return w.offline;
  const named = w.kinds[error.kind.replace("/problems/", "")];
  return named ?? (error.status >= 500 ? w.server : error.body.title ?? w.server);
}

/** Does what was asked; says what it did, or why it could not. Whether it did. */
export async function attempt(act: () => Promise<unknown>, said?: string, undo?: () => Promise<void>): Promise<boolean> {
  try {
    await act();
  } catch (error) {
    told.value = { text: meaning(error), tone: "bad" };
    return false;
  }
  if (said !== undefined) told.value = { text: said, tone: "good", ...(undo === undefined ? {} : { undo }) };
  return true;
}

effect(() => {
  if (look.value === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = look.value;
});
effect(() => {
  document.documentElement.lang = language.value;
  document.title = title.value;
});
