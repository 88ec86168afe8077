// One idempotent flush: sends what waits, hears what changed, until neither side has more. Called whenever there is reason to
// hope (online, foreground, a timer, a new record); called too often it does nothing worse than ask.
import { uuidv7 } from "uuidv7";
import type { Exchanged } from "../model.ts";
import { kindOf, Problem } from "../../shared/server.ts";
import { digestOf } from "./digest.ts";
import { lost, nextBatch, offeredAgain, outlived, refused, settled, WHOLE, withOutcomes, type Kept, type Limits } from "./outbox.ts";
import type { Sent } from "./photos.ts";
import { need, putAll, type Meta, type Store } from "./store.ts";

/** What came of a flush. `expired`: what waited was taken in, but to hear what changed one has to sign in again. `revoked`: the
 * office locked this phone; it has forgotten the visits, and keeps what waits. `outdated`: the server no longer understands this
 * version of the app. */
export type Ended = "done" | "offline" | "expired" | "refused" | "busy" | "revoked" | "outdated";

export interface Wire {
  sync(body: string, meta: Meta): Promise<Response>;
  /** `hasNews`: whether a record came since, which is to go first. */
  photos(store: Store, meta: Meta, hasNews: () => Promise<boolean>): Promise<Sent>;
  /** The device's key, where the server gives one. */
  enrol(deviceId: string): Promise<string | null>;
}

export interface Heard {
  ended: Ended;
  retryAfterMs: number | null;
}

const PROTOCOL = 2;
const LOCK = "line3-flush";
const NOT_ALLOWED = "/problems/not-allowed";
/** The server's answers to a session that is not this phone's technician's. */
const FOREIGN = [401, 403, 409];

/** One tab sends at a time; the others' `flush` ends at once as "busy". */
export async function flush(store: Store, wire: Wire, now: () => Date): Promise<Heard> {
  if (typeof navigator === "undefined" || navigator.locks === undefined) return exchangeAll(store, wire, now);
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) =>
    lock === null ? { ended: "busy" as const, retryAfterMs: null } : exchangeAll(store, wire, now),
  );
}

async function exchangeAll(store: Store, wire: Wire, now: () => Date): Promise<Heard> {
  let limits: Limits = WHOLE;
  let resynced = false;
  let enrolled = false;
  // nothing but records that are refused: they are not to keep the phone from hearing, nor photos from going
  let onlyRefused = false;
  // what came of a record that fits no job never travels in the pull: what is pending is asked for once in each flush
  let pending = (await store.pending()).map((one): Kept => ({ ...one, status: "waiting" }));
  for (;;) {
    const meta = need(await store.meta());
    const van = await store.van();
    const batch = onlyRefused ? [] : nextBatch([...(await store.waiting()), ...pending], limits);
    pending = [];
    let answer: Response;
    try {
      answer = await wire.sync(envelope(meta, van?.version ?? "", batch, now()), meta);
    } catch {
      return { ended: "offline", retryAfterMs: null };
    }
    const kind = answer.ok ? "" : await kindOf(answer);
    if (answer.status === 401 || kind === NOT_ALLOWED) {
      if (kind !== "/problems/device-revoked") return signedOut(store);
      await lock(store);
      return { ended: "revoked", retryAfterMs: null };
    }
    if (kind === "/problems/upgrade-needed") return { ended: "outdated", retryAfterMs: null };
    if (answer.status === 429 || answer.status >= 500) return { ended: "offline", retryAfterMs: retryAfter(answer) };
    if (answer.status === 404 && !enrolled) {
      // the server was set back to before this phone came
      enrolled = true;
      try {
        const deviceKey = await wire.enrol(meta.deviceId);
        await store.changeMeta((known) => ({ ...known, deviceKey: deviceKey ?? known.deviceKey }));
        continue;
      } catch (error) {
        if (error instanceof Problem && FOREIGN.includes(error.status)) return signedOut(store);
        return { ended: "offline", retryAfterMs: null };
      }
    }
    if (!answer.ok) {
      if (batch.length === 0) return { ended: "refused", retryAfterMs: null };
      const after = refused(batch, limits);
      limits = after.limits;
      await store.write(["meta", "events"], async (transaction) => {
        // a phone that was emptied meanwhile stays empty
        need(await transaction.objectStore("meta").get("me"));
        await putAll(transaction, after.changed);
      });
      onlyRefused = after.changed.length > 0 && (await store.waiting()).every((one) => one.refusals > 0);
      continue;
    }
    let heard: Exchanged;
    try {
      heard = (await answer.json()) as Exchanged;
    } catch {
      return { ended: "offline", retryAfterMs: null };
    }
    const more = await take(store, batch, heard, now(), meta);
    if (heard.session === "revoked") await lock(store);
    if (heard.pull !== null && heard.pull.digest !== null && heard.pull.digest !== (await digestOf(await store.rows()))) {
      await store.changeMeta((known) => ({ ...known, cursor: null, alarms: known.alarms + 1 }));
      if (!resynced) {
        resynced = true;
        continue;
      }
    }
    const waiting = await store.waiting();
    const still = new Set(waiting.map((one) => one.seq));
    const sent = new Set(batch.map((one) => one.seq));
    // one that was refused before has got through, so may the next; what an answer did not name is not asked for in circles
    const gotThrough = batch.some((one) => !still.has(one.seq)) && waiting.length > 0;
    if (more) continue;
    const isNew = waiting.some((one) => one.refusals === 0 && !sent.has(one.seq));
    const photos = isNew || gotThrough ? "interrupted" : await wire.photos(store, need(await store.meta()), () => hasOthers(store, still));
    if (photos === "interrupted") {
      onlyRefused = false;
      continue;
    }
    if (heard.pull === null) return { ended: heard.session === "revoked" ? "revoked" : "expired", retryAfterMs: null };
    return { ended: photos === "done" && onlyRefused ? "refused" : photos, retryAfterMs: null };
  }
}

async function hasOthers(store: Store, known: ReadonlySet<number>): Promise<boolean> {
  return (await store.waiting()).some((one) => !known.has(one.seq));
}

/** No session, or somebody else's: whose phone this is has to sign in. */
async function signedOut(store: Store): Promise<Heard> {
  await store.changeMeta((known) => ({ ...known, signedIn: false }));
  return { ended: "expired", retryAfterMs: null };
}

/** Whoever found the phone is to read no subscriber's name in it. */
async function lock(store: Store): Promise<void> {
  await store.write(["meta", "rows", "van"], async (transaction) => {
    await transaction.objectStore("rows").clear();
    await transaction.objectStore("van").clear();
    const metas = transaction.objectStore("meta");
    await metas.put({ ...need(await metas.get("me")), signedIn: false, locked: true, cursor: null }, "me");
  });
}

function retryAfter(answer: Response): number | null {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}

/** The events stand in it as they were recorded, byte for byte: sent again they are the same. */
function envelope(meta: Meta, van: string, batch: readonly Kept[], now: Date): string {
  const head = {
    protocol: PROTOCOL,
    deviceId: meta.deviceId,
    batchId: uuidv7(),
    sentAt: now.toISOString(),
    epoch: meta.epoch,
    cursor: meta.cursor,
    language: meta.language,
    van,
    ...(meta.storageLost ? { storageLost: true } : {}),
  };
  const events = batch.map((one) => one.text).join(",");
  return `${JSON.stringify(head).slice(0, -1)},"events":[${events}]}`;
}

/** Outcomes, rows, van and cursor in one transaction. True where there is reason to ask once more. How long records are kept is
 * counted by the server's clock: the phone's may jump by years. */
async function take(store: Store, batch: readonly Kept[], heard: Exchanged, now: Date, asked: Meta): Promise<boolean> {
  const at = new Date(heard.serverTime);
  return store.write(["meta", "events", "rows", "van", "photos", "thumbnails"], async (transaction) => {
    const metas = transaction.objectStore("meta");
    const rows = transaction.objectStore("rows");
    const photos = transaction.objectStore("photos");
    const meta = need(await metas.get("me"));
    await putAll(transaction, settled(batch, heard.results, at));
    const all = await transaction.objectStore("events").getAll();
    const pictures = await photos.getAll();
    const isNewEpoch = meta.epoch !== null && meta.epoch !== heard.epoch;
    if (isNewEpoch) {
      await putAll(transaction, offeredAgain(all));
      for (const photo of pictures) if (photo.blob !== null) await photos.put({ ...photo, status: "waiting", offset: 0 });
    } else {
      for (const one of outlived(all, at)) await transaction.objectStore("events").delete(one.seq);
      for (const { photoId } of outlived(pictures, at)) {
        await photos.delete(photoId);
        await transaction.objectStore("thumbnails").delete(photoId);
      }
    }
    const missing = lost(meta.seq, heard.lastSeq);
    const pull = heard.pull;
    if (pull?.reset === true) await rows.clear();
    for (const change of pull?.changes ?? []) {
      if (change.job === null || change.job === undefined) await rows.delete(change.jobId);
      else {
        await rows.put(change.job);
        if (!isNewEpoch) await putAll(transaction, withOutcomes(all, change.job.outcomes));
      }
    }
    // null: as before; a server from before vans were told says nothing of it
    if (heard.van != null) await transaction.objectStore("van").put(heard.van, "mine");
    await metas.put(
      {
        ...meta,
        epoch: heard.epoch,
        // in another language it was asked for anew meanwhile, and that is still to come
        cursor: pull === null || meta.language !== asked.language ? meta.cursor : pull.cursor,
        seq: Math.max(meta.seq, heard.lastSeq),
        storageLost: missing !== null,
        heardAt: pull === null ? meta.heardAt : heard.serverTime,
        signedIn: pull !== null,
        about: heard.area ?? meta.about,
        skewMs: Date.parse(heard.serverTime) - now.getTime(),
      },
      "me",
    );
    return isNewEpoch || missing !== null || pull?.more === true;
  });
}
