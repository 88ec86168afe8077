// A draft beside what is out: which visits it moves, adds and drops, and how much of it is taken.
import { computed, signal } from "@preact/signals";
import { read } from "../../shared/server.ts";
import { inArea } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

export type Changes = Schemas["PlanChanges"];
export type Change = Changes["moved"][number];
export type Kind = "moved" | "new" | "dropped";

export interface Difference {
  planId: string;
  changes: Changes;
}

export const difference = signal<Difference | null>(null);
/** Jobs whose change is not taken. */
export const left = signal<ReadonlySet<string>>(new Set());

/** A promise that is kept easily now and only just, or not, by the draft. */
export function getsTight({ before, after }: Change): boolean {
  const easy = (held: Change["before"]) => held === null || held.risk === "none";
  return after?.risk != null && easy(before) && !easy(after);
}

export async function look(planId: string): Promise<void> {
  const changes = await read<Changes>(inArea(`/v1/plans/${planId}/changes`));
  left.value = new Set();
  difference.value = { planId, changes };
}

export interface GhostOf {
  jobId: string;
  kind: Kind;
  label: string;
  startAt: string;
  endAt: string;
}

/** Where the draft would have visits, by technician. */
export const ghosts = computed<ReadonlyMap<string, GhostOf[]>>(() => {
  const found = new Map<string, GhostOf[]>();
  const changes = difference.value?.changes;
  if (changes === undefined) return found;
  for (const kind of ["moved", "new"] as const) {
    for (const { after, jobId, title } of changes[kind]) {
      if (after === null || left.value.has(jobId)) continue;
      const ghost = { jobId, kind, label: title, startAt: after.startAt, endAt: after.endAt };
      found.set(after.technicianId, [...(found.get(after.technicianId) ?? []), ghost]);
    }
  }
  return found;
});
