// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { of, per, type MeasureWords } from "../../../office/numbers/words/en.ts";
import type { Measure, Split } from "../measures.ts";

const measures: Record<Measure, MeasureWords> = {
  firstTimeFix: {
    name: "First-time fix",
    what: "Share of repaired jobs that the first visit repaired and that were not reopened. A visit where nobody opened the door counts as the first visit.",
    above: "Fixed at the first visit",
    below: "Jobs repaired",
    of: of("job repaired", "jobs repaired"),
  },
  repeats: {
    name: "Repeat faults",
    what: "Share of repaired jobs that were reopened, or whose subscriber reported a fault again within 30 days. Final after 30 days.",
    above: "Came back",
    below: "Jobs repaired",
    of: of("job repaired", "jobs repaired"),
  },
  timeToRestore: {
    name: "Mean time to restore",
    what: "Time from the first report until service was restored, on average. Counted on the day of restoration.",
    above: "Total time",
    below: "Jobs restored",
    of: per("job", "jobs"),
  },
  restoredInTime: {
    name: "Restored within two working days",
    what: "Share of restored jobs whose service was back by the end of the second working day after the report. Public holidays count as working days.",
    above: "In time",
    below: "Jobs restored",
    of: of("job restored", "jobs restored"),
  },
  promisesKept: {
    name: "Appointments kept",
    what: "Share of appointments for which the technician arrived within the window, of those kept or missed. Moved and cancelled ones are left out.",
    above: "Kept",
    below: "Kept or missed",
    of: of("appointment", "appointments"),
  },
  noAccess: {
    name: "No access",
    what: "Share of visits made at which nobody opened the door.",
    above: "No access",
    below: "Visits made",
    of: of("visit", "visits"),
  },
  paidDeclined: {
    name: "Price declined on site",
    what: "Share of visits at which the subscriber declined the price, of those at which a price was shown.",
    above: "Declined",
    below: "With a price",
    of: of("price shown", "prices shown"),
  },
  visitsPerDay: {
    name: "Visits per technician-day",
    what: "How many visits a technician made, per day worked in this area.",
    above: "Visits made",
    below: "Technician-days",
    of: per("technician-day", "technician-days"),
  },
  driving: {
    name: "Driving share",
    what: "Share of the paid time spent driving to visits. The way home is left out.",
    above: "Driving",
    below: "Time paid",
    of: (above, below) => `${above} of ${below}`,
  },
  overtime: {
    name: "Overtime",
    what: "Time from the end of the shift to the end of the last visit, on average per day that a technician worked in this area.",
    above: "Overtime in all",
    below: "Technician-days",
    of: per("technician-day", "technician-days"),
  },
  churn: {
    name: "Visits changed",
    what: "Share of published visits that afterwards went to another technician, were withdrawn or moved by more than half an hour. A withdrawn visit and its replacement both count, so there are more of these than on the board.",
    above: "Changed",
    below: "Published",
    of: of("published visit", "published visits"),
  },
  changes: {
    name: "Changes per visit",
    what: "How often a published visit was changed, on average. Counted as in “Visits changed”.",
    above: "Changes",
    below: "Published",
    of: per("published visit", "published visits"),
  },
};

const by: Record<Split, string> = { day: "Day", week: "Week", month: "Month", technician: "Technician", kind: "Job kind", district: "District" };

export const en = {
  title: "Numbers",
  by,
  empty: { title: "Nothing happened in this period", hint: "Visits, promises and jobs are counted as soon as phones report them. Choose another period." },
  notByThis: "This is counted by technician-days, which are not split between job kinds or districts.",
  measures,
  ledger: {
    title: "Who carried how much",
    what: "What days asked beyond the ordinary, in minutes by the weights of the area. The balance is against what so many days worked cost on average; over four weeks, plans even it out.",
    technician: "Technician",
    days: "Days",
    overtime: "Overtime",
    far: "Far visits",
    emergencies: "Emergencies",
    weekend: "Weekend",
    late: "Evening",
    joined: "Helped",
    burden: "Counted as",
    balance: "Balance",
    now: "Balance now",
    balanceOf: "Balance in this period",
    history: (name: string) => `${name}: balance week by week`,
    historyByMonth: (name: string) => `${name}: balance month by month`,
    choose: "Choose a technician to see how it came about.",
    empty: "Nobody has worked in this period.",
    above: "more than the average",
    below: "less than the average",
  },
};

export type Words = typeof en;
