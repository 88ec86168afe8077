// English, and the shape of every catalogue of what pages of numbers share: the compiler finds what another language lacks.
import { plural } from "../../../shared/words.ts";

/** `of`: both counts in one phrase; `n` is the number behind `below`. */
export interface MeasureWords {
  name: string;
  what: string;
  above: string;
  below: string;
  of: (above: string, below: string, n: number) => string;
}

export const of =
  (one: string, other: string) =>
  (above: string, below: string, n: number): string =>
    `${above} of ${below} ${plural("en", n, { one, other })}`;
export const per =
  (one: string, other: string) =>
  (above: string, below: string, n: number): string =>
    `${above} in ${below} ${plural("en", n, { one, other })}`;

export const en = {
  period: {
    label: "Period",
    day: "Day",
    week: "Week",
    month: "Month",
    quarter: "Quarter",
    own: "Own period",
    from: "From",
    to: "To",
    show: "Show",
    earlier: "The period before",
    later: "The period after",
    wrong: "The first day comes first, and a period has at most 400 days.",
  },
  compare: "Compare with the period before",
  noneBefore: "nothing before",
  emptyBefore: (period: string) => `There is nothing to compare with: nothing happened in the period before (${period}).`,
  before: "Before",
  print: "Print",
  csv: "As a file (CSV)",
  chart: "Chart",
  table: "Table",
  show: "Show as",
  by: "Split by",
  nothing: "nothing to count",
  unknown: "not known",
  better: "better",
  worse: "worse",
  same: "as before",
  points: (value: string) => `${value} points`,
  ofBefore: (value: string) => `before: ${value}`,
  field: "Field service",
  regulated: "A regulated operator",
  provider: "A provider",
  best: "the best",
  sources: {
    field: "What is reported across field service",
    regulated: "What a national network operator has to publish for its regulator",
    provider: "What one provider's support says of its own calls",
  },
  source: "For comparison",
  hint: "Arrow keys go from point to point.",
  spread: (median: string, p90: string) => `median ${median}, 90th percentile ${p90}`,
  median: "Median",
  p90: "90th percentile",
};

export type Words = typeof en;
