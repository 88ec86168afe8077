// A technician's day, and what one does when it goes otherwise: ill, late, silent.
import { Printer, UserX } from "lucide-preact";
import { useState } from "preact/hooks";
import { post, put, read } from "../../shared/server.ts";
import { attempt, inArea, shapes, words } from "../app.ts";
import type { Schemas } from "../model.ts";
import { Asked, Dialog } from "../parts.tsx";
import { Consequences } from "./consequences.tsx";
import type { BoardTechnician } from "./model.ts";
import { board, load, on, select } from "./state.ts";

export function Technician({ technicianId }: { technicianId: string }) {
  const w = words.value.day;
  const say = shapes.value;
  const [away, setAway] = useState(false);
  const one = board.value?.technicians.find((some) => some.technicianId === technicianId);
  if (one === undefined) return null;
  return (
    <>
      <header class="what-head">
        <h2>{one.displayName}</h2>
        <p class="aside">{one.skills.join(", ")}</p>
        <dl class="facts">
          <dt>{w.tech.shift}</dt>
          <dd>{say.span(one.shiftStartAt, one.shiftEndAt)}</dd>
          {one.leaveAt != null && one.backAt != null && (
            <>
              <dt>{w.tech.out}</dt>
              <dd>{say.span(one.leaveAt, one.backAt)}</dd>
            </>
          )}
          <dt>{w.tech.way}</dt>
          <dd>
            {say.duration(one.travelSeconds)}, {say.distance(one.distanceM)}
          </dd>
          {one.onCallStartAt !== null && one.onCallEndAt !== null && (
            <>
              <dt>{w.onCall}</dt>
              <dd>{say.span(one.onCallStartAt, one.onCallEndAt)}</dd>
            </>
          )}
          <dt>{w.tech.seen}</dt>
          <dd>{one.lastSeenAt == null ? w.tech.never : say.moment(one.lastSeenAt)}</dd>
        </dl>
        <div class="line-form">
          {!one.absent && (
            <button type="button" class="button small" onClick={() => setAway(true)}>
              <UserX size={16} aria-hidden="true" />
              {w.tech.away}
            </button>
          )}
          <select aria-label={w.tech.onCall} value="" onChange={(event) => void callable(one, Number(event.currentTarget.value))}>
            <option value="">{w.tech.onCall}</option>
            <option value="0">{w.tech.notOnCall}</option>
            {ON_CALL_HOURS.map((hours) => (
              <option key={hours} value={hours}>
                {w.tech.onCallFor(say.duration(hours * 3600))}
              </option>
            ))}
          </select>
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
      {away && <Away technicianId={technicianId} name={one.displayName} close={() => setAway(false)} />}
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

/** Not undone by a click, so asked: what had not begun goes to others at once. */
function Away({ technicianId, name, close }: { technicianId: string; name: string; close: () => void }) {
  const w = words.value.day.tech;
  const [became, setBecame] = useState<Schemas["AbsenceOut"] | null>(null);
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState<Schemas["AbsenceReason"]>("illness");
  const record = async () => {
    setBusy(true);
    await attempt(async () => setBecame(await post<Schemas["AbsenceOut"]>(inArea(`/v1/technicians/${technicianId}/absences`), { onDay: on.value, reason })));
    setBusy(false);
    await load();
  };
  return (
    <Dialog title={w.awayTitle(name)} close={close}>
      {became === null ? (
        <>
          <p>{w.awayText}</p>
          <label class="field">
            <span>{w.awayWhy}</span>
            <select value={reason} onChange={(event) => setReason(event.currentTarget.value as typeof reason)}>
              {Object.entries(words.value.absenceReasons).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <Asked of={technicianId} ask={() => read<Schemas["AbsenceForeseen"]>(inArea(`/v1/technicians/${technicianId}/absences/${on.value}`))}>
            {(found) => (
              <>
                <Became taken={found.taken} unplaced={found.unplaced} />
                <Consequences of={found.consequences} />
              </>
            )}
          </Asked>
          <div class="dialog-foot">
            <button type="button" class="button" onClick={close}>
              {words.value.cancel}
            </button>
            <button type="button" class="button primary" disabled={busy} onClick={() => void record()}>
              {w.away}
            </button>
          </div>
        </>
      ) : (
        <div role="status">
          <Became taken={became.taken} unplaced={became.unplaced} />
        </div>
      )}
    </Dialog>
  );
}

export function Became({ taken, unplaced }: Pick<Schemas["AbsenceOut"], "taken" | "unplaced">) {
  const w = words.value.day.tech;
  if (taken.length === 0 && unplaced.length === 0) return <p>{w.nothingOut}</p>;
  return (
    <ul class="lines became">
      {taken.map((one) => (
        <li key={one.jobId}>{w.taken(one.jobNumber, one.displayName)}</li>
      ))}
      {unplaced.map((one) => (
        <li key={one.jobId} class="warn">
          {w.unplaced(one.jobNumber)}
        </li>
      ))}
    </ul>
  );
}
