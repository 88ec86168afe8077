// How long ago it was, in the reader's words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Shapes, type Language } from "../../api/web/shared/words.ts";

const NOW = new Date("2026-11-24T12:00:00Z");
const passed = (language: Language, since: string) => new Shapes(language, "UTC").passed(since, NOW);

test("a wait is said in hours and minutes, and from two days on in days", () => {
  assert.equal(passed("en", "2026-11-24T11:57:00Z"), "3 min");
  assert.equal(passed("en", "2026-11-22T12:30:00Z"), "47 h 30 min");
  assert.equal(passed("en", "2026-11-22T12:00:00Z"), "2 days");
  assert.equal(passed("ru", "2026-11-12T04:00:00Z"), "12 дней");
  assert.equal(passed("hu", "2026-11-12T04:00:00Z"), "12 nap");
  assert.equal(passed("en", "2026-11-24T12:05:00Z"), "0 min");
});
