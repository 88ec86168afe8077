// What the phone recorded and the server does not have yet, as pure functions: records in, records out. The shell around it
// (store.ts) keeps them in IndexedDB, and flush.ts sends them.

export type Status = "waiting" | "applied" | "review" | "pending";

/** One event as it is kept. `text` is what is sent, byte for byte, however often. */
export interface Kept {
  seq: number;
  eventId: string;
  jobId: string;
  kind: string;
  text: string;
  recordedAt: string;
  status: Status;
  reason: string | null;
  settledAt: string | null;
  /** How often the server refused a request that held this event alone. */
  refusals: number;
}

export interface Draft {
  jobId: string;
  kind: string;
  body: Record<string, unknown>;
  needs?: string[];
  baseVersion: number | null;
}

export interface Moment {
  eventId: string;
  seq: number;
  now: Date;
  monoMs: number;
}

export interface Result {
  eventId: string;
  status: "applied" | "duplicate" | "review" | "pending";
  outcome: "applied" | "review" | "pending";
  reason?: string | null;
}

export interface Limits {
  events: number;
  bytes: number;
}

/** A server takes 100 events and 1 MiB; a weak link carries no more than this before patience ends. */
export const WHOLE: Limits = { events: 100, bytes: 128_000 };
export const KEPT_DAYS = 14;
const DAY_MS = 86_400_000;

/** What the server refuses in a text, since nobody can see it (dispatch/bounded.py): one such would hold up the whole record. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]/gu;

function seen(_: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\t", " ").replace(UNSEEN, "") : value;
}

/** The event as it will be sent, for ever. */
export function kept(draft: Draft, moment: Moment): Kept {
  const recordedAt = moment.now.toISOString();
  const event = {
    eventId: moment.eventId,
    seq: moment.seq,
    jobId: draft.jobId,
    kind: draft.kind,
    v: 1,
    recordedAt,
    monoMs: Math.max(0, Math.round(moment.monoMs)),
    baseVersion: draft.baseVersion,
    needs: draft.needs ?? [],
    body: draft.body,
  };
  return {
    seq: moment.seq,
    eventId: moment.eventId,
    jobId: draft.jobId,
    kind: draft.kind,
    text: JSON.stringify(event, seen),
    recordedAt,
    status: "waiting",
    reason: null,
    settledAt: null,
    refusals: 0,
  };
}

/** What goes into the next request: oldest first; what was refused alone goes last, and alone, so that it holds up nothing. */
export function nextBatch(waiting: readonly Kept[], limits: Limits): Kept[] {
  const ordered = waiting.filter((one) => one.status === "waiting").sort((a, b) => a.seq - b.seq);
  const good = ordered.filter((one) => one.refusals === 0);
  if (good.length === 0) return ordered.sort((a, b) => a.refusals - b.refusals || a.seq - b.seq).slice(0, 1);
  const batch: Kept[] = [];
  let bytes = 0;
  for (const one of good.slice(0, limits.events)) {
    bytes += byteLength(one.text) + 1;
    if (batch.length > 0 && bytes > limits.bytes) break;
    batch.push(one);
  }
  return batch;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** After an answer: each event that it names is durable, whatever its status. One that it does not name goes on waiting. */
export function settled(batch: readonly Kept[], results: readonly Result[], now: Date): Kept[] {
  const byId = new Map(results.map((result) => [result.eventId, result]));
  return batch.flatMap((one) => {
    const result = byId.get(one.eventId);
    if (result === undefined) return [];
    const status = result.status === "duplicate" ? result.outcome : result.status;
    return [{ ...one, status, reason: result.reason ?? null, settledAt: now.toISOString(), refusals: 0 }];
  });
}

/** Refused as a whole: nothing was stored there, everything is kept here. Smaller requests find out which event it is. */
export function refused(batch: readonly Kept[], limits: Limits): { limits: Limits; changed: Kept[] } {
  if (batch.length > 1) {
    const half = Math.max(1, Math.floor(batch.length / 2));
    return { limits: { events: half, bytes: limits.bytes }, changed: [] };
  }
  return { limits: WHOLE, changed: batch.map((one) => ({ ...one, refusals: one.refusals + 1 })) };
}

/** The outcomes that travel in the pull: what a person decided later. */
export function withOutcomes(events: readonly Kept[], outcomes: readonly { eventId: string; status: Status; reason: string | null }[]): Kept[] {
  const byId = new Map(outcomes.map((outcome) => [outcome.eventId, outcome]));
  return events.flatMap((one) => {
    const outcome = byId.get(one.eventId);
    if (outcome === undefined || one.status === "waiting") return [];
    if (outcome.status === one.status && outcome.reason === one.reason) return [];
    return [{ ...one, status: outcome.status, reason: outcome.reason }];
  });
}

/** The server was set back to an older state: what it acknowledged is offered again, as it was. */
export function offeredAgain(events: readonly Kept[]): Kept[] {
  return events
    .filter((one) => one.status !== "waiting")
    .map((one) => ({ ...one, status: "waiting", reason: null, settledAt: null }));
}

/** Acknowledged so long ago that no backup of the server is that old. */
export function outlived<T extends Pick<Kept, "settledAt"> & { status: string }>(kept: readonly T[], now: Date): T[] {
  return kept.filter(
    (one) => one.status !== "waiting" && one.settledAt !== null && now.getTime() - Date.parse(one.settledAt) > KEPT_DAYS * DAY_MS,
  );
}

/** How long to wait after so many failures in a row: full jitter, 1 s to 5 min. `chance` in [0, 1). */
export function pauseMs(failures: number, chance: number): number {
  return Math.round(chance * Math.min(300_000, 1_000 * 2 ** Math.min(failures, 9)));
}

/** What this phone lost: numbers that the server has seen and the phone no longer counts to. Null where nothing is missing. */
export function lost(seq: number, lastSeq: number): { from: number; to: number } | null {
  return lastSeq > seq ? { from: seq + 1, to: lastSeq } : null;
}
