// Visits for whose sake days stay as they are.
import { shapes } from "../app.ts";
import type { WaitingOut } from "./model.ts";
import { w } from "./words.ts";

export function WaitingVisits({ visits }: { visits: readonly WaitingOut[] }) {
  if (visits.length === 0) return null;
  const s = shapes.value;
  return (
    <div class="notice warn" role="status">
      <b>{w().waiting.title}</b>
      <p>{w().waiting.explain}</p>
      <ul class="plain">
        {visits.map((one) => (
          <li key={`${one.visitId} ${one.technicianId}`}>
            {s.day(one.onDay)}, {s.span(one.plannedStartAt, one.plannedEndAt)}: {one.displayName}, {w().waiting.from} {one.jobNumber}
          </li>
        ))}
      </ul>
    </div>
  );
}
