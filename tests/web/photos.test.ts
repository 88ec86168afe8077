// Sending one photo over HTTP to a server of a few lines: what is damaged on the way stays, what is another picture is refused.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import "../../api/web/node_modules/fake-indexeddb/auto/index.mjs";
import { CHUNK, sendPhotos } from "../../api/web/technician/outbox/photos.ts";
import { Store, type Meta, type Photo } from "../../api/web/technician/outbox/store.ts";

const META: Meta = {
  deviceId: "d", deviceKey: "key", name: "n", language: "en", seq: 0, cursor: null, epoch: null, heardAt: null, skewMs: 0,
  signedIn: true, storageLost: false, alarms: 0, about: null,
};
const BYTES = new Uint8Array(CHUNK + 1000).map((_, at) => at % 251);
const has = { bytes: Buffer.alloc(0) };
/** What it answers to the next pieces instead of taking them: a status and the kind of problem. */
const trouble: [number, string][] = [];

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  if (request.method === "PATCH") {
    const [status, type] = trouble.shift() ?? [204, ""];
    if (status === 204) has.bytes = Buffer.concat([has.bytes, body]);
    if (type === "/problems/hash-mismatch") has.bytes = Buffer.alloc(0);
    response.writeHead(status, { "Upload-Offset": has.bytes.length }).end(status === 204 ? undefined : JSON.stringify({ type }));
  } else response.writeHead(request.method === "POST" ? 201 : 200, { "Upload-Offset": has.bytes.length }).end();
});

before(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const { fetch: direct } = globalThis;
  // in a browser the page's own address stands before the path
  globalThis.fetch = (path, init) => direct(`http://127.0.0.1:${port}${String(path)}`, init);
});
after(() => server.close());

async function phone(name: string): Promise<Store> {
  const store = await Store.open(name);
  const photo: Photo = {
    photoId: "p", jobId: "j", visitId: "v", purpose: "before", sha256: createHash("sha256").update(BYTES).digest("hex"),
    bytes: BYTES.length, blob: new Blob([BYTES]), thumbnail: null, offset: 0, status: "waiting", takenAt: "2026-11-24T10:00:00Z",
    settledAt: null,
  };
  await store.write(["photos"], async (transaction) => void (await transaction.objectStore("photos").put(photo)));
  has.bytes = Buffer.alloc(0);
  return store;
}

async function statusIn(store: Store): Promise<string | undefined> {
  return (await store.photos())[0]?.status;
}

test("a photo whose pieces are damaged again and again stays, and goes up when they no longer are", async () => {
  const store = await phone("damaged");
  for (const type of ["chunk-damaged", "offset-wrong", "chunk-damaged", "chunk-damaged", "chunk-damaged"]) {
    trouble.push([type === "offset-wrong" ? 409 : 460, `/problems/${type}`]);
  }
  assert.equal(await sendPhotos(store, META), false);
  assert.equal(await statusIn(store), "waiting");
  assert.equal(await sendPhotos(store, META), true);
  assert.equal(await statusIn(store), "stored");
  assert.deepEqual(new Uint8Array(has.bytes), BYTES);
});

test("a photo that arrives whole and is another one is given up after the third time", async () => {
  const store = await phone("another");
  for (let time = 0; time < 3; time += 1) trouble.push([204, ""], [409, "/problems/hash-mismatch"]);
  assert.equal(await sendPhotos(store, META), true);
  assert.equal(await statusIn(store), "refused");
});
