// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { of, per, type MeasureWords } from "../../../office/numbers/words/en.ts";
import { plural } from "../../../shared/words.ts";
import type { Measure, Split } from "../measures.ts";

const measures: Record<Measure, MeasureWords> = {
  lineInTime: {
    name: "Line 2 within its time limit",
    what: "Share of tickets that a line with a time limit (line 2: 15 minutes) finished within it. Pauses are left out.",
    above: "Within the limit",
    below: "Tickets finished",
    of: of("ticket finished", "tickets finished"),
  },
  lineTime: {
    name: "Average time at line 2",
    what: "How long a line with a time limit worked on a ticket, on average. Pauses are left out. Median: half of the tickets took no longer. 90th percentile: nine of ten took no longer.",
    above: "Total time",
    below: "Tickets finished",
    of: per("ticket", "tickets"),
  },
  waitInTime: {
    name: "Answered within the target",
    what: "Share of tickets taken from the queue within the waiting time set for the line (the service level).",
    above: "Within the target",
    below: "Taken from the queue",
    of: of("ticket from the queue", "tickets from the queue"),
  },
  waitTime: {
    name: "Average waiting time",
    what: "How long a ticket waited in the queue until somebody took it, on average. Median: half waited no longer. 90th percentile: nine of ten waited no longer.",
    above: "Total time",
    below: "Taken from the queue",
    of: per("ticket", "tickets"),
  },
  taken: {
    name: "Tickets per person and day",
    what: "How many tickets a person took from the queue or opened, per day on which they took any.",
    above: "Tickets",
    below: "Person-days",
    of: per("person-day", "person-days"),
  },
  selfCheck: {
    name: "Solved by self-check",
    what: "Share of finished tickets that the self-check solved. A ticket is finished at a line once it is handed over, sent to the field or resolved.",
    above: "By self-check",
    below: "Tickets finished",
    of: of("ticket finished", "tickets finished"),
  },
  handedOver: {
    name: "Handed over to another line",
    what: "Share of finished tickets that went on to another line.",
    above: "Handed over",
    below: "Tickets finished",
    of: of("ticket finished", "tickets finished"),
  },
  escalated: {
    name: "Sent to the field",
    what: "Share of finished tickets for which a technician was sent.",
    above: "Sent",
    below: "Tickets finished",
    of: of("ticket finished", "tickets finished"),
  },
  firstTimeFix: {
    name: "First-time fix",
    what: "Share of repaired jobs that the first visit repaired and that were not reopened. By person, line or channel: jobs from their tickets.",
    above: "Fixed at the first visit",
    below: "Jobs repaired",
    of: of("job repaired", "jobs repaired"),
  },
  repeats: {
    name: "Repeat faults",
    what: "Share of repaired jobs that were reopened, or whose subscriber reported a fault again within 30 days. Final after 30 days. By person, line or channel: jobs from their tickets.",
    above: "Came back",
    below: "Jobs repaired",
    of: of("job repaired", "jobs repaired"),
  },
  timeToRestore: {
    name: "Mean time to restore",
    what: "Time from the first report until service was restored, on average. By person, line or channel: jobs from their tickets.",
    above: "Total time",
    below: "Jobs restored",
    of: per("job", "jobs"),
  },
  restoredInTime: {
    name: "Restored within two working days",
    what: "Share of restored jobs whose service was back by the end of the second working day after the report. By person, line or channel: jobs from their tickets.",
    above: "Within two days",
    below: "Jobs restored",
    of: of("job restored", "jobs restored"),
  },
  promisesKept: {
    name: "Appointments kept",
    what: "Share of appointments for which the technician arrived within the window, of those kept or missed. Moved and cancelled ones are left out. By person, line or channel: jobs from their tickets.",
    above: "Kept",
    below: "Kept or missed",
    of: of("appointment", "appointments"),
  },
  calledAgain: {
    name: "Repeat contacts",
    what: "Share of tickets resolved without a visit that were reopened, or whose subscriber reported something again within 30 days. Final after 30 days.",
    above: "Came back",
    below: "Resolved without a visit",
    of: of("ticket resolved", "tickets resolved"),
  },
  callbacksFixed: {
    name: "Confirmed fixed on callback",
    what: "Share of quality calls after a visit in which the subscriber said that it works, of those answered yes or no. By person: whoever made the call.",
    above: "It works",
    below: "Answered",
    of: of("answer", "answers"),
  },
  paidDeclined: {
    name: "Paid-visit terms declined",
    what: "Share of subscribers who declined the terms of a paid visit, of those who gave an answer.",
    above: "Declined",
    below: "Answered",
    of: of("answer", "answers"),
  },
  complaintsInTime: {
    name: "Complaints answered on time",
    what: "Share of complaints answered by their deadline, of those answered or overdue. Counted on the day they were recorded; by person: whoever recorded them.",
    above: "On time",
    below: "Answered or overdue",
    of: of("complaint", "complaints"),
  },
  complaintsOpen: {
    name: "Complaints still open",
    what: "Share of the complaints recorded in the period that still wait for an answer.",
    above: "Open",
    below: "Recorded",
    of: of("complaint", "complaints"),
  },
  outageTold: {
    name: "Told of the outage straight away",
    what: "Share of contacts about a known outage who were told of it as soon as they called or wrote.",
    above: "Told straight away",
    below: "Contacts about an outage",
    of: of("contact", "contacts"),
  },
};

const by: Record<Split, string> = { day: "Day", week: "Week", month: "Month", staff: "Person", line: "Line", channel: "Channel", district: "District" };

export const en = {
  title: "Numbers",
  by,
  empty: { title: "Nothing happened in this period", hint: "Tickets are counted as soon as somebody takes them. Choose another period." },
  notByThis: "Callbacks after a visit and complaints belong to no line.",
  measures,
  own: "My numbers",
  mine: "Mine",
  whole: "The whole area",
  team: "The team",
  measure: "Measure",
  noneOwn: "You took no ticket in this period.",
  nobody: "Nobody took a ticket in this period.",
  median: (value: string) => `median ${value}`,
  cases: (n: number) => plural("en", n, { one: "of {n}", other: "of {n}" }),
  tickets: (n: number) => plural("en", n, { one: "{n} ticket", other: "{n} tickets" }),
  lineOf: (n: string) => `Line ${n}`,
  channels: { phone: "Phone", email: "E-mail", chat: "Chat", account: "Account", system: "Another system" } as Record<string, string>,
};

export type Words = typeof en;
