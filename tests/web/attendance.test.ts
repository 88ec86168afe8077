// A visit as the technician sees it: what the server said, with what this phone recorded laid over, and the one next step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attendance, isSetAside, roundOf } from "../../api/web/technician/visit/attendance.ts";
import { nextStep } from "../../api/web/technician/visit/next.ts";
import type { VisibleJob, VisibleVisit } from "../../api/web/technician/model.ts";
import type { Kept } from "../../api/web/technician/outbox/outbox.ts";

const [YESTERDAY, TODAY, TOMORROW] = ["2026-11-23", "2026-11-24", "2026-11-25"] as const;
const [EARLY, HEARD, LATE] = [`${TODAY}T08:00:00Z`, `${TODAY}T09:00:00Z`, `${TODAY}T10:00:00Z`] as const;
const OURS = { location: "ont_operator", cause: "hardware" };
const THEIRS = { location: "subscriber_settings", cause: "config" };
let seq = 0;

function said(kind: string, body: Record<string, unknown> = {}, changes: Partial<Kept> = {}): Kept {
  seq += 1;
  const text = JSON.stringify({ body: { visitId: "v", ...body } });
  return { seq, eventId: `e${seq}`, jobId: "j", kind, text, recordedAt: EARLY, status: "waiting", reason: null, settledAt: null, refusals: 0, ...changes };
}

const applied = (kind: string, settledAt: string = EARLY) => said(kind, {}, { status: "applied", settledAt });
const inReview = (kind: string, body = {}, reason = "gate-failed") => said(kind, body, { status: "review", reason, settledAt: EARLY });

function visit(state: string, onDay: string = TODAY): VisibleVisit {
  return { visitId: "v", state, onDay, sequence: 1, plannedStartAt: EARLY } as unknown as VisibleVisit;
}

function job(...visits: VisibleVisit[]): VisibleJob {
  return { jobId: "j", kind: { chargeable: true }, tariff: {}, visits } as unknown as VisibleJob;
}

function next(...events: Kept[]) {
  const at = visit("working");
  return nextStep({ job: job(at), visit: at, done: attendance(at, events, HEARD) });
}

test("work that goes on counts more than an earlier report that is being checked", () => {
  const report = [applied("arrived"), inReview("no-access")];
  assert.equal(attendance(visit("arrived"), report, HEARD).state, "no_access");
  assert.equal(attendance(visit("working"), [...report, applied("working")], HEARD).state, "working");
  assert.equal(attendance(visit("arrived"), [...report, said("working")], HEARD).state, "working");
});

test("what the server took without telling the visit again is laid over what it told before", () => {
  assert.equal(attendance(visit("published"), [applied("on-my-way", LATE)], HEARD).state, "on_my_way");
  assert.equal(attendance(visit("published"), [applied("on-my-way", LATE), applied("closure", LATE)], HEARD).state, "done");
  assert.equal(attendance(visit("arrived"), [applied("on-my-way"), applied("closure")], HEARD).state, "arrived", "told since: the server knows better");
});

test("a record in review counts for nothing yet, and a visit code that did not match can be typed again", () => {
  const at = visit("working");
  const done = attendance(at, [inReview("measurement", { moment: "after" }, "invalid-body"), inReview("part-used", {}, "invalid-body")], HEARD);
  assert.deepEqual([done.measured, done.used, done.events.length], [[], [], 2]);
  const quote = [said("finding", THEIRS), said("quote", { quoteId: "q" })];
  assert.equal(next(...quote, said("consent", { answer: "accepted" })), "close");
  assert.equal(next(...quote, inReview("consent", { answer: "accepted" }, "code-mismatch")), "consent");
});

test("a price is made and answered only while what was found is the subscriber's", () => {
  assert.equal(next(said("finding", THEIRS)), "quote");
  assert.equal(next(said("finding", THEIRS), said("quote")), "consent");
  assert.equal(next(said("finding", THEIRS), said("quote"), said("finding", OURS)), "close");
});

test("what was begun before midnight stays in today's round until it is over", () => {
  const round = (state: string, day: string) => roundOf([job(visit(state, YESTERDAY))], [], day, TODAY, HEARD).length;
  assert.deepEqual(["published", "on_my_way", "arrived", "working", "paused", "done"].map((state) => round(state, TODAY)), [0, 1, 1, 1, 0, 0]);
  assert.equal(round("working", TOMORROW), 0);
});

test("who is not let in, waits for a part or pauses has set the visit aside", () => {
  assert.deepEqual((["working", "no_access", "part_missing", "paused", "done"] as const).map(isSetAside), [false, true, true, true, false]);
});
