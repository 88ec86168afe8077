// The day that is looked at: read whole, and again whenever the server says that something of it has changed.
import { computed, signal } from "@preact/signals";
import { read } from "../../shared/server.ts";
import { clock, inArea, meaning, setClock } from "../app.ts";
import type { BoardDay, BoardStop, BoardTechnician, Run, Selection, WaitingJob } from "./model.ts";

const TOGETHER_MS = 250;
const AGAIN_MS = 5_000;
/** What is expected moves with the clock, without anything happening. */
const ANEW_MS = 60_000;

export const on = signal("");
export const board = signal<BoardDay | null>(null);
export const trouble = signal<string | null>(null);
/** Since when nothing was heard, while the server is out of reach. */
export const staleSince = signal<Date | null>(null);
export const selected = signal<Selection>({ jobId: null, technicianId: null });
/** Planning runs under way, by id. */
export const runs = signal<ReadonlyMap<string, Run>>(new Map());

export function isUnderWay(run: Run | undefined): boolean {
  return run?.state === "running" || run?.state === "queued";
}

export const FILTERS = ["all", "at_risk", "open", "done"] as const;
export type Filter = (typeof FILTERS)[number];
export const filter = signal<{ text: string; skill: string; district: string; show: Filter }>({ text: "", skill: "", district: "", show: "all" });

export interface Placed {
  stop: BoardStop;
  technician: BoardTechnician;
}

/** All visits of the day by job, where their technician has them; who helps is found under the technician. */
export const placed = computed<ReadonlyMap<string, Placed>>(() => {
  const found = new Map<string, Placed>();
  for (const technician of board.value?.technicians ?? []) {
    for (const stop of technician.stops) if (!stop.joined) found.set(stop.jobId, { stop, technician });
  }
  return found;
});
export const waiting = computed<ReadonlyMap<string, WaitingJob>>(() => new Map((board.value?.waiting ?? []).map((job) => [job.jobId, job])));
/** What a skill, part or tool is called. */
export function coded(code: string): string {
  return board.value?.codes[code] ?? code;
}

export const skills = computed(() => [...new Set((board.value?.technicians ?? []).flatMap((one) => one.skills))].sort());

export const districts = computed(() => [...new Set([...(board.value?.technicians ?? []).flatMap((one) => one.stops), ...(board.value?.waiting ?? [])].map((one) => one.district))].filter(Boolean).sort());

export const OVER: ReadonlySet<string> = new Set(["done", "no_access", "declined", "part_missing", "paused", "cancelled"]);
export const STARTED: ReadonlySet<string> = new Set(["on_my_way", "arrived", "working"]);

export function isAtRisk(stop: BoardStop): boolean {
  return stop.risk === "late" || stop.risk === "tight";
}

/** Something is promised and nobody goes. */
export function isUnplaced(job: WaitingJob): boolean {
  return job.window != null && job.suspendedReason == null;
}

/** Whether a visit is what the filter asks for; all are while it asks for nothing. */
export function matches(stop: BoardStop, technician: BoardTechnician): boolean {
  const { text, show, district } = filter.value;
  if (district !== "" && stop.district !== district) return false;
  if (show === "at_risk" && !isAtRisk(stop)) return false;
  if (show === "open" && OVER.has(stop.state)) return false;
  if (show === "done" && !OVER.has(stop.state)) return false;
  return text === "" || says([stop.jobNumber, stop.address, stop.title, stop.subscriber, technician.displayName], text);
}

export function says(texts: readonly (string | null | undefined)[], wanted: string): boolean {
  const small = wanted.toLocaleLowerCase();
  return texts.some((text) => text?.toLocaleLowerCase().includes(small) === true);
}

/** Rows of the timeline: technicians with the skill asked for, and with something that is asked for. */
export const rows = computed<BoardTechnician[]>(() => {
  const { text, skill, show, district } = filter.value;
  const all = (board.value?.technicians ?? []).filter((one) => skill === "" || one.skills.includes(skill));
  if (text === "" && show === "all" && district === "") return all;
  return all.filter((one) => (text !== "" && says([one.displayName], text)) || one.stops.some((stop) => matches(stop, one)));
});

let source: EventSource | null = null;
let reading = false;
let wanted = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Reads the day now, or right after the reading that is under way. */
export async function load(): Promise<void> {
  if (reading) {
    wanted = true;
    return;
  }
  reading = true;
  const day = on.value;
  try {
    const found = await read<BoardDay>(inArea(`/v1/board/days/${day}`));
    if (day === on.value) take(found);
  } catch (error) {
    trouble.value = meaning(error);
    soon(AGAIN_MS);
  } finally {
    reading = false;
    if (wanted || day !== on.value) {
      wanted = false;
      soon(TOGETHER_MS);
    }
  }
}

function take(found: BoardDay): void {
  setClock(found.now);
  board.value = found;
  trouble.value = null;
  runs.value = new Map(found.runs.map((run) => [run.planRunId, run]));
}

function soon(afterMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void load(), afterMs);
}

/** Looks at a day: reads it and listens. What it returns ends that. */
export function watch(day: string): () => void {
  on.value = day;
  board.value = null;
  trouble.value = null;
  selected.value = { jobId: null, technicianId: null };
  void load().then(listen);
  const anew = setInterval(() => void load(), ANEW_MS);
  return () => {
    clearInterval(anew);
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}

function listen(): void {
  source?.close();
  // the browser says itself where it was when it comes again
  const made = new EventSource(inArea("/v1/board/stream", { after: board.value?.cursor }));
  made.addEventListener("open", () => {
    if (staleSince.value !== null) soon(0);
    staleSince.value = null;
  });
  made.addEventListener("changed", () => soon(TOGETHER_MS));
  made.addEventListener("reload", () => soon(TOGETHER_MS));
  made.addEventListener("run", (event: MessageEvent<string>) => {
    const run = JSON.parse(event.data) as Run;
    runs.value = new Map(runs.value).set(run.planRunId, run);
  });
  made.onerror = () => {
    staleSince.value ??= clock.value;
    if (made.readyState === EventSource.CLOSED && made === source) setTimeout(() => made === source && listen(), AGAIN_MS);
  };
  source = made;
}

/** Both of a visit: its job everywhere, its technician's row. */
export function select(jobId: string | null, technicianId: string | null = null): void {
  selected.value = { jobId, technicianId: technicianId ?? (jobId === null ? null : (placed.value.get(jobId)?.technician.technicianId ?? null)) };
}
