// Photo bytes go up in chunks, each with its own checksum, and go on where the server says it really stands (tus 1.0.0).
import { kindOf } from "../../shared/server.ts";
import { device } from "../server.ts";
import { sha256 } from "./digest.ts";
import type { Meta, Photo, Store } from "./store.ts";

export const CHUNK = 256 * 1024;
const AT = "/v1/mobile/photos";
const TRIES = 3;
/** As long as the server waits for a piece. */
const PATIENCE_MS = 120_000;
/** All of it arrived and is another picture: this phone's copy is not what was announced. */
const HASH_MISMATCH = "/problems/hash-mismatch";

/** What came of it. `interrupted`: a record came that is to go first; the rest goes on where it stands. */
export type Sent = "done" | "offline" | "refused" | "interrupted";

/** No photo would go now, this one as little as the next. */
class Unreached extends Error {}

/** All that wait, oldest first; one that does not go holds up no other. */
export async function sendPhotos(store: Store, meta: Meta, hasNews: () => Promise<boolean>): Promise<Sent> {
  const waiting = (await store.photos()).filter((photo) => photo.status === "waiting");
  let all: Sent = "done";
  for (const photo of waiting.sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1))) {
    try {
      const sent = await send(store, meta, photo, hasNews);
      if (sent === "interrupted") return sent;
      if (sent !== "done") all = sent;
    } catch (error) {
      if (error instanceof Unreached) return "offline";
      console.error(error);
      all = "refused";
    }
  }
  return all;
}

async function send(store: Store, meta: Meta, photo: Photo, hasNews: () => Promise<boolean>): Promise<Sent> {
  const blob = photo.blob;
  if (blob === null) return "done";
  const common = { "Tus-Resumable": "1.0.0", ...device(meta) };
  // what was damaged on the way, or went up in another tab meanwhile, is a reason to come back, never to give up
  for (let mismatches = 0, tries = 0; tries < TRIES; ) {
    let offset = await begun(photo, common);
    let stopped = "";
    if (offset === null) return settle(store, meta, photo, "refused");
    while (offset < photo.bytes) {
      if (await hasNews()) return "interrupted";
      const chunk = new Uint8Array(await blob.slice(offset, offset + CHUNK).arrayBuffer());
      const answer = await reached(`${AT}/${photo.photoId}`, {
        method: "PATCH",
        headers: {
          ...common,
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": String(offset),
          "Upload-Checksum": `sha256 ${base64(await sha256(chunk))}`,
        },
        body: chunk,
      });
      if (answer.status === 422 || answer.status === 413) return settle(store, meta, photo, "refused");
      if (answer.status === 409 || answer.status === 423 || answer.status === 460) {
        stopped = await kindOf(answer);
        break;
      }
      const stands = Number(answer.headers.get("Upload-Offset"));
      if (answer.status !== 204 || !(stands > offset)) throw new Error(`${answer.status} at ${stands}`);
      offset = stands;
    }
    if (offset >= photo.bytes) return settle(store, meta, photo, "stored");
    if (stopped !== HASH_MISMATCH) tries += 1;
    else if (++mismatches === TRIES) return settle(store, meta, photo, "refused");
  }
  return "offline";
}

/** Where the upload stands; null where the server will never take this photo. */
async function begun(photo: Photo, common: Record<string, string>): Promise<number | null> {
  const metadata = { photoId: photo.photoId, sha256: photo.sha256 };
  const answer = await reached(AT, {
    method: "POST",
    headers: {
      ...common,
      "Upload-Length": String(photo.bytes),
      "Upload-Metadata": Object.entries(metadata).map(([name, value]) => `${name} ${btoa(value)}`).join(","),
    },
  });
  if (answer.status === 413 || answer.status === 422) return null;
  // what lay there whole was another picture, and has been put aside
  if (answer.status === 409) return (await kindOf(answer)) === HASH_MISMATCH ? 0 : null;
  if (!answer.ok) throw new Error(String(answer.status));
  return Number(answer.headers.get("Upload-Offset"));
}

/** Raises `Unreached`. */
async function reached(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error: unknown) => {
    throw new Unreached("no answer", { cause: error });
  });
  if ([401, 429, 503].includes(answer.status)) throw new Unreached(String(answer.status));
  return answer;
}

function base64(hex: string): string {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))));
}

/** By the server's clock: how long the bytes are kept is counted from here. */
async function settle(store: Store, meta: Meta, photo: Photo, status: "stored" | "refused"): Promise<Sent> {
  const settledAt = new Date(Date.now() + meta.skewMs).toISOString();
  await store.write(["photos"], async (transaction) => {
    const photos = transaction.objectStore("photos");
    const current = await photos.get(photo.photoId);
    if (current !== undefined) await photos.put({ ...current, status, offset: current.bytes, settledAt });
  });
  return "done";
}
