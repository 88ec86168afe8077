// Work by hand: what a place for a job would cost and break, asked while it is dragged; and doing it.
import { signal } from "@preact/signals";
import { post, Problem, put, remove } from "../../shared/server.ts";
import { holds, inArea, meaning, shapes, told, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import type { BoardStop, BreakCode, ChangeBy, Trial, Trials, WaitingJob } from "./model.ts";
import { undoVersion } from "../plan/undo.ts";
import { board, load, on, placed, select, selected, waiting } from "./state.ts";

export interface Carried {
  jobId: string;
  label: string;
  /** How long the work takes there. */
  durationMs: number;
}

/** Where the pointer has the job now; `trials` is the last answer, of this or of a place just before. */
export interface Dragged extends Carried {
  technicianId: string | null;
  startAt: string | null;
  trials: Trials | null;
  /** The place that `trials.asked` is of; it may begin later than was asked. */
  answered: string;
}

/** What is known of the very place under the pointer; null until it is answered. */
export function answerOf(one: Dragged | null): Trial | null {
  return one !== null && one.answered === placeOf(one) ? (one.trials?.asked ?? null) : null;
}

function placeOf(one: Dragged): string {
  return `${one.technicianId} ${one.startAt}`;
}

/** A place that breaks something, waiting for somebody's word; or one that another dispatcher was quicker to change. */
export interface Question {
  carried: Carried;
  trial: Trial;
  exact: boolean;
  conflict: ChangeBy[] | null;
  /** It is to leave the rounds, not to go anywhere. */
  leaves?: boolean;
}

export const dragged = signal<Dragged | null>(null);
export const question = signal<Question | null>(null);

export const STEP_MS = 5 * 60_000;
let asking = false;

/** By where it is, which people know, and by its number. */
function labelOf(one: BoardStop | WaitingJob): string {
  const brief = "street" in one ? `${one.street} ${one.house}`.trim() : "";
  return `${one.title}, ${brief || one.address} (${one.jobNumber})`;
}

export function carriedOf(jobId: string): Carried | null {
  const at = placed.value.get(jobId);
  if (at !== undefined) {
    return { jobId, label: labelOf(at.stop), durationMs: Date.parse(at.stop.plannedEndAt) - Date.parse(at.stop.plannedStartAt) };
  }
  const job = waiting.value.get(jobId);
  return job === undefined ? null : { jobId, label: labelOf(job), durationMs: job.durationSeconds * 1000 };
}

/** Of what a cost is the sum: the largest part first. */
export function partsOf({ parts }: Trial): string {
  const w = words.value.plan.costs.parts;
  return Object.entries(inMinutes(parts))
    .filter(([, minutes]) => minutes !== 0)
    .sort(([, one], [, other]) => Math.abs(other) - Math.abs(one))
    .map(([part, minutes]) => `${w[part] ?? part} ${shapes.value.signed(minutes * 60)}`)
    .join(" · ");
}

/** Rounded so that what is read adds up to the rounded whole: the parts nearest to the next minute get what is missing. */
function inMinutes(parts: Record<string, number>): Record<string, number> {
  const minutes = Object.fromEntries(Object.entries(parts).map(([part, seconds]) => [part, Math.floor(seconds / 60)]));
  const sum = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);
  const nearest = Object.entries(parts).sort(([, one], [, other]) => mod(other) - mod(one));
  for (const [part] of nearest.slice(0, Math.round(sum(parts) / 60) - sum(minutes))) minutes[part] = (minutes[part] ?? 0) + 1;
  return minutes;
}

const mod = (seconds: number): number => seconds - Math.floor(seconds / 60) * 60;

/** Whether whoever looks may change rounds; others only read them. */
export function mayChange(): boolean {
  return holds("dispatcher");
}

/** Only what has not begun, and the own visit of the technician in whose row it is. */
export function isMovable(stop: BoardStop): boolean {
  return mayChange() && stop.state === "published" && !stop.frozen && !stop.joined;
}

export function ask(jobId: string, technicianId: string | null = null, startAt: string | null = null): Promise<Trials> {
  return post<Trials>(inArea("/v1/board/trials"), { on: on.value, jobId, technicianId, startAt });
}

/** Asks of the place under the pointer, one question at a time: always the newest. */
export async function askWhileDragged(): Promise<void> {
  if (asking || dragged.value === null) return;
  asking = true;
  try {
    let answered: string | null = null;
    for (;;) {
      const now: Dragged | null = dragged.value;
      if (now === null) return;
      const place = placeOf(now);
      if (place === answered) return;
      const trials = await ask(now.jobId, now.technicianId, now.startAt);
      answered = place;
      if (dragged.value?.jobId === now.jobId) dragged.value = { ...dragged.value, trials, answered: place };
    }
  } catch (error) {
    told.value = { text: meaning(error), tone: "bad" };
    dragged.value = null;
  } finally {
    asking = false;
  }
}

/** Lays it down: at once where nothing breaks, else after a question. `exact`: at this time, not the best one of the round. */
export async function place(carried: Carried, trial: Trial, exact: boolean, accept: readonly BreakCode[] = []): Promise<void> {
  if (trial.breaks.some((one) => !accept.includes(one.code))) {
    question.value = { carried, trial, exact, conflict: null };
    return;
  }
  const w = words.value.day.hand;
  const technician = board.value?.technicians.find((one) => one.technicianId === trial.technicianId);
  try {
    const made = await post<Schemas["MovedByHand"]>(inArea("/v1/board/moves"), {
      on: on.value,
      jobId: carried.jobId,
      technicianId: trial.technicianId,
      startAt: exact ? trial.startAt : null,
      expected: expected(carried.jobId, trial.technicianId),
      accept,
    });
    question.value = null;
    const planId = made.plan?.planId;
    const back = planId === undefined ? {} : { undo: () => takeBack(planId, carried.label) };
    told.value = { text: w.moved(carried.label, technician?.displayName ?? ""), tone: "good", ...back };
    await load();
    // the selection goes where the visit went
    select(carried.jobId, trial.technicianId);
  } catch (error) {
    refused(error, { carried, trial, exact, conflict: null });
    await load();
  }
}

function refused(error: unknown, asked: Question): void {
  if (error instanceof Problem && error.status === 409 && Array.isArray(error.body["changes"])) {
    question.value = { ...asked, conflict: error.body["changes"] as Question["conflict"] };
  } else if (error instanceof Problem && Array.isArray(error.body["breaks"])) {
    question.value = { ...asked, trial: { ...asked.trial, breaks: error.body["breaks"] as Trial["breaks"] } };
  } else {
    told.value = { text: meaning(error), tone: "bad" };
    question.value = null;
  }
}

function expected(jobId: string, technicianId: string) {
  const at = placed.value.get(jobId);
  const days = (board.value?.technicians ?? []).filter((one) => one.technicianId === technicianId || (one.technicianId === at?.technician.technicianId && at.stop.onDay === on.value));
  return {
    visitVersion: at?.stop.version ?? null,
    jobVersion: at === undefined ? (waiting.value.get(jobId)?.version ?? null) : null,
    cursor: board.value?.cursor,
    technicianDays: Object.fromEntries(days.map((one) => [one.technicianId, one.version])),
  };
}

/** It waits again: with a promise only after a question. */
export async function takeOut(jobId: string, accept: readonly BreakCode[] = []): Promise<void> {
  const carried = carriedOf(jobId);
  const at = placed.value.get(jobId);
  if (carried === null || at === undefined) return;
  try {
    const made = await post<Schemas["MovedByHand"]>(inArea("/v1/board/unassign"), { jobId, expected: expected(jobId, at.technician.technicianId), accept });
    question.value = null;
    const planId = made.plan?.planId;
    told.value = { text: words.value.day.hand.takenOut(carried.label), tone: "good", ...(planId === undefined ? {} : { undo: () => takeBack(planId, carried.label) }) };
  } catch (error) {
    const trial: Trial = { technicianId: at.technician.technicianId, startAt: at.stop.plannedStartAt, cost: 0, parts: {}, extraTravelSeconds: 0, breaks: [], after: null };
    refused(error, { carried, trial, exact: false, conflict: null, leaves: true });
  }
  await load();
}

/** `what`: is said, because whoever takes something back may have another thing in mind. */
export async function takeBack(planId: string, what: string): Promise<void> {
  try {
    await undoVersion(planId, words.value.day.hand.undone(what));
  } catch (error) {
    told.value = { text: meaning(error), tone: "bad" };
  }
  await load();
  // the selection goes back where the visit went
  if (selected.value.jobId !== null) select(selected.value.jobId);
}

export async function pin(stop: BoardStop): Promise<void> {
  const path = inArea(`/v1/visits/${stop.visitId}/pin`);
  try {
    await (stop.pinned ? remove(path) : put(path, {}));
    told.value = { text: stop.pinned ? words.value.day.hand.unpinned : words.value.day.hand.pinned, tone: "good" };
  } catch (error) {
    told.value = { text: meaning(error), tone: "bad" };
  }
  await load();
}
