// Somebody does not come: until when, what becomes of each visit before it is said, and coming after all.
import { Route, TriangleAlert, Undo2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { post, read, remove } from "../../shared/server.ts";
import { attempt, inArea, shapes, today, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import { open as openPlan } from "../plan/plan.tsx";
import { Consequences } from "./consequences.tsx";
import { dayAfter } from "./head.tsx";
import type { BoardTechnician } from "./model.ts";
import { board, load, on } from "./state.ts";

type Given = Schemas["TakenOut"] | Schemas["UnplacedOut"];
const KINDS = ["day", "time", "date"] as const;
/** As far as anybody's working days stand. */
const MOST_DAYS = 20;

/** What had not begun goes to others at once, so it is read before. */
export function Away({ technician, close, comes }: { technician: BoardTechnician; close: () => void; comes: () => void }) {
  const w = words.value.day;
  const say = shapes.value;
  const [kind, setKind] = useState<(typeof KINDS)[number]>("day");
  const hours = timesBetween(technician.shiftStartAt, technician.shiftEndAt);
  const [backAt, setBackAt] = useState(hours[Math.floor(hours.length / 2)] ?? "");
  const [lastOn, setLastOn] = useState(dayAfter(on.value, 1));
  const [became, setBecame] = useState<Schemas["AbsenceOut"] | null>(null);
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState<Schemas["AbsenceReason"]>("illness");
  const until = { lastOn: kind === "date" ? lastOn : null, backAt: kind === "time" ? backAt : null };
  const record = async () => {
    setBusy(true);
    await attempt(async () => setBecame(await post<Schemas["AbsenceOut"]>(inArea(`/v1/technicians/${technician.technicianId}/absences`), { onDay: on.value, reason, ...until })));
    setBusy(false);
    await load();
  };
  if (became !== null) {
    return (
      <Dialog title={w.tech.awayTitle(technician.displayName)} close={close} wide>
        <div role="status">
          <Became taken={became.taken} unplaced={became.unplaced} done />
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={comes}>
            <Undo2 size={16} aria-hidden="true" />
            {w.absence.comes}
          </button>
          <button type="button" class="button primary" onClick={close}>
            {w.absence.good}
          </button>
        </div>
      </Dialog>
    );
  }
  const asked = { ...(until.lastOn === null ? {} : { lastOn: until.lastOn }), ...(until.backAt === null ? {} : { backAt: until.backAt }) };
  return (
    <Dialog title={w.tech.awayTitle(technician.displayName)} close={close} wide>
      <div class="stack">
        <fieldset class="until">
          <legend>{w.absence.until}</legend>
          {KINDS.filter((one) => one !== "time" || hours.length > 0).map((one) => (
            <span key={one}>
              <label>
                <input type="radio" name="until" checked={kind === one} onChange={() => setKind(one)} /> {w.absence.kinds[one]}
              </label>
              {one === "time" && kind === "time" && (
                <select aria-label={w.absence.kinds.time} value={backAt} onChange={(event) => setBackAt(event.currentTarget.value)}>
                  {hours.map((at) => (
                    <option key={at} value={at}>
                      {say.time(at)}
                    </option>
                  ))}
                </select>
              )}
              {one === "date" && kind === "date" && <input type="date" aria-label={w.absence.kinds.date} value={lastOn} min={on.value} max={dayAfter(today.value, MOST_DAYS)} onInput={(event) => event.currentTarget.value !== "" && setLastOn(event.currentTarget.value)} />}
            </span>
          ))}
        </fieldset>
        <label class="field">
          <span>{w.tech.awayWhy}</span>
          <select value={reason} onChange={(event) => setReason(event.currentTarget.value as typeof reason)}>
            {Object.entries(words.value.absenceReasons).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <p>{w.tech.awayText}</p>
      </div>
      <Asked of={JSON.stringify([technician.version, asked])} ask={() => read<Schemas["AbsenceForeseen"]>(inArea(`/v1/technicians/${technician.technicianId}/absences/${on.value}`, asked))}>
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
          {kind === "time" ? w.absence.laterAct(say.time(backAt)) : w.tech.away}
        </button>
      </div>
    </Dialog>
  );
}

/** Full half hours after now within a shift. */
function timesBetween(startAt: string, endAt: string): string[] {
  const half = 30 * 60_000;
  const found: string[] = [];
  const from = Math.max(Date.parse(startAt), Date.parse(board.value?.now ?? startAt));
  for (let at = Math.floor(from / half + 1) * half; at < Date.parse(endAt); at += half) found.push(new Date(at).toISOString().replace(".000Z", "Z"));
  return found;
}

/** Visits are not given back by that: taking the versions back does, or a plan. */
export function Comes({ technician, close }: { technician: BoardTechnician; close: () => void }) {
  const w = words.value.day.absence;
  const [found, setFound] = useState<Schemas["ReturnOut"] | null>(null);
  const [busy, setBusy] = useState(true);
  useEffect(() => {
    void attempt(async () => setFound(await remove<Schemas["ReturnOut"]>(inArea(`/v1/technicians/${technician.technicianId}/absences/${on.value}`)))).then(async (done) => {
      if (!done) close();
      setBusy(false);
      await load();
    });
  }, []);
  const giveBack = async (planIds: readonly string[]) => {
    setBusy(true);
    await attempt(async () => {
      for (const planId of planIds) await post(inArea(`/v1/plans/${planId}/undo`));
    }, words.value.day.hand.undone(technician.displayName));
    await load();
    close();
  };
  if (found === null) return null;
  const gone = found.taken.length + found.unplaced.length;
  return (
    <Dialog title={w.comesTitle(technician.displayName)} close={close} wide>
      <div role="status">
        <p>{found.days.length > 1 ? w.comesDays(shapes.value.date(found.days[0] ?? ""), shapes.value.date(found.days.at(-1) ?? "")) : ""} {gone === 0 ? w.nothingGone : w.goneText}</p>
        {gone > 0 && <Became taken={found.taken} unplaced={found.unplaced} done />}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={close}>
          {gone === 0 ? words.value.close : w.leave}
        </button>
        {gone > 0 && (
          <button
            type="button"
            class="button"
            onClick={() => {
              close();
              openPlan();
            }}
          >
            <Route size={16} aria-hidden="true" />
            {w.replan}
          </button>
        )}
        {gone > 0 && found.planIds.length > 0 && (
          <button type="button" class="button primary" disabled={busy} onClick={() => void giveBack(found.planIds)}>
            <Undo2 size={16} aria-hidden="true" />
            {w.giveBack}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** Each visit that somebody cannot keep: where it is, what is promised, from when and whom to when and whom. */
export function Became({ taken, unplaced, done = false }: { taken: readonly Schemas["TakenOut"][]; unplaced: readonly Schemas["UnplacedOut"][]; done?: boolean }) {
  const w = words.value.day;
  const say = shapes.value;
  const noPlace = unplaced.filter((one) => one.latest !== null).length;
  if (taken.length === 0 && unplaced.length === 0) return <p>{w.tech.nothingOut}</p>;
  return (
    <>
      {noPlace > 0 && (
        <p class="warn">
          <TriangleAlert size={16} aria-hidden="true" /> {w.absence.noPlace(noPlace)}
        </p>
      )}
      <table class="became">
        <thead>
          <tr>
            <th scope="col">{w.absence.where}</th>
            <th scope="col">{w.absence.before}</th>
            <th scope="col">{done ? w.absence.now : w.absence.after}</th>
          </tr>
        </thead>
        <tbody>
          {unplaced.map((one) => (
            <tr key={one.jobId} class={one.latest === null ? "" : "broken"}>
              <Place of={one} />
              <td class="warn">
                {one.latest === null ? w.absence.nobody : w.absence.nobodyPromised}
              </td>
            </tr>
          ))}
          {taken.map((one) => (
            <tr key={one.jobId}>
              <Place of={one} />
              <td>
                <b>{one.onDay === on.value ? say.time(one.startAt) : say.moment(one.startAt)}</b>
                <br />
                {one.displayName}
                {one.latest !== null && one.startAt > one.latest && <span class="warn"> {w.absence.broken}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Place({ of }: { of: Given }) {
  const say = shapes.value;
  const day = say.dayOf(new Date(of.wasAt)) === on.value;
  return (
    <>
      <th scope="row">
        {of.address}
        <br />
        <span class="aside">
          {of.jobNumber}
          {of.earliest !== null && of.latest !== null && ` · ${words.value.day.promised(say.span(of.earliest, of.latest))}`}
        </span>
      </th>
      <td>
        {day ? say.time(of.wasAt) : say.moment(of.wasAt)}
        <br />
        {of.fromDisplayName}
      </td>
    </>
  );
}
