// A visit as the technician sees it: what the server says of it, with all that this phone recorded of it laid over. Pure.
import type { Cause, Location, VisibleJob, VisibleVisit, VisitState } from "../model.ts";
import type { Kept } from "../outbox/outbox.ts";

export interface Measured {
  quantity: string;
  value: number;
  unit: string;
  moment: "before" | "after";
}

export interface Used {
  code: string;
  quantity: number;
  serial: string;
  removedSerial: string;
}

export interface Found {
  location: Location;
  cause: Cause;
  note: string;
}

export interface Line {
  code: string;
  text: string;
  quantity: number;
  amountMinor: number;
  taxBasisPoints: number;
}

export interface Quoted {
  quoteId: string;
  eventId: string;
  lines: Line[];
  amountMinor: number;
  currency: string;
}

export interface Agreed {
  consentId: string;
  eventId: string;
  quoteId: string;
  answer: "accepted" | "declined";
  method: string;
  person: string;
}

/** Everything that was recorded of one visit, newest last; `events` are the records themselves. */
export interface Attendance {
  state: VisitState;
  found: Found | null;
  measured: Measured[];
  photos: { photoId: string; purpose: string; sha256: string }[];
  used: Used[];
  checked: Record<string, boolean>;
  quoted: Quoted | null;
  agreed: Agreed | null;
  helpAsked: boolean;
  events: Kept[];
}

const STATE_AFTER: Record<string, VisitState> = {
  "on-my-way": "on_my_way",
  arrived: "arrived",
  working: "working",
  paused: "paused",
  "no-access": "no_access",
  "part-missing": "part_missing",
};

const ENDED: ReadonlySet<string> = new Set<VisitState>(["done", "declined", "cancelled"]);
const SET_ASIDE: ReadonlySet<string> = new Set<VisitState>(["no_access", "part_missing", "paused"]);
const UNDER_WAY: ReadonlySet<string> = new Set<VisitState>(["on_my_way", "arrived", "working"]);

/** `events`: all that this phone keeps; those of other visits are passed over. `heardAt`: when the server last told the visit. */
export function attendance(visit: VisibleVisit, events: readonly Kept[], heardAt: string | null): Attendance {
  const made: Attendance = {
    state: visit.state,
    found: null,
    measured: [],
    photos: [],
    used: [],
    checked: {},
    quoted: null,
    agreed: null,
    helpAsked: false,
    events: [],
  };
  for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
    const body = (JSON.parse(event.text) as { body: Body }).body;
    if (body.visitId !== visit.visitId) continue;
    made.events.push(event);
    made.state = stateAfter(made, event, isTold(event, heardAt) ? visit.state : null);
    // what a person looks at first counts for nothing yet: it is recorded again, or the phone would miss nothing where the server does
    if (event.status !== "review") apply(made, event, body);
  }
  return made;
}

/** Whether what the server told last knows of it: what was settled after that (the session had ended) does not show in it yet. */
export function isTold(event: Kept, heardAt: string | null): boolean {
  return event.status === "applied" && heardAt !== null && Date.parse(event.settledAt ?? "") <= Date.parse(heardAt);
}

type Body = { visitId: string } & Record<string, unknown>;

/** What is with the server is in the state it told; what still waits, or is being checked, is laid over it. */
function stateAfter(made: Attendance, event: Kept, told: VisitState | null): VisitState {
  if (event.kind === "closure" && told === null) return made.agreed?.answer === "declined" ? "declined" : "done";
  const after = STATE_AFTER[event.kind];
  return after === undefined || ENDED.has(made.state) ? made.state : (told ?? after);
}

function apply(made: Attendance, event: Kept, body: Body): void {
  switch (event.kind) {
    case "finding":
      made.found = body as unknown as Found;
      break;
    case "measurement":
      made.measured.push(body as unknown as Measured);
      break;
    case "photo-taken":
      made.photos.push(body as unknown as Attendance["photos"][number]);
      break;
    case "part-used":
      made.used.push({ serial: "", removedSerial: "", ...body } as unknown as Used);
      break;
    case "checklist":
      made.checked[String(body["code"])] = body["done"] === true;
      break;
    case "quote":
      made.quoted = { ...(body as unknown as Quoted), eventId: event.eventId };
      made.agreed = null;
      break;
    case "consent":
      made.agreed = { ...(body as unknown as Agreed), eventId: event.eventId };
      break;
    case "help-asked":
      made.helpAsked = true;
      break;
  }
}

export function isOver(state: VisitState): boolean {
  return ENDED.has(state);
}

/** Nobody opened, a part is missing, or the work goes on later: neither done nor next. */
export function isSetAside(state: VisitState): boolean {
  return SET_ASIDE.has(state);
}

/** In the order of the round; of each job the visit that counts on that day. */
export interface Stop {
  job: VisibleJob;
  visit: VisibleVisit;
  done: Attendance;
}

/** Today's also has what was begun on an earlier day and is not over: nobody stops at midnight. */
export function roundOf(rows: readonly VisibleJob[], events: readonly Kept[], day: string, today: string, heardAt: string | null): Stop[] {
  const byJob = new Map<string, Kept[]>();
  for (const event of events) {
    const known = byJob.get(event.jobId);
    if (known === undefined) byJob.set(event.jobId, [event]);
    else known.push(event);
  }
  return rows
    .flatMap((job) =>
      job.visits
        .filter((visit) => (visit.onDay === day || (visit.onDay < day && day === today)) && visit.state !== "cancelled")
        .map((visit) => ({ job, visit, done: attendance(visit, byJob.get(job.jobId) ?? [], heardAt) }))
        .filter(({ visit, done }) => visit.onDay === day || UNDER_WAY.has(done.state)),
    )
    .sort((a, b) => a.visit.onDay.localeCompare(b.visit.onDay) || a.visit.sequence - b.visit.sequence || (a.visit.plannedStartAt < b.visit.plannedStartAt ? -1 : 1));
}
