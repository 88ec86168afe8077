// Periods of whole days, as the address names them. Pure: days are texts as the server writes them.
export type Span = "day" | "week" | "month" | "quarter" | "own";
export const SPANS: readonly Span[] = ["day", "week", "month", "quarter", "own"];
export type Step = "day" | "week" | "month";
export const LONGEST = 400;

export interface Period {
  span: Span;
  first: string;
  last: string;
}

const DAY_MS = 86_400_000;
const at = (day: string): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);

export function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at(text).getTime()) && dayOf(at(text)) === text;
}

export function later(day: string, days: number): string {
  return dayOf(new Date(at(day).getTime() + days * DAY_MS));
}

/** How many days it has. */
export function length({ first, last }: Pick<Period, "first" | "last">): number {
  return Math.round((at(last).getTime() - at(first).getTime()) / DAY_MS) + 1;
}

function monthly(day: string, months: number, from: number): { first: string; last: string } {
  const [year, month] = [at(day).getUTCFullYear(), from];
  return { first: dayOf(new Date(Date.UTC(year, month, 1))), last: dayOf(new Date(Date.UTC(year, month + months, 0))) };
}

/** The day, week, month or quarter in which the day lies. */
export function around(span: Exclude<Span, "own">, day: string): Period {
  const month = at(day).getUTCMonth();
  if (span === "day") return { span, first: day, last: day };
  if (span === "month") return { span, ...monthly(day, 1, month) };
  if (span === "quarter") return { span, ...monthly(day, 3, month - (month % 3)) };
  const monday = later(day, -((at(day).getUTCDay() + 6) % 7));
  return { span, first: monday, last: later(monday, 6) };
}

export function isPossible(first: string, last: string): boolean {
  return isDay(first) && isDay(last) && first >= "2000-01-01" && last <= "9000-01-01" && first <= last && length({ first, last }) <= LONGEST;
}

/** `["week", "2026-11-24"]`, `["own", first, last]`; this week (or what else is `usual`), where the address says nothing that makes sense. */
export function periodOf([span, first, last]: string[], today: string, usual: Exclude<Span, "own"> = "week"): Period {
  if (span === "own" && isPossible(first ?? "", last ?? "")) return { span, first: first as string, last: last as string };
  const named = SPANS.find((one) => one === span && one !== "own") as Exclude<Span, "own"> | undefined;
  return around(named ?? usual, named !== undefined && isDay(first) ? first : today);
}

export function addressOf({ span, first, last }: Period, page = "numbers"): string {
  return span === "own" ? `/${page}/own/${first}/${last}` : `/${page}/${span}/${first}`;
}

/** The neighbour on either side: as long, or the whole week, month or quarter beside it. */
export function beside(period: Period, way: 1 | -1): Period {
  const { span, first, last } = period;
  if (span !== "own") return around(span, way === 1 ? later(last, 1) : later(first, -1));
  const days = length(period) * way;
  return { span, first: later(first, days), last: later(last, days) };
}

/** How finely a period of this length is told. */
export function stepOf(period: Period): Step {
  const days = length(period);
  return days <= 31 ? "day" : days <= 120 ? "week" : "month";
}
