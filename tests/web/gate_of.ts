// Reads closings as JSON lines, writes for each what the phone's gate says: for the test that compares it with the server's.
import { createInterface } from "node:readline";
import { isPaid, missing, type Closing } from "../../api/web/technician/visit/gate.ts";
import type { Attendance } from "../../api/web/technician/visit/attendance.ts";
import type { VisibleJob } from "../../api/web/technician/model.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as { closing: Closing; job: VisibleJob; done: Attendance };
  const faults = missing(asked.closing, asked.job, asked.done);
  console.log(JSON.stringify({ faults: faults.map(({ code, detail }) => [code, detail]), paid: isPaid(asked.job, asked.closing) }));
}
