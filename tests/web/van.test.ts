// What the van has left by what the server told and this phone recorded since.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kept, type Kept, type Status } from "../../api/web/technician/outbox/outbox.ts";
import { leftIn } from "../../api/web/technician/van.ts";

const HEARD = "2026-11-24T10:00:00.000Z";
const VAN = {
  version: "1",
  parts: [
    { code: "ont", quantity: 3, serials: ["A", "B"] },
    { code: "connector", quantity: 80, serials: [] },
  ],
  names: {},
};
let seq = 0;

function said(kind: string, body: Record<string, unknown>, status: Status = "waiting", settledAt: string | null = null): Kept {
  seq += 1;
  const made = kept({ jobId: "j", kind, body: { visitId: "v", ...body }, baseVersion: 1 }, { eventId: `e${seq}`, seq, now: new Date(HEARD), monoMs: 0 });
  return { ...made, status, settledAt };
}

function used(code: string, quantity: number, serial = "", status: Status = "waiting", settledAt: string | null = null): Kept {
  return said("part-used", { code, quantity, serial, removedSerial: "" }, status, settledAt);
}

function left(...events: Kept[]): Record<string, [number, string]> {
  return Object.fromEntries([...leftIn(VAN, events, HEARD)].map(([code, one]) => [code, [one.quantity, one.serials.join(" ")]]));
}

test("what the server has not put in force yet is out of the van, whatever becomes of it", () => {
  const events = [used("ont", 1, "A"), used("connector", 2, "", "pending", HEARD), used("connector", 3, "", "review", HEARD)];
  assert.deepEqual(left(...events), { ont: [2, "B"], connector: [75, ""] });
});

test("what the server told of is not counted twice, what it applied after it told is", () => {
  const later = "2026-11-24T10:00:01.000Z";
  assert.deepEqual(left(used("ont", 1, "A", "applied", HEARD)), { ont: [3, "A B"], connector: [80, ""] });
  assert.deepEqual(left(used("ont", 1, "A", "applied", later)), { ont: [2, "B"], connector: [80, ""] });
});

test("more than there was stands below zero, and so does what the books never had", () => {
  assert.deepEqual(left(used("ont", 5), used("clamp", 2)), { ont: [-2, "A B"], connector: [80, ""], clamp: [-2, ""] });
});

test("whoever looked for a part and found none knows better than the books and than what was recorded before", () => {
  const missing = (status: Status, settledAt: string | null) => said("part-missing", { code: "ont" }, status, settledAt);
  assert.deepEqual(left(missing("waiting", null)), { ont: [0, ""], connector: [80, ""] });
  const restocked = [used("ont", 1), missing("applied", HEARD), used("ont", 1)];
  assert.deepEqual(left(...restocked.toReversed()), { ont: [2, "A B"], connector: [80, ""] });
});
