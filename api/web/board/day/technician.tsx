// A technician's day, and what one does when it goes otherwise: ill, late, silent.
import { CalendarOff, Printer, UserCheck, UserX } from "lucide-preact";
import { useState } from "preact/hooks";
import { put } from "../../shared/server.ts";
import { attempt, inArea, shapes, words } from "../app.ts";
import { Away, Comes } from "./absence.tsx";
import { mayChange } from "./hand.ts";
import type { BoardTechnician } from "./model.ts";
import { isWaiting } from "./span.ts";
import { board, coded, load, on, select } from "./state.ts";

export function Technician({ technicianId }: { technicianId: string }) {
  const w = words.value.day;
  const say = shapes.value;
  const [asked, setAsked] = useState<"away" | "comes" | null>(null);
  const one = board.value?.technicians.find((some) => some.technicianId === technicianId);
  if (one === undefined) return null;
  return (
    <>
      <header class="what-head">
        <h2>{one.displayName}</h2>
        <p class="aside">{one.skills.map(coded).join(", ")}</p>
        <dl class="facts">
          <dt>{isWaiting(one) ? w.onCall : w.tech.shift}</dt>
          <dd>
            {say.span(one.shiftStartAt, one.shiftEndAt)}
            {one.shiftDueAt !== null && !one.absent && <span class="warn"> · {w.absence.later(say.time(one.shiftDueAt))}</span>}
            {one.absent && <span class="warn"> · {w.absent}</span>}
          </dd>
          {one.leaveAt != null && one.backAt != null && (
            <>
              <dt>{w.tech.out}</dt>
              <dd>{say.span(one.leaveAt, one.backAt)}</dd>
            </>
          )}
          {one.travelSeconds > 0 && (
            <>
              <dt>{w.tech.way}</dt>
              <dd>
                {say.duration(one.travelSeconds)}, {say.distance(one.distanceM)}
              </dd>
            </>
          )}
          {one.onCallStartAt !== null && one.onCallEndAt !== null && !isWaiting(one) && (
            <>
              <dt>{w.onCall}</dt>
              <dd>{say.span(one.onCallStartAt, one.onCallEndAt)}</dd>
            </>
          )}
          <dt>{w.tech.seen}</dt>
          <dd>{one.lastSeenAt == null ? w.tech.never : say.moment(one.lastSeenAt)}</dd>
        </dl>
        <div class="line-form">
          {mayChange() && !one.absent && !isWaiting(one) && (
            <button type="button" class="button small" onClick={() => setAsked("away")}>
              <UserX size={16} aria-hidden="true" />
              {w.tech.away}
            </button>
          )}
          {mayChange() && one.absenceId === null && (one.absent || one.shiftDueAt !== null) && (
            <button type="button" class="button small" onClick={() => setAsked("comes")}>
              <UserCheck size={16} aria-hidden="true" />
              {w.absence.comes}
            </button>
          )}
          {one.absenceId !== null && (
            <a class="button small" href={`#/setup/technicians/${technicianId}`}>
              <CalendarOff size={16} aria-hidden="true" />
              {w.absence.planned}
            </a>
          )}
          {mayChange() && (
            <select aria-label={w.tech.onCall} value="" onChange={(event) => void callable(one, Number(event.currentTarget.value))}>
              <option value="">{w.tech.onCall}</option>
              <option value="0">{w.tech.notOnCall}</option>
              {ON_CALL_HOURS.map((hours) => (
                <option key={hours} value={hours}>
                  {w.tech.onCallFor(say.duration(hours * 3600))}
                </option>
              ))}
            </select>
          )}
          <a class="button small" href={`#/print/${on.value}/${technicianId}`}>
            <Printer size={16} aria-hidden="true" />
            {w.tech.print}
          </a>
        </div>
      </header>
      <ol class="round">
        {one.stops.map((stop) => (
          <li key={`${stop.visitId}${stop.joined}`}>
            <button type="button" onClick={() => select(stop.jobId, technicianId)}>
              <span>{say.span(stop.plannedStartAt, stop.plannedEndAt)}</span>
              <span>
                <b>{stop.title}</b>
                <br />
                {stop.address}
              </span>
              <span class={`state ${stop.state}`}>{w.state[stop.state]}</span>
            </button>
          </li>
        ))}
      </ol>
      {asked === "away" && <Away technician={one} close={() => setAsked(null)} comes={() => setAsked("comes")} />}
      {asked === "comes" && <Comes technician={one} close={() => setAsked(null)} />}
    </>
  );
}

const ON_CALL_HOURS = [2, 4, 8, 12];

/** For so many hours after the shift; none: not at all. */
function callable(one: BoardTechnician, hours: number): Promise<unknown> {
  const endAt = new Date(Date.parse(one.shiftEndAt) + hours * 3_600_000).toISOString();
  const window = hours === 0 ? null : { startAt: one.shiftEndAt, endAt };
  return attempt(() => put(inArea(`/v1/technicians/${one.technicianId}/days/${on.value}/on-call`), window), words.value.day.tech.saved).then(() => load());
}
