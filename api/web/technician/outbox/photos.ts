// Photo bytes go up in chunks, each with its own checksum, and go on where the server says it really stands (tus 1.0.0).
import { sha256 } from "./digest.ts";
import type { Meta, Photo, Store } from "./store.ts";

export const CHUNK = 256 * 1024;
const AT = "/v1/mobile/photos";
const TRIES = 3;
/** All of it arrived and is another picture: this phone's copy is not what was announced. */
const HASH_MISMATCH = "/problems/hash-mismatch";

export function device(meta: Meta): Record<string, string> {
  return meta.deviceKey === null ? {} : { Authorization: `Device ${meta.deviceId}.${meta.deviceKey}` };
}

/** All that wait, oldest first. False where the network failed before the end. */
export async function sendPhotos(store: Store, meta: Meta): Promise<boolean> {
  const waiting = (await store.photos()).filter((photo) => photo.status === "waiting" && photo.blob !== null);
  for (const photo of waiting.sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1))) {
    if (!(await send(store, meta, photo))) return false;
  }
  return true;
}

async function send(store: Store, meta: Meta, photo: Photo): Promise<boolean> {
  const blob = photo.blob;
  if (blob === null) return true;
  const common = { "Tus-Resumable": "1.0.0", ...device(meta) };
  try {
    // what was damaged on the way, or went up in another tab meanwhile, is a reason to come back, never to give up
    for (let mismatches = 0, tries = 0; tries < TRIES; ) {
      let offset = await begun(photo, common);
      let stopped = "";
      if (offset === null) return settle(store, photo, "refused");
      while (offset < photo.bytes) {
        const chunk = new Uint8Array(await blob.slice(offset, offset + CHUNK).arrayBuffer());
        const answer: Response = await fetch(`${AT}/${photo.photoId}`, {
          method: "PATCH",
          headers: {
            ...common,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": String(offset),
            "Upload-Checksum": `sha256 ${base64(await sha256(chunk))}`,
          },
          body: chunk,
        });
        if (answer.status === 204) offset = Number(answer.headers.get("Upload-Offset"));
        else if (answer.status === 422 || answer.status === 413) return settle(store, photo, "refused");
        else if (answer.status === 409 || answer.status === 460) {
          stopped = ((await answer.json().catch(() => ({}))) as { type?: string }).type ?? "";
          break;
        } else return false;
        if (!Number.isSafeInteger(offset)) return false;
      }
      if (offset >= photo.bytes) return settle(store, photo, "stored");
      if (stopped !== HASH_MISMATCH) tries += 1;
      else if (++mismatches === TRIES) return settle(store, photo, "refused");
    }
    return false;
  } catch {
    return false;
  }
}

/** How many bytes the server has; null where it will never take this photo. Raises where the network fails. */
async function begun(photo: Photo, common: Record<string, string>): Promise<number | null> {
  const metadata = { photoId: photo.photoId, sha256: photo.sha256 };
  const answer = await fetch(AT, {
    method: "POST",
    headers: {
      ...common,
      "Upload-Length": String(photo.bytes),
      "Upload-Metadata": Object.entries(metadata).map(([name, value]) => `${name} ${btoa(value)}`).join(","),
    },
  });
  if (answer.status === 413 || answer.status === 422 || answer.status === 409) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  const head = await fetch(`${AT}/${photo.photoId}`, { method: "HEAD", headers: common });
  if (!head.ok) throw new Error(String(head.status));
  return Number(head.headers.get("Upload-Offset"));
}

function base64(hex: string): string {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))));
}

async function settle(store: Store, photo: Photo, status: "stored" | "refused"): Promise<boolean> {
  await store.write(["photos"], async (transaction) => {
    const photos = transaction.objectStore("photos");
    const current = await photos.get(photo.photoId);
    if (current !== undefined) await photos.put({ ...current, status, offset: current.bytes, settledAt: new Date().toISOString() });
  });
  return true;
}
