// The measures of support in the order in which they are shown.
import type { Measure as Shown } from "../../office/numbers/measures.ts";
import type { Schemas } from "../../office/model.ts";

export type Measure = keyof Schemas["SupportMeasuresOut"];
export type Split = Schemas["SupportBy"];

export const MEASURES: Record<Measure, Shown> = {
  lineInTime: { kind: "share", better: 1 },
  lineTime: { kind: "brief", better: -1, seconds: ["above"] },
  waitInTime: { kind: "share", better: 1 },
  waitTime: { kind: "brief", better: -1, seconds: ["above"] },
  taken: { kind: "number", better: 0 },
  selfCheck: { kind: "share", better: 1 },
  handedOver: { kind: "share", better: 0 },
  escalated: { kind: "share", better: 0 },
  firstTimeFix: { kind: "share", better: 1 },
  repeats: { kind: "share", better: -1 },
  timeToRestore: { kind: "duration", better: -1, seconds: ["above"] },
  restoredInTime: { kind: "share", better: 1 },
  promisesKept: { kind: "share", better: 1 },
  calledAgain: { kind: "share", better: -1 },
  callbacksFixed: { kind: "share", better: 1 },
  paidDeclined: { kind: "share", better: 0 },
  complaintsInTime: { kind: "share", better: 1 },
  complaintsOpen: { kind: "share", better: -1 },
  outageTold: { kind: "share", better: 1 },
};
/** What people are compared by at a glance. */
export const OF_PEOPLE: readonly Measure[] = ["taken", "lineInTime", "lineTime", "waitInTime", "selfCheck", "escalated", "firstTimeFix", "calledAgain", "callbacksFixed"];
