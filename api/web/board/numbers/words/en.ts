// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { of, per, type MeasureWords } from "../../../office/numbers/words/en.ts";
import type { Measure, Split } from "../measures.ts";

const measures: Record<Measure, MeasureWords> = {
  firstTimeFix: {
    name: "First-time fix",
    what: "Jobs mended at the first attendance and not reopened since, of all jobs mended. A door that nobody opened was an attendance, too.",
    above: "Fixed at once",
    below: "Jobs mended",
    of: of("job mended", "jobs mended"),
  },
  repeats: {
    name: "Repeats",
    what: "Jobs that came back, of all jobs mended: reopened, or the same subscriber reported something again within 30 days. Certain after 30 days.",
    above: "Came back",
    below: "Jobs mended",
    of: of("job mended", "jobs mended"),
  },
  timeToRestore: {
    name: "Time to restore",
    what: "From the first report until service was restored, on average, on the day of restoration.",
    above: "Time in all",
    below: "Jobs restored",
    of: per("job", "jobs"),
  },
  restoredInTime: {
    name: "Restored in two working days",
    what: "Jobs restored by the end of the second working day after the report, of all jobs restored. Holidays are not known here.",
    above: "In time",
    below: "Jobs restored",
    of: of("job restored", "jobs restored"),
  },
  promisesKept: {
    name: "Promises kept",
    what: "Arrival windows in which somebody was there, of those kept or missed. Moved and called-off windows count as neither.",
    above: "Kept",
    below: "Kept or missed",
    of: of("promise", "promises"),
  },
  noAccess: {
    name: "No access",
    what: "Visits at which nobody opened, of all visits attended.",
    above: "No access",
    below: "Visits attended",
    of: of("visit", "visits"),
  },
  paidDeclined: {
    name: "Paid visits declined",
    what: "Visits at which the price was declined, of those at which a price was shown.",
    above: "Declined",
    below: "With a price",
    of: of("price shown", "prices shown"),
  },
  visitsPerDay: {
    name: "Visits per technician-day",
    what: "Visits attended for each day that a technician worked here.",
    above: "Visits attended",
    below: "Technician-days",
    of: per("technician-day", "technician-days"),
  },
  driving: {
    name: "Driving share",
    what: "Driving to visits, of the time paid. The way home is not in it.",
    above: "Driving",
    below: "Time paid",
    of: (above, below) => `${above} of ${below}`,
  },
  overtime: {
    name: "Overtime",
    what: "From the end of the shift to the end of the last visit, for each day that a technician worked here.",
    above: "Overtime in all",
    below: "Technician-days",
    of: per("technician-day", "technician-days"),
  },
  churn: {
    name: "Visits changed",
    what: "Visits given to somebody else, taken back or moved by more than half an hour after they were published, of all published. One that was given away or taken back is counted as well as the one that came instead, so these are more than stand on the board.",
    above: "Changed",
    below: "Published",
    of: of("published visit", "published visits"),
  },
  changes: {
    name: "Changes per visit",
    what: "How often a visit was changed after it was published, on average. Counted as for “Visits changed”.",
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
