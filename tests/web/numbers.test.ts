// Periods and scales of pages of numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, around, beside, isDay, isPossible, later, length, periodOf, stepOf, type Period } from "../../api/web/office/numbers/periods.ts";
import { scaleOf, thinned } from "../../api/web/office/numbers/scale.ts";

const TODAY = "2026-11-24";
const bare = ({ first, last }: Period) => [first, last];

test("a day, week, month or quarter is the whole one around a day", () => {
  assert.deepEqual(bare(around("day", TODAY)), [TODAY, TODAY]);
  assert.deepEqual(bare(around("week", TODAY)), ["2026-11-23", "2026-11-29"]);
  assert.deepEqual(bare(around("week", "2026-11-29")), ["2026-11-23", "2026-11-29"]);
  assert.deepEqual(bare(around("month", "2028-02-29")), ["2028-02-01", "2028-02-29"]);
  assert.deepEqual(bare(around("quarter", TODAY)), ["2026-10-01", "2026-12-31"]);
});

test("beside a period lies its like, without a gap, and coming back one is where one was", () => {
  for (let day = "2026-01-01"; day <= "2026-12-31"; day = later(day, 1)) {
    for (const span of ["day", "week", "month", "quarter"] as const) {
      const period = around(span, day);
      assert.equal(beside(period, -1).last, later(period.first, -1));
      assert.deepEqual(beside(beside(period, -1), 1), period);
    }
  }
  assert.deepEqual(bare(beside({ span: "own", first: "2026-11-02", last: "2026-11-11" }, -1)), ["2026-10-23", "2026-11-01"]);
});

test("another page has periods of its own, and says which is usual", () => {
  const month = around("month", TODAY);
  assert.equal(addressOf(month, "credits"), "/credits/month/2026-11-01");
  assert.deepEqual(periodOf([], TODAY, "month"), month);
  assert.deepEqual(periodOf(["month", "2026-11-01"], TODAY), month);
});

test("an address says a period, and nonsense says this week", () => {
  for (const period of [around("day", TODAY), around("quarter", TODAY), { span: "own", first: "2026-01-01", last: "2026-02-01" } as const]) {
    assert.deepEqual(periodOf(addressOf(period).split("/").slice(2), "2020-01-01"), period);
  }
  for (const nonsense of [[], ["moon"], ["own", "2026-02-01", "2026-01-01"], ["own", TODAY], ["week", "2026-02-30"]]) {
    assert.deepEqual(bare(periodOf(nonsense, TODAY)), ["2026-11-23", "2026-11-29"]);
  }
});

test("a period is in order and no longer than the server counts", () => {
  assert.equal(isPossible("2026-01-01", "2027-02-04"), true);
  assert.equal(length({ first: "2026-01-01", last: "2027-02-04" }), 400);
  assert.equal(isPossible("2026-01-01", "2027-02-05"), false);
  assert.equal(isPossible("2026-01-02", "2026-01-01"), false);
  assert.deepEqual(["2026-02-29", "26-02-01", "", undefined].map(isDay), [false, false, false, false]);
});

test("long periods are told in fewer steps", () => {
  assert.deepEqual((["day", "month", "quarter"] as const).map((span) => stepOf(around(span, TODAY))), ["day", "day", "week"]);
  assert.equal(stepOf({ span: "own", first: "2026-01-01", last: "2026-12-31" }), "month");
});

test("a scale holds all it is asked to hold, between a few round lines", () => {
  let seed = 7;
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 500; round += 1) {
    const size = 10 ** (chance() * 8 - 2);
    const values = Array.from({ length: 1 + Math.floor(chance() * 6) }, () => (chance() - 0.3) * size);
    for (const how of [{}, { zero: true }, { time: true }, { zero: true, time: true }]) {
      const { low, high, ticks } = scaleOf(values, how);
      assert.ok(low <= Math.min(...values) + 1e-9 && high >= Math.max(...values) - 1e-9, `${values} in ${low} to ${high}`);
      assert.ok(high > low && ticks.length >= 2 && ticks.length <= 8, `${values}: ${ticks}`);
      if ("zero" in how) assert.ok(low <= 0 && high >= 0);
    }
  }
});

test("no share has a line above one, and nothing at all still has a scale", () => {
  assert.deepEqual(scaleOf([0.98, 0.74], { most: 1 }).ticks, [0.7, 0.8, 0.9, 1]);
  assert.deepEqual(scaleOf([1, 1], { most: 1 }).ticks.at(-1), 1);
  assert.deepEqual(scaleOf([]), { low: 0, high: 1, ticks: [0, 1] });
});

test("labels are thinned to what has room", () => {
  assert.deepEqual([thinned(7, 700, 64), thinned(31, 700, 64), thinned(400, 700, 64), thinned(1, 10, 64)], [1, 3, 37, 1]);
});
