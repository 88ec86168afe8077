// One flush over the real storage engine, against a server of a few lines: it ends, and leaves nothing that could have gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../../api/web/node_modules/fake-indexeddb/auto/index.mjs";
import type { Exchanged, VisibleJob } from "../../api/web/technician/model.ts";
import { flush, type Wire } from "../../api/web/technician/outbox/flush.ts";
import { Store, type Meta, type Photo } from "../../api/web/technician/outbox/store.ts";
import { Problem } from "../../api/web/shared/server.ts";

const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-24T10:00:00Z");
const NOTE = { jobId: "j", kind: "note", body: {}, baseVersion: 1 };
const PHOTO: Photo = {
  photoId: "p", jobId: "j", visitId: "v", purpose: "before", sha256: "", bytes: 1, blob: new Blob(["x"]), offset: 0, status: "waiting",
  takenAt: NOW.toISOString(), settledAt: null,
};

interface Said {
  events: { eventId: string; seq: number }[];
}

/** What is said to it, and an answer: 422 where `refused` says so, else `named` of the events are durable. */
function server(refused: (said: Said) => boolean, named: (said: Said) => Said["events"] = (said) => said.events, time = NOW, status = "applied") {
  const heard: number[][] = [];
  const wire: Wire = {
    photos: async () => "done",
    enrol: async () => null,
    async sync(body) {
      const said = JSON.parse(body) as Said;
      heard.push(said.events.map((event) => event.seq));
      assert.ok(heard.length < 50, "it asks in circles");
      if (refused(said)) return new Response("{}", { status: 422 });
      const results = named(said).map(({ eventId }) => ({ eventId, status, outcome: status }));
      const pull = { changes: [], cursor: "1.x", more: false, digest: EMPTY_DIGEST, reset: false };
      return new Response(JSON.stringify({ serverTime: time.toISOString(), epoch: "e", results, pull, lastSeq: 0 }));
    },
  };
  return { wire, heard };
}

async function phone(name: string, records: number): Promise<Store> {
  const store = await Store.open(name);
  const meta: Meta = {
    deviceId: "d", deviceKey: null, name, language: "en", seq: 0, cursor: null, epoch: null, heardAt: null, skewMs: 0,
    signedIn: true, storageLost: false, alarms: 0, about: null,
  };
  await store.write(["meta"], async (transaction) => void (await transaction.objectStore("meta").put(meta, "me")));
  for (let one = 0; one < records; one += 1) await store.record(NOTE, NOW, 0);
  return store;
}

/** As the wire, but each answer as `change` makes it. */
function answering(wire: Wire, change: (answer: Exchanged, said: Meta) => object): Wire {
  return {
    ...wire,
    sync: async (body, meta) => new Response(JSON.stringify(change((await (await wire.sync(body, meta)).json()) as Exchanged, meta))),
  };
}

test("all that was refused before goes in one flush once it is taken", async () => {
  const store = await phone("refused", 5);
  await flush(store, server((said) => said.events.some((event) => event.seq % 2 === 1)).wire, () => NOW);
  assert.deepEqual((await store.waiting()).map((one) => one.seq), [1, 3, 5]);
  const { ended } = await flush(store, server(() => false).wire, () => NOW);
  assert.equal(ended, "done");
  assert.deepEqual(await store.waiting(), []);
});

test("what an answer does not name goes on waiting, and is not asked for in circles", async () => {
  const store = await phone("unnamed", 3);
  const { wire, heard } = server(() => false, (said) => said.events.slice(0, 1));
  await flush(store, wire, () => NOW);
  assert.deepEqual(heard, [[1, 2, 3], [2, 3], [3]]);
  const silent = server(() => false, () => []);
  await store.record(NOTE, NOW, 0);
  await flush(store, silent.wire, () => NOW);
  assert.deepEqual(silent.heard, [[4]]);
  assert.deepEqual((await store.waiting()).map((one) => one.seq), [4]);
});

test("acknowledged records are kept fourteen days by the server's clock, whatever the phone's says", async () => {
  const store = await phone("kept", 1);
  const wrong = new Date(NOW.getTime() - 400 * DAY_MS);
  await flush(store, server(() => false).wire, () => wrong);
  await flush(store, server(() => false).wire, () => NOW);
  assert.equal((await store.events()).length, 1);
  await flush(store, server(() => false, (said) => said.events, new Date(NOW.getTime() + 15 * DAY_MS)).wire, () => NOW);
  assert.deepEqual(await store.events(), []);
});

test("a server that does not know the phone any more is told of it, once", async () => {
  const store = await phone("unknown", 2);
  let known = false;
  const { wire } = server(() => false);
  const forgetful: Wire = {
    ...wire,
    enrol: async (deviceId) => {
      known = deviceId === "d";
      return "key";
    },
    sync: async (body, meta) => (known ? wire.sync(body, meta) : new Response("{}", { status: 404 })),
  };
  assert.equal((await flush(store, forgetful, () => NOW)).ended, "done");
  assert.deepEqual(await store.waiting(), []);
  assert.equal((await store.meta())?.deviceKey, "key");
  await store.record(NOTE, NOW, 0);
  const never: Wire = { ...wire, sync: async () => new Response("{}", { status: 404 }) };
  assert.equal((await flush(store, never, () => NOW)).ended, "refused");
  assert.equal((await store.waiting()).length, 1);
});

test("a locked phone gives up what waits and forgets what it was shown, also when nothing is taken any more", async () => {
  const store = await phone("locked", 2);
  await store.write(["rows"], async (transaction) => void (await transaction.objectStore("rows").put({ jobId: "j" } as VisibleJob)));
  const { wire } = server(() => false);
  const locked = answering(wire, (answer) => ({ ...answer, pull: null, session: "revoked" }));
  assert.equal((await flush(store, locked, () => NOW)).ended, "revoked");
  assert.deepEqual([await store.waiting(), await store.rows()], [[], []]);
  await store.record(NOTE, NOW, 0);
  const out: Wire = { ...wire, sync: async () => new Response('{"type": "/problems/device-revoked"}', { status: 401 }) };
  assert.equal((await flush(store, out, () => NOW)).ended, "revoked");
  assert.equal((await store.waiting()).length, 1);
  assert.equal((await store.meta())?.locked, true);
});

test("the van is kept with the rows, asked for by what is known of it, and forgotten by a locked phone", async () => {
  const store = await phone("van", 0);
  const { wire } = server(() => false);
  const known: string[] = [];
  const told = (van: object | null | undefined): Wire => ({
    ...answering(wire, (answer) => ({ ...answer, van })),
    sync: async (body, meta) => {
      known.push((JSON.parse(body) as { van: string }).van);
      return answering(wire, (answer) => ({ ...answer, van })).sync(body, meta);
    },
  });
  const van = { version: "1", parts: [{ code: "ont", quantity: 2, serials: [] }], names: {} };
  await flush(store, told(van), () => NOW);
  await flush(store, told(null), () => NOW);
  await flush(store, told(undefined), () => NOW);
  assert.deepEqual([known, await store.van()], [["", "1", "1"], van]);
  const pull = { changes: [], cursor: "2.x", more: false, digest: EMPTY_DIGEST, reset: false };
  const unkept = async () => ({ serverTime: NOW.toISOString(), epoch: "e", results: [], pull, lastSeq: 0, van: { version: "2", parts: () => [] } });
  const spoiled: Wire = { ...wire, sync: async () => Object.assign(new Response("{}"), { json: unkept }) };
  await assert.rejects(flush(store, spoiled, () => NOW));
  assert.deepEqual([(await store.meta())?.cursor, await store.van()], ["1.x", van], "neither the cursor nor the van");
  await flush(store, answering(wire, (answer) => ({ ...answer, pull: null, session: "revoked" })), () => NOW);
  assert.equal(await store.van(), undefined);
});

test("what is pending is asked for again, once in each flush", async () => {
  const store = await phone("pending", 2);
  const slow = server(() => false, (said) => said.events, NOW, "pending");
  await flush(store, slow.wire, () => NOW);
  await flush(store, slow.wire, () => NOW);
  assert.deepEqual(slow.heard, [[1, 2], [1, 2]]);
  await flush(store, server(() => false, (said) => said.events, NOW, "review").wire, () => NOW);
  assert.deepEqual((await store.events()).map((one) => one.status), ["review", "review"]);
  const quiet = server(() => false);
  await flush(store, quiet.wire, () => NOW);
  assert.deepEqual(quiet.heard, [[]]);
});

test("without a session all records go, and the photos after them", async () => {
  const store = await phone("expired", 250);
  const { wire, heard } = server(() => false);
  const photosAfter: number[] = [];
  const expired: Wire = {
    ...answering(wire, (answer) => ({ ...answer, pull: null, session: "expired" })),
    photos: async () => {
      photosAfter.push(heard.length);
      return "done";
    },
  };
  assert.equal((await flush(store, expired, () => NOW)).ended, "expired");
  assert.deepEqual(heard.map((batch) => batch.length), [100, 100, 50]);
  assert.deepEqual(photosAfter, [3]);
});

test("a record that is refused keeps the phone neither from hearing nor its photos from going", async () => {
  const store = await phone("only refused", 1);
  const { wire, heard } = server((said) => said.events.length > 0);
  let photos = 0;
  const counting: Wire = {
    ...wire,
    photos: async (_store, _meta, hasNews) => {
      photos += 1;
      return (await hasNews()) ? "interrupted" : "done";
    },
  };
  for (let time = 0; time < 2; time += 1) assert.equal((await flush(store, counting, () => NOW)).ended, "refused");
  assert.deepEqual(heard, [[1], [], [1], []]);
  assert.equal(photos, 2);
  assert.equal((await store.meta())?.cursor, "1.x");
});

test("a record made while photos go up is sent before the rest of them", async () => {
  const store = await phone("news", 1);
  const { wire, heard } = server(() => false);
  const news: boolean[] = [];
  const slow: Wire = {
    ...wire,
    photos: async (_store, _meta, hasNews) => {
      news.push(await hasNews());
      if (heard.length === 1) await store.record(NOTE, NOW, 0);
      news.push(await hasNews());
      return news.at(-1) === true ? "interrupted" : "done";
    },
  };
  assert.equal((await flush(store, slow, () => NOW)).ended, "done");
  assert.deepEqual([heard, news], [[[1], [2]], [false, true, false, false]]);
});

test("a version that the server no longer understands says so, and marks no record", async () => {
  const store = await phone("outdated", 2);
  const { wire } = server(() => false);
  const newer: Wire = { ...wire, sync: async () => new Response('{"type": "/problems/upgrade-needed"}', { status: 422 }) };
  assert.equal((await flush(store, newer, () => NOW)).ended, "outdated");
  assert.deepEqual((await store.waiting()).map((one) => one.refusals), [0, 0]);
});

test("somebody else's session is no reason to mark a record, nor to say that there is no network", async () => {
  const store = await phone("foreign", 2);
  const { wire } = server(() => false);
  const dispatchers: Wire = { ...wire, sync: async () => new Response('{"type": "/problems/not-allowed"}', { status: 403 }) };
  const colleagues: Wire = {
    ...wire,
    sync: async () => new Response("{}", { status: 404 }),
    enrol: () => Promise.reject(new Problem(409, { type: "/problems/device-taken" })),
  };
  for (const foreign of [dispatchers, colleagues]) {
    await store.changeMeta((known) => ({ ...known, signedIn: true }));
    assert.equal((await flush(store, foreign, () => NOW)).ended, "expired");
    assert.equal((await store.meta())?.signedIn, false);
  }
  assert.deepEqual((await store.waiting()).map((one) => one.refusals), [0, 0]);
  const gateways: Wire = { ...wire, sync: async (body, meta) => (body.includes('"seq":1') ? new Response("", { status: 403 }) : wire.sync(body, meta)) };
  assert.equal((await flush(store, gateways, () => NOW)).ended, "refused");
  assert.deepEqual((await store.waiting()).map((one) => one.seq), [1]);
});

test("a language chosen while an answer is under way is asked for anew", async () => {
  const store = await phone("language", 0);
  const { wire } = server(() => false);
  const slow: Wire = {
    ...wire,
    sync: async (body, meta) => {
      await store.changeMeta((known) => ({ ...known, language: "hu", cursor: null }));
      return wire.sync(body, meta);
    },
  };
  await flush(store, slow, () => NOW);
  assert.equal((await store.meta())?.cursor, null);
  await flush(store, wire, () => NOW);
  assert.equal((await store.meta())?.cursor, "1.x");
});

test("a photo that the server has is kept fourteen days, one that waits for ever", async () => {
  const store = await phone("old photos", 0);
  const old: Photo = { ...PHOTO, photoId: "old", status: "stored", settledAt: new Date(NOW.getTime() - 15 * DAY_MS).toISOString() };
  const recent: Photo = { ...old, photoId: "recent", settledAt: NOW.toISOString() };
  await store.write(["photos", "thumbnails"], async (transaction) => {
    for (const photo of [old, recent, { ...PHOTO, photoId: "waits" }]) {
      await transaction.objectStore("photos").put(photo);
      await transaction.objectStore("thumbnails").put({ photoId: photo.photoId, picture: new Blob(["x"]) });
    }
  });
  await flush(store, server(() => false).wire, () => NOW);
  const kept = [await store.photos(), await store.thumbnails()].map((all) => all.map((one) => one.photoId));
  assert.deepEqual(kept, [["recent", "waits"], ["recent", "waits"]]);
});
