// One flush over the real storage engine, against a server of a few lines: it ends, and leaves nothing that could have gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../../api/web/node_modules/fake-indexeddb/auto/index.mjs";
import type { Exchanged, VisibleJob } from "../../api/web/technician/model.ts";
import { flush, type Wire } from "../../api/web/technician/outbox/flush.ts";
import { Store, type Meta } from "../../api/web/technician/outbox/store.ts";

const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-24T10:00:00Z");

interface Said {
  events: { eventId: string; seq: number }[];
}

/** What is said to it, and an answer: 422 where `refused` says so, else `named` of the events are durable. */
function server(refused: (said: Said) => boolean, named: (said: Said) => Said["events"] = (said) => said.events, time = NOW, status = "applied") {
  const heard: number[][] = [];
  const wire: Wire = {
    photos: async () => true,
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
  for (let one = 0; one < records; one += 1) await store.record({ jobId: "j", kind: "note", body: {}, baseVersion: 1 }, NOW, 0);
  return store;
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
  await store.record({ jobId: "j", kind: "note", body: {}, baseVersion: 1 }, NOW, 0);
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
  await store.record({ jobId: "j", kind: "note", body: {}, baseVersion: 1 }, NOW, 0);
  const never: Wire = { ...wire, sync: async () => new Response("{}", { status: 404 }) };
  assert.equal((await flush(store, never, () => NOW)).ended, "refused");
  assert.equal((await store.waiting()).length, 1);
});

test("a locked phone gives up what waits and forgets what it was shown, also when nothing is taken any more", async () => {
  const store = await phone("locked", 2);
  await store.write(["rows"], async (transaction) => void (await transaction.objectStore("rows").put({ jobId: "j" } as VisibleJob)));
  const { wire } = server(() => false);
  const locked: Wire = {
    ...wire,
    sync: async (body, meta) => {
      const answer = (await (await wire.sync(body, meta)).json()) as Exchanged;
      return new Response(JSON.stringify({ ...answer, pull: null, session: "revoked" }));
    },
  };
  assert.equal((await flush(store, locked, () => NOW)).ended, "revoked");
  assert.deepEqual([await store.waiting(), await store.rows()], [[], []]);
  await store.record({ jobId: "j", kind: "note", body: {}, baseVersion: 1 }, NOW, 0);
  const out: Wire = { ...wire, sync: async () => new Response('{"type": "/problems/device-revoked"}', { status: 401 }) };
  assert.equal((await flush(store, out, () => NOW)).ended, "revoked");
  assert.equal((await store.waiting()).length, 1);
  assert.equal((await store.meta())?.locked, true);
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
