// The app's one state: what IndexedDB holds, as signals, and the few things that change it.
import { computed, signal } from "@preact/signals";
import { post } from "../shared/server.ts";
import { languageOf, Shapes, type Language } from "../shared/words.ts";
import { candidate, mark, marked, unmark } from "./marker.ts";
import type { Device, Me, VisibleJob, VisibleVan } from "./model.ts";
import { flush, type Ended, type Heard } from "./outbox/flush.ts";
import { pauseMs, type Draft, type Kept } from "./outbox/outbox.ts";
import { sendPhotos } from "./outbox/photos.ts";
import { NotKept, Store, type Meta, type Photo } from "./outbox/store.ts";
import { enrolDevice, sync } from "./server.ts";
import { leftIn } from "./van.ts";
import { roundOf, type Stop } from "./visit/attendance.ts";
import { hasChanged } from "./visit/changed.ts";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

export const CATALOGUES: Record<Language, Words> = { en, ru, hu };
const POLL_MS = 60_000;

let store: Store;
let failures = 0;
/** There was reason to exchange while an exchange was under way. */
let again = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const others = new BroadcastChannel("line3-technician");

export const ready = signal(false);
/** The storage did not open. */
export const broken = signal(false);
export const meta = signal<Meta | null>(null);
export const rows = signal<VisibleJob[]>([]);
export const van = signal<VisibleVan | null>(null);
export const events = signal<Kept[]>([]);
export const photos = signal<Photo[]>([]);
export const thumbnails = signal<ReadonlyMap<string, Blob>>(new Map());
export const link = signal<Ended>("offline");
export const sending = signal(false);
/** Told once, in a bar that goes away by a tap; what is good goes by itself. */
export const told = signal<{ text: string; tone: "good" | "bad" | "news" } | null>(null);
/** The browser took the storage away since the last time. */
export const evicted = signal(false);
/** The last copy of what waits: the code that opens it, and up to which number it goes. */
export const copied = signal<{ code: string; seq: number } | null>(null);
export const lostRecords = signal<{ from: number; to: number } | null>(null);
/** The time of day, by the server's clock: a phone's may be wrong, and what is shown today must not depend on it. */
export const clock = signal(new Date());

export const language = computed(() => languageOf(meta.value?.language ?? navigator.language));
export const words = computed(() => CATALOGUES[language.value]);
export const shapes = computed(() => new Shapes(language.value, meta.value?.about?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone));
export const unsent = computed(() => events.value.filter((one) => one.status === "waiting"));
export const unsentPhotos = computed(() => photos.value.filter((one) => one.status === "waiting" && one.blob !== null));
export const today = computed(() => shapes.value.dayOf(clock.value));
export const shownDay = signal<string | null>(null);
export const shown = computed(() => shownDay.value ?? today.value);
export const stops = computed<Stop[]>(() => roundOf(rows.value, events.value, shown.value, today.value, meta.value?.heardAt ?? null));
/** What the van has by what the server told and this phone recorded; null where the server tells no vans. */
export const inVan = computed(() => (van.value === null ? null : leftIn(van.value, events.value, meta.value?.heardAt ?? null)));
export const days = computed(() => {
  const seen = new Set(rows.value.flatMap((job) => job.visits.filter((visit) => visit.state !== "cancelled").map((visit) => visit.onDay)));
  seen.add(today.value);
  return [...seen].filter((day) => day >= today.value).sort();
});

/** The visit asked for, whatever day it is on; undefined where the phone no longer shows it. */
export function stopOf(visitId: string): Stop | undefined {
  for (const job of rows.value) {
    const visit = job.visits.find((one) => one.visitId === visitId);
    if (visit !== undefined) return roundOf([job], events.value, visit.onDay, today.value, meta.value?.heardAt ?? null).find((stop) => stop.visit.visitId === visitId);
  }
  return undefined;
}

/** Opens the phone's storage, tells what was lost, and begins to exchange. */
export async function start(): Promise<void> {
  try {
    store = await Store.open();
    await reload();
  } catch (error) {
    broken.value = true;
    throw error;
  }
  if (meta.value !== null) mark(meta.value.deviceId);
  ready.value = true;
  others.onmessage = ({ data }) => {
    void reload().catch(console.error);
    // the other tab could not send: this one does
    if (data === "recorded" && sending.value) again = true;
  };
  for (const name of ["online", "focus", "pageshow"]) addEventListener(name, () => hurry());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  setInterval(tick, 15_000);
  hurry();
}

function tick(): void {
  clock.value = new Date(now().getTime() + (meta.value?.skewMs ?? 0));
}

/** The phone's own clock, by which records are dated: the server knows how far it is off. */
export function now(): Date {
  return new Date();
}

let asked = 0;
let latest = 0;

export async function reload(): Promise<void> {
  const mine = ++asked;
  const [found, jobs, parts, kept, pictures, small] = await Promise.all([store.meta(), store.rows(), store.van(), store.events(), store.photos(), store.thumbnails()]);
  // of two at once the later may be through first: what is older must not be put over it
  if (mine < latest) return;
  latest = mine;
  // what was not saved is told until somebody has seen it, and a locked phone has no round
  const mayTell = meta.value?.cursor != null && found !== undefined && !found.locked && told.value?.tone !== "bad";
  if (mayTell && hasChanged(rows.value, jobs, today.value, reported(events.value, kept))) told.value = { text: words.value.round.changed, tone: "news" };
  meta.value = found ?? null;
  evicted.value = found === undefined && marked() !== null;
  rows.value = jobs;
  van.value = parts ?? null;
  events.value = kept;
  photos.value = pictures;
  thumbnails.value = new Map(small.map(({ photoId, picture }) => [photoId, picture]));
  tick();
}

/** The jobs whose records wait, or were answered since. */
function reported(before: readonly Kept[], after: readonly Kept[]): Set<string> {
  const known = new Map(before.map((one) => [one.eventId, one.status]));
  return new Set(after.filter((one) => one.status === "waiting" || known.get(one.eventId) !== one.status).map((one) => one.jobId));
}

/** Saves a record on this phone, and says so only when it has been read back. Raises `NotKept`, with the reason told. */
export async function record(draft: Omit<Draft, "baseVersion">, photo?: Photo, thumbnail: Blob | null = null): Promise<Kept> {
  let made: Kept;
  try {
    const baseVersion = rows.value.find((job) => job.jobId === draft.jobId)?.version ?? null;
    const save = (small: Blob | null) => store.record({ ...draft, baseVersion }, now(), performance.now(), photo, small);
    made = await save(thumbnail).catch(async (error: unknown) => {
      if (!isFull(error)) throw error;
      await store.dropThumbnails();
      return save(null);
    });
  } catch (error) {
    const storage = words.value.storage;
    told.value = { text: isFull(error) ? storage.notKept : storage.failed, tone: "bad" };
    throw error;
  }
  told.value = { text: words.value.saved, tone: "good" };
  // it is saved, whatever becomes of the picture of it
  await reload().catch(console.error);
  others.postMessage("recorded");
  hurry();
  return made;
}

function isFull(error: unknown): boolean {
  return error instanceof NotKept && error.message.includes("Quota");
}

/** Exchange now, and again after a while: at once when there is reason to hope, ever more slowly while there is none. */
export function hurry(): void {
  failures = 0;
  if (sending.value) again = true;
  else schedule(0);
}

function schedule(afterMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void exchange(), afterMs);
}

async function exchange(): Promise<void> {
  const before = meta.value;
  if (before === null || sending.value) return;
  sending.value = true;
  again = false;
  let heard: Heard = { ended: "offline", retryAfterMs: null };
  try {
    heard = await flush(store, { sync, photos: sendPhotos, enrol: async (deviceId) => (await enrolDevice(deviceId)).deviceKey }, now);
  } catch (error) {
    console.error(error);
  }
  await reload().catch(console.error);
  if (heard.ended !== "busy") {
    link.value = heard.ended;
    others.postMessage("exchanged");
  }
  noticeLoss(before);
  failures = heard.ended === "done" || heard.ended === "busy" ? 0 : failures + 1;
  schedule(again ? 0 : (heard.retryAfterMs ?? (failures === 0 ? POLL_MS : 1_000 + pauseMs(failures, Math.random()))));
  sending.value = false;
}

function noticeLoss(before: Meta): void {
  const after = meta.value;
  if (after !== null && after.seq > before.seq && events.value.every((one) => one.seq !== after.seq)) {
    lostRecords.value = { from: before.seq + 1, to: after.seq };
  }
}

/** After a sign-in: this phone is this technician's from now on. Where the server has seen it count further than it knows, its
 * storage was lost, and the next exchange says so. */
export async function enrolled(me: Me, device: Device): Promise<void> {
  const forgot = await store.write(["meta"], async (transaction) => {
    const known = await transaction.objectStore("meta").get("me");
    const storageLost = known === undefined && device.lastSeq > 0;
    const made: Meta =
      known !== undefined
        ? { ...known, deviceKey: device.deviceKey, signedIn: true }
        : {
            deviceId: device.deviceId,
            deviceKey: device.deviceKey,
            name: me.displayName,
            language: me.language,
            seq: device.lastSeq,
            cursor: null,
            epoch: null,
            heardAt: null,
            skewMs: 0,
            signedIn: true,
            storageLost,
            alarms: 0,
            about: null,
          };
    await transaction.objectStore("meta").put(made, "me");
    return storageLost;
  });
  mark(device.deviceId);
  if (forgot) lostRecords.value = { from: 1, to: device.lastSeq };
  await navigator.storage?.persist?.();
  await reload();
  others.postMessage("enrolled");
  hurry();
}

/** The same phone stays the same, even when its storage was taken away. */
export function deviceId(): string {
  return meta.value?.deviceId ?? marked() ?? candidate();
}

export async function chooseLanguage(chosen: string): Promise<void> {
  // what the server says is asked for anew, in this language
  await store.changeMeta((known) => ({ ...known, language: chosen, cursor: null }));
  await reload();
  hurry();
}

/** Whether nothing would be lost if this phone were emptied. On a locked one nothing new is recorded, so a copy has all. */
export const isSpare = computed(() => (unsent.value.length === 0 && unsentPhotos.value.length === 0) || (meta.value?.locked === true && copied.value?.seq === meta.value.seq));

/** Ends the session and empties this phone; refused while that would lose anything. `first`: what has to be said while the
 * session stands. */
export async function signOut(first: () => Promise<void> = async () => undefined): Promise<boolean> {
  await reload();
  if (!isSpare.value) return false;
  await first().catch(() => undefined);
  await post("/v1/sign-out", {}).catch(() => undefined);
  // what another tab saved meanwhile keeps all of it here
  const isEmpty = await store.empty(copied.value?.seq ?? null);
  if (isEmpty) unmark();
  await reload();
  others.postMessage("left");
  return isEmpty;
}
