// Visits for whose sake days stay as they are.
import { shapes } from "../app.ts";
import type { WaitingOut } from "./model.ts";
import { w } from "./words.ts";

export function WaitingVisits({ visits }: { visits: readonly WaitingOut[] }) {
  if (visits.length === 0) return null;
  return (
    <div class="notice warn" role="status">
      <PlannedVisits title={w().waiting.title} explain={w().waiting.explain} visits={visits} />
    </div>
  );
}

interface PlannedVisitsProps {
  title: string;
  explain: string;
  visits: readonly WaitingOut[];
}

export function PlannedVisits({ title, explain, visits }: PlannedVisitsProps) {
  const s = shapes.value;
  return (
    <>
      <b>{title}</b>
      <p>{explain}</p>
      <ul class="plain">
        {visits.map((one) => (
          <li key={`${one.visitId} ${one.technicianId}`}>
            {s.day(one.onDay)}, {s.span(one.plannedStartAt, one.plannedEndAt)}: {one.displayName}, {w().waiting.from} {one.jobNumber}
          </li>
        ))}
      </ul>
    </>
  );
}
