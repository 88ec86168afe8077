// Exports what stdin says, by the phone's own code; the file and its code to stdout.
import { readFileSync } from "node:fs";
import { exported } from "../../api/web/technician/outbox/export.ts";

interface Asked {
  deviceId: string;
  events: string[];
  photos: { photoId: string; sha256: string; bytes: string }[];
}

const asked = JSON.parse(readFileSync(0, "utf8")) as Asked;
const photos = asked.photos.map(({ photoId, sha256, bytes }) => ({ photoId, sha256, blob: new Blob([Buffer.from(bytes, "base64")]) }));
const { file, name, code } = await exported(asked.deviceId, asked.events, photos);
console.log(JSON.stringify({ name, code, file: Buffer.from(await file.arrayBuffer()).toString("base64") }));
