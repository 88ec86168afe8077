// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { of, per, type MeasureWords } from "../../../office/numbers/words/en.ts";
import { plural } from "../../../shared/words.ts";
import type { Measure, Split } from "../measures.ts";

const measures: Record<Measure, MeasureWords> = {
  lineInTime: {
    name: "Line 2 in time",
    what: "Tickets with which a line that has a limit (line 2: 15 minutes) was done within it, of all with which it was done; pauses do not count.",
    above: "In time",
    below: "Tickets",
    of: of("ticket", "tickets"),
  },
  lineTime: {
    name: "Time at line 2",
    what: "How long a line that has a limit works on a ticket, on average; pauses do not count.",
    above: "Time in all",
    below: "Tickets",
    of: per("ticket", "tickets"),
  },
  waitInTime: {
    name: "Answered in time",
    what: "Tickets taken out of the queue within the time that one may wait for that line, of all taken out of it.",
    above: "In time",
    below: "Taken from the queue",
    of: of("ticket from the queue", "tickets from the queue"),
  },
  waitTime: {
    name: "Waiting time",
    what: "From when a ticket comes into the queue until somebody has it, on average.",
    above: "Time in all",
    below: "Taken from the queue",
    of: per("ticket", "tickets"),
  },
  taken: {
    name: "Tickets a day",
    what: "Tickets that somebody took or took down, for each day on which a person did.",
    above: "Tickets",
    below: "Person-days",
    of: per("person-day", "person-days"),
  },
  selfCheck: {
    name: "Solved by the self-check",
    what: "Tickets that ended with the self-check, of all with which a line was done: handed on, sent to the field or resolved.",
    above: "By the self-check",
    below: "Tickets done",
    of: of("ticket done", "tickets done"),
  },
  handedOver: {
    name: "Handed over",
    what: "Tickets handed over to another line, of all with which a line was done.",
    above: "Handed over",
    below: "Tickets done",
    of: of("ticket done", "tickets done"),
  },
  escalated: {
    name: "Sent to the field",
    what: "Tickets for which a technician was sent, of all with which a line was done.",
    above: "Sent",
    below: "Tickets done",
    of: of("ticket done", "tickets done"),
  },
  firstTimeFix: {
    name: "First-time fix",
    what: "Jobs mended at the first attendance and not reopened since, of all jobs mended; for a person, of the jobs that they sent.",
    above: "Fixed at once",
    below: "Jobs mended",
    of: of("job mended", "jobs mended"),
  },
  timeToRestore: {
    name: "Time to restore",
    what: "From the first report until service was restored, on average; for a person, of the jobs that they sent.",
    above: "Time in all",
    below: "Jobs restored",
    of: per("job", "jobs"),
  },
  restoredInTime: {
    name: "Restored in two working days",
    what: "Jobs restored by the end of the second working day after the report, of all jobs restored; for a person, of the jobs that they sent.",
    above: "In time",
    below: "Jobs restored",
    of: of("job restored", "jobs restored"),
  },
  promisesKept: {
    name: "Appointments kept",
    what: "Appointments to which somebody came in time, of those kept or missed; for a person, of the jobs that they sent.",
    above: "Kept",
    below: "Kept or missed",
    of: of("appointment", "appointments"),
  },
  calledAgain: {
    name: "Called again",
    what: "Tickets resolved without a visit that were reopened, or whose subscriber reported something again within 30 days, of all so resolved.",
    above: "Called again",
    below: "Resolved",
    of: of("ticket resolved", "tickets resolved"),
  },
  callbacksFixed: {
    name: "“It works” after a visit",
    what: "Calls after a visit that were answered “it works”, of those answered yes or no; by whoever asked.",
    above: "It works",
    below: "Answered",
    of: of("answer", "answers"),
  },
  paidDeclined: {
    name: "Paid visits declined",
    what: "Terms of a paid visit that were refused, of all that were read out and answered.",
    above: "Refused",
    below: "Answered",
    of: of("answer", "answers"),
  },
  complaintsInTime: {
    name: "Complaints answered in time",
    what: "Complaints answered by their deadline, of those that were answered or are due; by when they were taken down, and by whom.",
    above: "In time",
    below: "Answered or due",
    of: of("complaint", "complaints"),
  },
  complaintsOpen: {
    name: "Complaints open",
    what: "Complaints that wait for an answer, of all taken down in the period.",
    above: "Open",
    below: "Taken down",
    of: of("complaint", "complaints"),
  },
  outageTold: {
    name: "Told of an outage at once",
    what: "Contacts who were told of a known outage first of all, of all whose ticket was linked to one.",
    above: "Told at once",
    below: "Linked",
    of: of("contact", "contacts"),
  },
};

const by: Record<Split, string> = { day: "Day", week: "Week", month: "Month", staff: "Person", line: "Line", channel: "Channel" };

export const en = {
  title: "Numbers",
  by,
  empty: { title: "Nothing happened in this period", hint: "Tickets are counted as soon as somebody takes them. Choose another period." },
  notByThis: "Jobs, calls after a visit and complaints are of no line, and jobs of no channel.",
  measures,
  own: "My numbers",
  mine: "Mine",
  whole: "The whole area",
  team: "The team",
  measure: "Measure",
  noneOwn: "You took no ticket in this period.",
  nobody: "Nobody took a ticket in this period.",
  half: (name: string) => `${name} (half within)`,
  cases: (n: number) => plural("en", n, { one: "of {n}", other: "of {n}" }),
  tickets: (n: number) => plural("en", n, { one: "{n} ticket", other: "{n} tickets" }),
  lineOf: (n: string) => `Line ${n}`,
  channels: { phone: "Phone", email: "E-mail", chat: "Chat", account: "Account", system: "Another system" } as Record<string, string>,
};

export type Words = typeof en;
