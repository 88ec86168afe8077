// The outbox is pure: what waits, in which batches, what an answer changes, what a refusal teaches.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  kept, lost, nextBatch, offeredAgain, outlived, pauseMs, refused, settled, WHOLE, withOutcomes, type Kept, type Result,
} from "../../api/web/technician/outbox/outbox.ts";
import { digestOf } from "../../api/web/technician/outbox/digest.ts";

const NOW = new Date("2026-11-24T10:00:00Z");

function event(seq: number, text = "x"): Kept {
  const draft = { jobId: "j", kind: "note", body: { visitId: "v", text }, baseVersion: 1 };
  return kept(draft, { eventId: `e${seq}`, seq, now: NOW, monoMs: 12.6 });
}

function answer(one: Kept, status: Result["status"], outcome: Result["outcome"] = "applied"): Result {
  return { eventId: one.eventId, status, outcome };
}

test("an event is written once and holds all that the protocol asks for", () => {
  const sent = JSON.parse(event(3).text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(sent).sort(), ["baseVersion", "body", "eventId", "jobId", "kind", "monoMs", "needs", "recordedAt", "seq", "v"]);
  assert.equal(sent["seq"], 3);
  assert.equal(sent["monoMs"], 13);
});

test("nothing that nobody can see is in a record, and all else is as it was typed", () => {
  const body = (text: string) => (JSON.parse(event(1, text).text) as { body: { text: string } }).body.text;
  assert.equal(body("N\u001d100\u200d\ufeff\ud83d"), "N100");
  assert.equal(body("Щит\tслева\nключ 🔑 é"), "Щит слева\nключ 🔑 é");
});

test("a batch is the oldest, within both limits, and never empty while something waits", () => {
  const waiting = [event(3), event(1), event(2)];
  assert.deepEqual(nextBatch(waiting, WHOLE).map((one) => one.seq), [1, 2, 3]);
  assert.deepEqual(nextBatch(waiting, { events: 2, bytes: 1e6 }).map((one) => one.seq), [1, 2]);
  assert.deepEqual(nextBatch([event(1, "ы".repeat(400)), event(2)], { events: 9, bytes: 500 }).map((one) => one.seq), [1]);
  assert.deepEqual(nextBatch([{ ...event(1), status: "applied" }], WHOLE), []);
  const signatures = Array.from({ length: 10 }, (_, index) => event(index, "x".repeat(48_000)));
  assert.equal(nextBatch(signatures, WHOLE).length, 2, "at 10 kB/s it is through before the request is given up");
});

test("only what an answer names is settled, by its current outcome", () => {
  const [a, b, c, d] = [event(1), event(2), event(3), event(4)] as [Kept, Kept, Kept, Kept];
  const results = [answer(a, "applied"), answer(b, "duplicate", "review"), { ...answer(c, "pending", "pending") }];
  assert.deepEqual(settled([a, b, c, d], results, NOW).map((one) => [one.seq, one.status]), [[1, "applied"], [2, "review"], [3, "pending"]]);
});

test("a poisoned event is found by halving, set aside, and holds up nothing", () => {
  let waiting = Array.from({ length: 100 }, (_, index) => event(index + 1));
  let limits = WHOLE;
  let requests = 0;
  while (nextBatch(waiting, limits).some((one) => one.refusals === 0)) {
    const batch = nextBatch(waiting, limits);
    requests += 1;
    assert.ok(requests < 60, "it ends");
    const byNumber = new Map<number, Kept>();
    if (batch.some((one) => one.seq === 42)) {
      const after = refused(batch, limits);
      limits = after.limits;
      for (const one of after.changed) byNumber.set(one.seq, one);
    } else for (const one of settled(batch, batch.map((each) => answer(each, "applied")), NOW)) byNumber.set(one.seq, one);
    waiting = waiting.map((one) => byNumber.get(one.seq) ?? one);
  }
  assert.deepEqual(waiting.filter((one) => one.status === "waiting").map((one) => one.seq), [42]);
  assert.deepEqual(nextBatch(waiting, WHOLE).map((one) => one.seq), [42], "it is offered again, alone");
});

test("outcomes of the pull change what is known, and never what still waits", () => {
  const known = [{ ...event(1), status: "review" as const, reason: "gate-failed" }, event(2)];
  const told = [{ eventId: "e1", status: "applied" as const, reason: null }, { eventId: "e2", status: "applied" as const, reason: null }];
  assert.deepEqual(withOutcomes(known, told).map((one) => [one.seq, one.status]), [[1, "applied"]]);
  assert.deepEqual(withOutcomes(withOutcomes(known, told), told), []);
});

test("after a restore everything acknowledged is offered again, word for word", () => {
  const done = { ...event(1), status: "applied" as const, settledAt: NOW.toISOString() };
  const again = offeredAgain([done, event(2)]);
  assert.deepEqual(again.map((one) => [one.seq, one.status, one.text]), [[1, "waiting", done.text]]);
});

test("acknowledged events are kept fourteen days, waiting ones for ever", () => {
  const done = { ...event(1), status: "review" as const, settledAt: NOW.toISOString() };
  const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
  assert.deepEqual(outlived([done, event(2)], later(13.9)), []);
  assert.deepEqual(outlived([done, event(2)], later(14.1)).map((one) => one.seq), [1]);
});

test("pauses grow, with full jitter, and end at five minutes", () => {
  assert.equal(pauseMs(1, 0), 0);
  assert.equal(pauseMs(1, 0.999), 1998);
  assert.ok(pauseMs(40, 0.999) <= 300_000 && pauseMs(40, 0.999) > 299_000);
});

test("a counter below the server's tells which numbers were lost", () => {
  assert.equal(lost(7, 7), null);
  assert.equal(lost(8, 7), null);
  assert.deepEqual(lost(2, 7), { from: 3, to: 7 });
});

test("the digest is the server's", async () => {
  const rows = [
    { jobId: "00000000-0000-7000-8000-000000000002", version: 1 },
    { jobId: "00000000-0000-7000-8000-000000000001", version: 12 },
  ];
  assert.equal(await digestOf(rows), process.env["LINE3_DIGEST"]);
  assert.equal(await digestOf([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
