// When the phone says that the round has changed: for what others did to today's visits, and for nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasChanged } from "../../api/web/technician/visit/changed.ts";
import type { VisibleJob } from "../../api/web/technician/model.ts";

const TODAY = "2026-11-24";

function job(jobId: string, changes: Record<string, unknown> = {}, visit: Record<string, unknown> = {}): VisibleJob {
  const planned = { visitId: `v${jobId}`, onDay: TODAY, sequence: 1, state: "published", plannedStartAt: `${TODAY}T08:00:00Z`, meetAt: null, togetherWith: [], ...visit };
  const place = { address: "Mill Lane 12", latitude: 1, longitude: 2, accessNote: "" };
  return { jobId, version: 1, kind: { code: "wifi" }, priority: 3, place, contact: null, window: null, visits: [planned], ...changes } as unknown as VisibleJob;
}

const none = new Set<string>();
const changed = (before: VisibleJob[], after: VisibleJob[], own = none) => hasChanged(before, after, TODAY, own);

test("a visit that comes, goes, moves or gets a helper is a change", () => {
  assert.ok(changed([], [job("a")]));
  assert.ok(changed([job("a")], []));
  assert.ok(changed([job("a")], [job("a", {}, { state: "cancelled" })]));
  for (const visit of [{ sequence: 2 }, { plannedStartAt: `${TODAY}T09:00:00Z` }, { meetAt: `${TODAY}T09:00:00Z` }, { togetherWith: ["Anna"] }, { onDay: "2026-11-25" }])
    assert.ok(changed([job("a")], [job("a", {}, visit)]), JSON.stringify(visit));
});

test("another place, window or priority is one, another version alone is not", () => {
  for (const said of [{ priority: 1 }, { window: { earliest: "x", latest: "y", state: "confirmed" } }, { place: { address: "Mill Lane 14" } }])
    assert.ok(changed([job("a")], [job("a", said)]), JSON.stringify(said));
  assert.ok(!changed([job("a")], [job("a", { version: 9, outcomes: [1], readings: [2] }, { state: "arrived" })]));
  assert.ok(!changed([job("a"), job("b")], [job("b"), job("a")]), "in whatever order the rows lie");
});

test("what became of an own record is no news, what others did meanwhile is", () => {
  assert.ok(!changed([job("a")], [], new Set(["a"])));
  assert.ok(changed([job("a"), job("b")], [job("b", {}, { sequence: 7 })], new Set(["a"])));
});

test("another day's visits may change as they like", () => {
  const tomorrow = { onDay: "2026-11-25" };
  assert.ok(!changed([], [job("a", {}, tomorrow)]));
  assert.ok(!changed([job("a", {}, tomorrow)], [job("a", {}, { ...tomorrow, sequence: 4 })]));
});
