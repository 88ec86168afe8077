// From when to when a technician is not there: what is planned in it is said before it is saved.
import { signal } from "@preact/signals";
import { CalendarOff, Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { post, read, remove } from "../../shared/server.ts";
import { attempt, inArea, shapes, today, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { leaving, useDraft } from "../../office/unsaved.tsx";
import { Checked } from "./checked.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import { ifMatch, keep, type WaitingOut, type WorkingTimes } from "./model.ts";
import { PlannedVisits, WaitingVisits } from "./waiting.tsx";
import { Clock, isClock } from "./week.tsx";
import { w } from "./words.ts";

type Absence = Schemas["PlannedAbsenceOut"];
type Planned = Schemas["PlannedAbsenceIn"];
type Reason = Absence["reason"];
const REASONS: readonly Reason[] = ["illness", "holiday", "training", "other"];

/** Counts the absences that were saved or dropped here: the coming days are others then. */
export const absencesChanged = signal(0);

export function Absences({ technicianId, name }: { technicianId: string; name: string }) {
  const t = w().absences;
  const [waiting, setWaiting] = useState<WaitingOut[]>([]);
  const [adding, setAdding] = useState<string | null>(null);
  const path = `technicians/${technicianId}/absences`;
  const found = useLoaded(async () => (await read<WorkingTimes>(inArea(`/v1/setup/technicians/${technicianId}/working-times`))).absences, technicianId);
  const said = async (act: () => Promise<WaitingOut[]>) => {
    const isDone = await attempt(async () => setWaiting(await act()), w().saved);
    if (isDone) {
      setAdding(null);
      absencesChanged.value += 1;
    }
    found.again();
  };
  const drop = (one: Absence) => said(async () => (await remove<{ items: WaitingOut[] }>(inArea(`/v1/setup/${path}/${one.absenceId}`), ifMatch(one.version))).items);
  return (
    <section class="times absences" aria-label={`${t.title}: ${name}`}>
      <div class="thing-head">
        <h3>{t.title}</h3>
        {adding === null && (
          <button type="button" class="button small" onClick={() => setAdding(uuidv7())}>
            <CalendarOff size={16} aria-hidden="true" />
            {t.plan}
          </button>
        )}
      </div>
      <WaitingVisits visits={waiting} />
      <Loaded of={found}>{(absences) => <Listed absences={absences} drop={(one) => void drop(one)} />}</Loaded>
      {adding !== null && (
        <New
          key={adding}
          path={`${path}/${adding}`}
          save={(asked) => said(async () => (await keep<{ waiting: WaitingOut[] }>(`${path}/${adding}`, asked, 0)).waiting)}
          close={() => setAdding(null)}
        />
      )}
    </section>
  );
}

function Listed({ absences, drop }: { absences: readonly Absence[]; drop: (one: Absence) => void }) {
  const t = w().absences;
  if (absences.length === 0) return <p class="aside">{t.none}</p>;
  return (
    <ul class="plain">
      {absences.map((one) => {
        const days = shapes.value.days(one.firstOn, one.lastOn);
        return (
          <li key={one.absenceId} class="absence">
            <span>
              <b>{days}</b>
              {one.fromClock !== null && `, ${one.fromClock}–${one.untilClock}`}
            </span>
            <span class="aside">{words.value.absenceReasons[one.reason]}</span>
            <button type="button" class="icon-button" aria-label={`${t.drop}: ${days}`} title={t.drop} onClick={() => drop(one)}>
              <Trash2 size={16} aria-hidden="true" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function New({ path, save, close }: { path: string; save: (asked: Planned) => Promise<void>; close: () => void }) {
  const t = w().absences;
  const begun: Planned = { firstOn: today.value, lastOn: today.value, reason: "holiday", hours: null };
  const [asked, setAsked] = useState(begun);
  const [isBusy, setBusy] = useState(false);
  useDraft(asked, begun);
  const change = (some: Partial<Planned>) => setAsked((before) => ({ ...before, ...some }));
  const { hours } = asked;
  const isWhole = asked.firstOn !== "" && asked.firstOn <= asked.lastOn && (hours == null || (isClock(hours.start) && isClock(hours.end) && hours.start < hours.end));
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await save(asked);
    setBusy(false);
  };
  const day = (name: "firstOn" | "lastOn", least: string) => (
    <label class="field">
      <span>{t[name]}</span>
      <Checked
        type="date"
        required
        min={least}
        value={asked[name]}
        onInput={({ currentTarget: { value } }) => change(name === "firstOn" && value > asked.lastOn ? { firstOn: value, lastOn: value } : { [name]: value })}
      />
    </label>
  );
  return (
    <form class="fields item" onSubmit={(event) => void submit(event)}>
      <div class="abreast">
        {day("firstOn", today.value)}
        {day("lastOn", asked.firstOn)}
        <label class="field">
          <span>{t.reason}</span>
          <select value={asked.reason} onChange={(event) => change({ reason: event.currentTarget.value as Reason })}>
            {REASONS.map((one) => (
              <option key={one} value={one}>
                {words.value.absenceReasons[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="tick">
        <input type="checkbox" checked={hours != null} onChange={(event) => change({ hours: event.currentTarget.checked ? { start: "08:00", end: "12:00" } : null })} />
        <span>{t.someHours}</span>
      </label>
      {hours != null && (
        <div class="hours">
          <Clock label={w().patterns.start} of={t.title} required value={hours.start} change={(start) => change({ hours: { ...hours, start: start ?? "" } })} />
          <Clock label={w().patterns.end} of={t.title} required value={hours.end} change={(end) => change({ hours: { ...hours, end: end ?? "" } })} />
        </div>
      )}
      {isWhole ? (
        <Asked of={JSON.stringify(asked)} ask={() => post<{ items: WaitingOut[] }>(inArea(`/v1/setup/${path}/foreseen`), asked)}>
          {({ items }) => <Foreseen visits={items} />}
        </Asked>
      ) : (
        <p class="aside">{t.impossible}</p>
      )}
      <div class="form-end">
        <button type="submit" class="button primary" disabled={isBusy || !isWhole}>
          {t.save}
        </button>
        <button type="button" class="button" onClick={() => leaving(close)}>
          {w().cancel}
        </button>
      </div>
    </form>
  );
}

function Foreseen({ visits }: { visits: readonly WaitingOut[] }) {
  const t = w().absences;
  return (
    <div class={`notice ${visits.length === 0 ? "" : "warn"}`} role="status">
      {visits.length === 0 ? <p>{t.free}</p> : <PlannedVisits title={t.inTheWay} explain={t.explain} visits={visits} />}
    </div>
  );
}
