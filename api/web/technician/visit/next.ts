// The one thing to do next.
import { isOver, type Stop } from "./attendance.ts";
import { isPaid } from "./gate.ts";

export type Next = "leave" | "arrive" | "work" | "find" | "quote" | "consent" | "close" | "resume";

/** Null where the visit is over. */
export function nextStep({ done, job }: Stop): Next | null {
  if (isOver(done.state)) return null;
  switch (done.state) {
    case "published":
      return "leave";
    case "on_my_way":
      return "arrive";
    case "arrived":
      return "work";
    case "working":
      if (done.found === null) return "find";
      // a price that was made is owed an answer only while what was found is the subscriber's
      if (isPaid(job, done.found) && done.agreed === null) return done.quoted === null ? "quote" : "consent";
      return "close";
    default:
      return "resume";
  }
}
