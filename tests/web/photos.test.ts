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
/** And to the next announcements. */
const unwelcome: [number, string][] = [];

/** No record waits. */
const calm = async (): Promise<boolean> => false;

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
  } else {
    const [status, type] = unwelcome.shift() ?? [200, ""];
    response.writeHead(status, status === 200 ? { "Upload-Offset": has.bytes.length } : {}).end(JSON.stringify({ type }));
  }
});

before(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const { fetch: direct } = globalThis;
  // in a browser the page's own address stands before the path
  globalThis.fetch = (path, init) => {
    assert.ok(init?.signal, "a dead connection is waited for without an end");
    return direct(`http://127.0.0.1:${port}${String(path)}`, init);
  };
});
after(() => server.close());

async function phone(name: string, photos = 1): Promise<Store> {
  const store = await Store.open(name);
  const photo: Omit<Photo, "photoId"> = {
    jobId: "j", visitId: "v", purpose: "before", sha256: createHash("sha256").update(BYTES).digest("hex"),
    bytes: BYTES.length, blob: new Blob([BYTES]), offset: 0, status: "waiting", takenAt: "2026-11-24T10:00:00Z",
    settledAt: null,
  };
  await store.write(["photos"], async (transaction) => {
    for (let one = 0; one < photos; one += 1) await transaction.objectStore("photos").put({ ...photo, photoId: `p${one}` });
  });
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
  assert.equal(await sendPhotos(store, META, calm), "offline");
  assert.equal(await statusIn(store), "waiting");
  assert.equal(await sendPhotos(store, META, calm), "done");
  assert.equal(await statusIn(store), "stored");
  assert.deepEqual(new Uint8Array(has.bytes), BYTES);
});

test("a photo that arrives whole and is another one is given up after the third time", async () => {
  const store = await phone("another");
  for (let time = 0; time < 3; time += 1) trouble.push([204, ""], [409, "/problems/hash-mismatch"]);
  assert.equal(await sendPhotos(store, META, calm), "done");
  assert.equal(await statusIn(store), "refused");
});

test("one that the server does not take now holds up no other; where nobody is reached, none is tried", async () => {
  const store = await phone("queue", 2);
  unwelcome.push([503, ""]);
  assert.equal(await sendPhotos(store, META, calm), "offline");
  assert.deepEqual((await store.photos()).map((one) => one.status), ["waiting", "waiting"]);
  unwelcome.push([404, "/problems/unknown-technician"]);
  assert.equal(await sendPhotos(store, META, calm), "refused");
  assert.deepEqual((await store.photos()).map((one) => one.status), ["waiting", "stored"]);
});

test("a piece at a time, so that a record which comes meanwhile need not wait for the photo", async () => {
  const store = await phone("hurried");
  let asked = 0;
  assert.equal(await sendPhotos(store, META, async () => ++asked === 2), "interrupted");
  assert.equal(has.bytes.length, CHUNK);
  assert.equal(await sendPhotos(store, META, calm), "done");
  assert.deepEqual(new Uint8Array(has.bytes), BYTES);
});

test("one that lay whole at the server, and wrong, is sent from the beginning", async () => {
  const store = await phone("put aside");
  unwelcome.push([409, "/problems/hash-mismatch"]);
  assert.equal(await sendPhotos(store, META, calm), "done");
  assert.equal(await statusIn(store), "stored");
  const reused = await phone("reused");
  unwelcome.push([409, "/problems/photo-reused"]);
  await sendPhotos(reused, META, calm);
  assert.equal(await statusIn(reused), "refused");
});

test("when it went is noted by the server's clock", async () => {
  const store = await phone("wrong clock");
  await sendPhotos(store, { ...META, skewMs: 1e11 }, calm);
  const settledAt = Date.parse((await store.photos())[0]?.settledAt ?? "");
  assert.ok(Math.abs(settledAt - Date.now() - 1e11) < 1e6);
});
