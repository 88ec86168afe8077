// Photos: taken, made smaller, kept with their own hash and the original's, and shown with where their bytes are.
import { Camera, CircleCheck, Circle, CircleSlash } from "lucide-preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { now, photos, record, thumbnails, told, words } from "../app.ts";
import { sha256 } from "../outbox/digest.ts";
import { NotKept, type Photo } from "../outbox/store.ts";
import { codeName } from "../ui.tsx";
import { isOver, type Stop } from "./attendance.ts";

const LONGEST = 2048;
const LONGEST_WHEN_FULL = 960;
const THUMBNAIL = 240;
const WARN = 0.6;
const FULL = 0.8;

/** How full the storage is, in 0..1. */
async function fullness(): Promise<number> {
  const room = await navigator.storage?.estimate?.();
  return room?.quota ? (room.usage ?? 0) / room.quota : 0;
}

async function smaller(image: ImageBitmap, longest: number): Promise<Blob> {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
}

/** Raises where the file is no picture that this phone can read. */
async function takePhoto(stop: Stop, purpose: string, file: File): Promise<void> {
  const full = await fullness();
  const image = await createImageBitmap(file);
  const original = new Uint8Array(await file.arrayBuffer());
  const blob = await smaller(image, full > FULL ? LONGEST_WHEN_FULL : LONGEST);
  const thumbnail = full > FULL ? null : await smaller(image, THUMBNAIL);
  image.close();
  const photo: Photo = {
    photoId: uuidv7(),
    jobId: stop.job.jobId,
    visitId: stop.visit.visitId,
    purpose,
    sha256: await sha256(await blob.arrayBuffer()),
    bytes: blob.size,
    blob,
    offset: 0,
    status: "waiting",
    takenAt: now().toISOString(),
    settledAt: null,
  };
  const body = { visitId: photo.visitId, photoId: photo.photoId, purpose, sha256: photo.sha256, bytes: photo.bytes, originalSha256: await sha256(original) };
  await record({ jobId: photo.jobId, kind: "photo-taken", body }, photo, thumbnail);
  if (full > WARN) told.value = { text: full > FULL ? words.value.storage.noFull : words.value.storage.nearly, tone: "bad" };
}

/** One button that is the camera. */
export function TakePhoto({ stop, purpose, label }: { stop: Stop; purpose: string; label: string }) {
  const [working, setWorking] = useState(false);
  const take = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (file === undefined) return;
    setWorking(true);
    try {
      await takePhoto(stop, purpose, file);
    } catch (error) {
      console.error(error);
      // where it could not be kept, the reason has been told
      if (!(error instanceof NotKept)) told.value = { text: words.value.storage.failed, tone: "bad" };
    } finally {
      input.value = "";
      setWorking(false);
    }
  };
  return (
    <label class="button camera" aria-busy={working}>
      <Camera size={20} aria-hidden="true" />
      {working ? words.value.enrol.working : label}
      <input type="file" accept="image/*" capture="environment" aria-label={`${words.value.photos.take}: ${label}`} disabled={working} onChange={(event) => void take(event.currentTarget)} />
    </label>
  );
}

export function Pictures({ stop }: { stop: Stop }) {
  const w = words.value.photos;
  const mine = photos.value.filter((photo) => photo.visitId === stop.visit.visitId);
  const purposes = [...new Set([...stop.job.kind.photos, "other"])];
  return (
    <>
      {mine.length === 0 ? (
        <p class="aside">{w.none}</p>
      ) : (
        <div class="pictures">
          {mine.map((photo) => (
            <Picture key={photo.photoId} photo={photo} />
          ))}
        </div>
      )}
      {!isOver(stop.done.state) && (
        <div class="actions">
          {purposes.map((purpose) => (
            <TakePhoto key={purpose} stop={stop} purpose={purpose} label={purpose === "other" ? w.other : codeName(purpose)} />
          ))}
        </div>
      )}
    </>
  );
}

function Picture({ photo }: { photo: Photo }) {
  const w = words.value.photos;
  const picture = thumbnails.value.get(photo.photoId) ?? photo.blob;
  const url = useMemo(() => (picture === null ? "" : URL.createObjectURL(picture)), [photo.photoId]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const Icon = photo.status === "stored" ? CircleCheck : photo.status === "refused" ? CircleSlash : Circle;
  const state = photo.status === "stored" ? w.stored : photo.status === "refused" ? w.refused : w.waits;
  return (
    <figure>
      {url !== "" && <img src={url} alt={codeName(photo.purpose)} />}
      <figcaption class={`mark ${photo.status === "stored" ? "applied" : ""}`}>
        <Icon size={14} aria-hidden="true" />
        {codeName(photo.purpose)}
        <span class={photo.status === "refused" ? "refused" : "visually-hidden"}>{state}</span>
      </figcaption>
    </figure>
  );
}
