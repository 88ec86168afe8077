// The last resort: everything that waits, in one encrypted file. The code is said to the dispatcher, the file is handed over.
// Format: line 1 `line3-outbox 1`, line 2 JSON {deviceId, salt, nonce, iterations}, then AES-256-GCM of JSON {deviceId, events, photos}.
// `dispatch/outboxes.py` reads it.

const ITERATIONS = 600_000;
const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

export interface Export {
  file: Blob;
  name: string;
  code: string;
}

export interface Picture {
  photoId: string;
  sha256: string;
  blob: Blob;
}

/** `events`: each as it was written when it was recorded. */
export async function exported(deviceId: string, events: readonly string[], photos: readonly Picture[]): Promise<Export> {
  const pictures = await Promise.all(
    photos.map(async ({ photoId, sha256, blob }) => ({ photoId, sha256, bytes: base64(new Uint8Array(await blob.arrayBuffer())) })),
  );
  const plain = new TextEncoder().encode(JSON.stringify({ deviceId, events, photos: pictures }));
  const code = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS }, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, plain);
  const head = JSON.stringify({ deviceId, salt: base64(salt), nonce: base64(nonce), iterations: ITERATIONS });
  const file = new Blob([`line3-outbox 1\n${head}\n`, sealed], { type: "application/octet-stream" });
  return { file, name: `line3-${deviceId.slice(-8)}.outbox`, code: (code.match(/.{4}/g) ?? []).join("-") };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
