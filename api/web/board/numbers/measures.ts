// The measures of the board in the order in which they are shown.
import type { Measure as Shown } from "../../office/numbers/measures.ts";
import type { Schemas } from "../../office/model.ts";

export type Measure = keyof Schemas["MeasuresOut"];
export type Split = Schemas["By"];

export const MEASURES: Record<Measure, Shown> = {
  firstTimeFix: { kind: "share", better: 1 },
  promisesKept: { kind: "share", better: 1 },
  timeToRestore: { kind: "duration", better: -1, seconds: ["above"] },
  restoredInTime: { kind: "share", better: 1 },
  visitsPerDay: { kind: "number", better: 0 },
  driving: { kind: "share", better: -1, seconds: ["above", "below"] },
  overtime: { kind: "duration", better: -1, seconds: ["above"] },
  noAccess: { kind: "share", better: -1 },
  repeats: { kind: "share", better: -1 },
  paidDeclined: { kind: "share", better: 0 },
  churn: { kind: "share", better: -1 },
  changes: { kind: "number", better: -1 },
};
