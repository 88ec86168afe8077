// The storage outlives what browsers and versions do to it, and is emptied only when nothing would be lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../../api/web/node_modules/fake-indexeddb/auto/index.mjs";
// @ts-expect-error it has no types here
import forceCloseDatabase from "../../api/web/node_modules/fake-indexeddb/build/esm/forceCloseDatabase.js";
import { unwrap, type IDBPDatabase } from "../../api/web/node_modules/idb/build/index.js";
import { Store, type Meta, type Photo } from "../../api/web/technician/outbox/store.ts";

const NOW = new Date("2026-11-24T10:00:00Z");
const NOTE = { jobId: "j", kind: "note", body: {}, baseVersion: 1 };
const META: Meta = {
  deviceId: "d", deviceKey: null, name: "n", language: "en", seq: 0, cursor: null, epoch: null, heardAt: null, skewMs: 0,
  signedIn: true, storageLost: false, alarms: 0, about: null,
};
const PHOTO: Photo = {
  photoId: "p", jobId: "j", visitId: "v", purpose: "before", sha256: "s", bytes: 1, blob: new Blob(["x"]), offset: 0, status: "waiting",
  takenAt: NOW.toISOString(), settledAt: null,
};

async function phone(name: string, meta: Meta = META): Promise<Store> {
  const store = await Store.open(name);
  await store.write(["meta"], async (transaction) => void (await transaction.objectStore("meta").put(meta, "me")));
  return store;
}

async function contents(store: Store): Promise<number[]> {
  const all = await Promise.all([store.events(), store.photos(), store.thumbnails()]);
  return [(await store.meta())?.seq ?? -1, ...all.map((rows) => rows.length)];
}

/** As the first version of the app left it. */
async function firstVersion(name: string): Promise<void> {
  const db = await new Promise<IDBDatabase>((done, failed) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("meta").put({ ...META, seq: 7 }, "me");
      const events = asked.result.createObjectStore("events", { keyPath: "seq" });
      events.createIndex("status", "status");
      events.createIndex("eventId", "eventId");
      events.put({ seq: 7, status: "waiting", text: "{}" });
      asked.result.createObjectStore("rows", { keyPath: "jobId" }).put({ jobId: "j" });
      const photos = asked.result.createObjectStore("photos", { keyPath: "photoId" });
      photos.createIndex("status", "status");
      photos.put({ ...PHOTO, thumbnail: PHOTO.blob });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  db.close();
}

test("a phone with what an earlier version kept keeps all of it", async () => {
  await firstVersion("first");
  const store = await Store.open("first");
  assert.deepEqual(await contents(store), [7, 1, 1, 0]);
  assert.equal((await store.waiting())[0]?.text, "{}");
  assert.equal((await store.rows()).length, 1);
  assert.equal(await store.van(), undefined);
  await store.write(["van"], async (transaction) => void (await transaction.objectStore("van").put({ version: "1", parts: [], names: {} }, "mine")));
  assert.equal((await store.van())?.version, "1");
  assert.equal((await store.record(NOTE, NOW, 0, { ...PHOTO, photoId: "q" }, new Blob(["x"]))).seq, 8);
  assert.deepEqual(await contents(store), [8, 2, 2, 1]);
});

test("a connection that the browser cuts, or a newer version ends, is made anew", async () => {
  const store = await phone("cut");
  await store.record(NOTE, NOW, 0);
  const connection = unwrap(await (store as unknown as { db(): Promise<IDBPDatabase> }).db());
  await new Promise<void>((done) => {
    connection.addEventListener("close", () => done());
    forceCloseDatabase(connection);
  });
  assert.equal((await store.record(NOTE, NOW, 0)).seq, 2);
  await new Promise<void>((done) => {
    indexedDB.deleteDatabase("cut").onsuccess = () => done();
  });
  assert.equal(await store.meta(), undefined);
});

test("a full phone gives up the thumbnails, and nothing else", async () => {
  const store = await phone("full");
  await store.record(NOTE, NOW, 0, PHOTO, new Blob(["x"]));
  assert.deepEqual(await contents(store), [1, 1, 1, 1]);
  await store.dropThumbnails();
  assert.deepEqual(await contents(store), [1, 1, 1, 0]);
});

test("a phone is not emptied while anything waits that no copy holds", async () => {
  const store = await phone("leaving");
  await store.record(NOTE, NOW, 0);
  assert.equal(await store.empty(1), false);
  await store.changeMeta((known) => ({ ...known, locked: true }));
  assert.equal(await store.empty(null), false);
  await store.record(NOTE, NOW, 0);
  assert.equal(await store.empty(1), false, "what came after the copy is not in it");
  assert.deepEqual(await contents(store), [2, 2, 0, 0]);
  assert.equal(await store.empty(2), true);
  assert.deepEqual(await contents(store), [-1, 0, 0, 0]);
  const photos = await phone("leaving with a photo");
  await photos.write(["photos"], async (transaction) => void (await transaction.objectStore("photos").put(PHOTO)));
  assert.equal(await photos.empty(0), false);
  assert.equal(await (await phone("leaving empty")).empty(null), true);
});
