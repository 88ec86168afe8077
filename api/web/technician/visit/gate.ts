// The closure gate on the phone, from the server's own tables (generated/closure.json): what is missing is seen before the
// technician leaves the flat. The server asks the same again (dispatch/rules/closures.py), and a test holds both together.
import tables from "../../generated/closure.json" with { type: "json" };
import type { Action, Cause, Location, VisibleJob } from "../model.ts";
import type { Attendance, Found } from "./attendance.ts";

export interface Fault {
  code: string;
  detail: string;
}

export interface Closing {
  location: Location;
  cause: Cause;
  action: Action;
}

export const LOCATIONS = tables.locations as Location[];
export const CAUSES = tables.causes as Cause[];
export const ACTIONS = tables.actions as Action[];
const ACTION_AT = tables.actionAt as Record<Action, Location[]>;
const CAUSE_AT = tables.causeAt as Record<Cause, Location[]>;
const WITHOUT_WORK = tables.withoutWork as Action[];
const SUBSCRIBERS = tables.subscribers as Location[];
/** How long one waits at a door that nobody opens. */
export const DOOR_MINUTES = tables.doorMinutes;
const SWAPPED = tables.swapped as Partial<Record<Action, string[]>>;

export function causesAt(location: Location): Cause[] {
  if (location === "none_found") return ["unknown"];
  return CAUSES.filter((cause) => CAUSE_AT[cause].includes(location));
}

export function actionsAt(location: Location): Action[] {
  return ACTIONS.filter((action) => ACTION_AT[action].includes(location));
}

function isWithoutWork(action: Action): boolean {
  return WITHOUT_WORK.includes(action);
}

function inconsistencies({ location, cause, action }: Closing): Fault[] {
  const faults: Fault[] = [];
  if (!ACTION_AT[action].includes(location)) faults.push({ code: "action-not-at-location", detail: `${action} at ${location}` });
  if (!CAUSE_AT[cause].includes(location)) faults.push({ code: "cause-not-at-location", detail: `${cause} at ${location}` });
  if (location === "none_found" && cause !== "unknown") faults.push({ code: "nothing-found-has-no-cause", detail: cause });
  return faults;
}

/** Everything that is missing for this closure. */
export function gate(closing: Closing, kind: VisibleJob["kind"], done: Attendance): Fault[] {
  const faults = inconsistencies(closing);
  if (isWithoutWork(closing.action)) return faults;
  const photos = new Set(done.photos.map((photo) => photo.purpose));
  return [
    ...faults,
    ...lineTest(kind, done),
    ...kind.photos.filter((purpose) => !photos.has(purpose)).map((detail) => ({ code: "photo-missing", detail })),
    ...kind.checklist.filter((item) => item.required && done.checked[item.code] !== true).map((item) => ({ code: "checklist-open", detail: item.code })),
    ...parts(closing.action, done),
  ];
}

function lineTest(kind: VisibleJob["kind"], done: Attendance): Fault[] {
  const test = kind.lineTest;
  if (test === null) return [];
  const last = done.measured.filter((one) => one.moment === "after" && one.quantity === test.quantity).at(-1);
  if (last === undefined) return [{ code: "line-test-missing", detail: test.quantity }];
  if (last.value < test.minimum || last.value > test.maximum) return [{ code: "line-test-out-of-limits", detail: `${last.value} ${test.unit}` }];
  return [];
}

function parts(action: Action, done: Attendance): Fault[] {
  return (SWAPPED[action] ?? []).flatMap((code) => {
    const used = done.used.filter((one) => one.code === code && one.quantity > 0);
    if (used.length === 0) return [{ code: "part-missing", detail: code }];
    return used.some((one) => one.serial !== "" && one.removedSerial !== "") ? [] : [{ code: "serials-missing", detail: code }];
  });
}

/** The same with what the subscriber has to say to it: paid work is agreed to, and who cancels is on record. */
export function missing(closing: Closing, job: VisibleJob, done: Attendance): Fault[] {
  const answer = done.agreed?.answer;
  const isOwed = !isWithoutWork(closing.action) && isPaid(job, closing) && answer !== "accepted";
  const isUnsaid = closing.action === "cancelled" && answer !== "declined";
  const faults = gate(closing, job.kind, done);
  return [...faults, ...(isOwed ? [{ code: "consent-missing", detail: "" }] : []), ...(isUnsaid ? [{ code: "refusal-missing", detail: "" }] : [])];
}

/** What was found lies with the subscriber, and this kind of job may be charged: a price is owed an answer. */
export function isPaid(job: VisibleJob, found: Pick<Found, "location" | "cause"> | null): boolean {
  return job.kind.chargeable && job.tariff !== null && found !== null && found.cause !== "workmanship" && SUBSCRIBERS.includes(found.location);
}
