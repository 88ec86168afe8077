// Whether a technician would say that the round has changed: another visit, order, time, place or helper. Pure.
import type { VisibleJob } from "../model.ts";

/** `own`: jobs of which this phone reported meanwhile; what became of that is no news. */
export function hasChanged(before: readonly VisibleJob[], after: readonly VisibleJob[], day: string, own: ReadonlySet<string>): boolean {
  const [was, is] = [lookOf(before, day), lookOf(after, day)];
  return [...new Set([...was.keys(), ...is.keys()])].some((jobId) => !own.has(jobId) && was.get(jobId) !== is.get(jobId));
}

/** What matters of each job on that day. */
function lookOf(rows: readonly VisibleJob[], day: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const job of rows) {
    const visits = job.visits.filter((visit) => visit.onDay === day && visit.state !== "cancelled");
    if (visits.length === 0) continue;
    const look = visits.map((visit) => [visit.visitId, visit.sequence, visit.plannedStartAt, visit.meetAt, visit.togetherWith]);
    found.set(job.jobId, JSON.stringify([look, job.kind.code, job.priority, job.place, job.contact, job.window]));
  }
  return found;
}
