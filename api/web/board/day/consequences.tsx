// What a change does to others, before it is made: who is later, whose promise gets tight, who hears what.
import { MessageSquare, TriangleAlert } from "lucide-preact";
import { shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

export function Consequences({ of }: { of: Schemas["ConsequencesOut"] }) {
  const w = words.value.day.consequences;
  const say = shapes.value;
  const nothing = of.shifted.length === 0 && of.promisesAtRisk.length === 0;
  return (
    <div class="consequences">
      <span class="aside">
        {w.driving} {say.signed(of.drivingSeconds)}
        {of.overtimeSeconds !== 0 && ` · ${w.overtime} ${say.signed(of.overtimeSeconds)}`}
        {nothing && ` · ${w.nobody}`}
      </span>
      <ul class="lines">
        {of.promisesAtRisk.map((one) => (
          <li key={one.jobId} class="warn">
            <TriangleAlert size={14} aria-hidden="true" /> {one.spareSeconds < 0 ? w.broken(one.address, one.displayName, say.duration(-one.spareSeconds)) : w.tight(one.address, one.displayName, say.duration(one.spareSeconds))}
          </li>
        ))}
        {of.shifted.map((one) => (
          <li key={one.jobId}>{w.shifted(one.address, one.displayName, say.time(new Date(Date.parse(one.startAt) - one.seconds * 1000)), say.time(one.startAt))}</li>
        ))}
      </ul>
      {of.messages.length > 0 && (
        <details>
          <summary>
            <MessageSquare size={14} aria-hidden="true" /> {w.messages(of.messages.length)}
          </summary>
          <dl class="messages">
            {of.messages.map((one) => (
              <div key={`${one.technicianId}${one.jobId}`}>
                <dt>
                  {one.displayName ?? one.address} {!one.sent && <b>{w.toSay}</b>}
                </dt>
                <dd lang={one.language}>{one.text}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}
