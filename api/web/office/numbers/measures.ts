// What a page of numbers is of: its measures, how each is said, and where they are asked.
import type { ComponentChildren } from "preact";
import type { Shapes } from "../../shared/words.ts";
import type { Schemas } from "../model.ts";
import type { Period } from "./periods.ts";
import type { MeasureWords } from "./words/en.ts";

export type Benchmark = Schemas["BenchmarkOut"];

/** Two counts and what they make; `median` and `p90` where the server knows how times spread. */
export interface Ratio {
  numerator: number;
  denominator: number | null;
  value: number | null;
  median?: number | null;
  p90?: number | null;
}

export interface Part<M extends string> {
  key: string;
  label: string;
  firstOn: string;
  lastOn: string;
  measures: Record<M, Ratio>;
}

export interface Numbers<M extends string, S extends string> {
  firstOn: string;
  lastOn: string;
  by: S;
  parts: Part<M>[];
  total: Record<M, Ratio>;
  benchmarks: Benchmark[];
}

/** `brief` is a duration in which seconds matter. */
type Kind = "share" | "number" | "duration" | "brief";

/** `better`: whether more of it is better, worse, or neither. `seconds`: counts that are times, above or below the line. */
export interface Measure {
  kind: Kind;
  better: 1 | -1 | 0;
  seconds?: readonly ("above" | "below")[];
}

export interface SubjectWords<M extends string, S extends string> {
  title: string;
  by: Record<S, string>;
  empty: { title: string; hint: string };
  notByThis: string;
  measures: Record<M, MeasureWords>;
}

/** The measures in the order in which they are shown; `first` is looked at closer to begin with. `path`: of the server; the table as a
 * file is beside it. */
export interface Subject<M extends string, S extends string> {
  path: string;
  measures: Record<M, Measure>;
  first: M;
  splits: readonly S[];
  words: () => SubjectWords<M, S>;
  /** What the server gives no name. */
  labelOf?: (part: Part<M>, by: S) => string;
  above?: (numbers: Numbers<M, S>, period: Period) => ComponentChildren;
  beneath?: (period: Period) => ComponentChildren;
}

export const namesOf = <M extends string, S extends string>(of: Subject<M, S>): M[] => Object.keys(of.measures) as M[];

const LONG = 120;

export function said(measure: Measure, value: number, shapes: Shapes): string {
  if (measure.kind === "share") return shapes.percent(value);
  if (measure.kind === "number") return shapes.number(value);
  return measure.kind === "brief" && value < LONG ? shapes.seconds(value) : shapes.duration(value);
}

export function count(measure: Measure, which: "above" | "below", value: number, shapes: Shapes): string {
  return measure.seconds?.includes(which) === true ? shapes.duration(value) : shapes.number(value);
}

/** What others reach, as one text: "74–75 %". */
export function range(lowest: number, highest: number, shapes: Shapes): string {
  return lowest === highest ? shapes.percent(lowest) : shapes.percents(lowest, highest);
}
