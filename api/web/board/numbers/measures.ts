// The measures in the order in which they are shown, and how each is said.
import type { Shapes } from "../../shared/words.ts";
import type { Schemas } from "../../office/model.ts";

export type Numbers = Schemas["NumbersOut"];
export type Part = Schemas["NumbersPart"];
export type Ratio = Schemas["RatioOut"];
export type Benchmark = Schemas["BenchmarkOut"];
export type Measure = keyof Schemas["MeasuresOut"];
export type Split = Schemas["By"];

type Kind = "share" | "number" | "duration";

/** Whether more of it is better, worse, or neither. */
export const MEASURES: Record<Measure, { kind: Kind; better: 1 | -1 | 0 }> = {
  firstTimeFix: { kind: "share", better: 1 },
  promisesKept: { kind: "share", better: 1 },
  timeToRestore: { kind: "duration", better: -1 },
  restoredInTime: { kind: "share", better: 1 },
  visitsPerDay: { kind: "number", better: 0 },
  driving: { kind: "share", better: -1 },
  overtime: { kind: "duration", better: -1 },
  noAccess: { kind: "share", better: -1 },
  repeats: { kind: "share", better: -1 },
  paidDeclined: { kind: "share", better: 0 },
  churn: { kind: "share", better: -1 },
  changes: { kind: "number", better: -1 },
};
export const NAMES = Object.keys(MEASURES) as Measure[];
/** Counts of seconds, above or below the line. */
const SECONDS: Partial<Record<Measure, readonly ("above" | "below")[]>> = { timeToRestore: ["above"], overtime: ["above"], driving: ["above", "below"] };

export function said(measure: Measure, value: number, shapes: Shapes): string {
  const { kind } = MEASURES[measure];
  if (kind === "share") return shapes.percent(value);
  return kind === "number" ? shapes.number(value) : shapes.duration(value);
}

export function count(measure: Measure, which: "above" | "below", value: number, shapes: Shapes): string {
  return SECONDS[measure]?.includes(which) === true ? shapes.duration(value) : shapes.number(value);
}

/** What others reach, as one text: "74–75 %". */
export function range(lowest: number, highest: number, shapes: Shapes): string {
  return lowest === highest ? shapes.percent(lowest) : shapes.percents(lowest, highest);
}
