// A technician's working times: by which pattern from when, exceptions, and the coming days that came of it.
import { Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import { read, remove } from "../../shared/server.ts";
import { area, attempt, inArea, shapes, words } from "../app.ts";
import { absencesChanged } from "./absences.tsx";
import { useDraft } from "../../office/unsaved.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import { ifMatch, keep, type Hours, type WaitingOut, type WorkingTimes } from "./model.ts";
import type { Patterns } from "./sections.tsx";
import { WaitingVisits } from "./waiting.tsx";
import { HoursInputs, USUAL } from "./week.tsx";
import { w } from "./words.ts";

interface Both {
  times: WorkingTimes;
  patterns: Patterns;
}

export function Times({ technicianId, name }: { technicianId: string; name: string }) {
  const [waiting, setWaiting] = useState<WaitingOut[]>([]);
  const path = `technicians/${technicianId}`;
  const found = useLoaded<Both>(
    async () => ({
      times: await read<WorkingTimes>(inArea(`/v1/setup/${path}/working-times`)),
      patterns: await read<Patterns>(inArea("/v1/setup/shift-patterns")),
    }),
    `${technicianId} ${absencesChanged.value}`,
  );
  const said = async (act: () => Promise<WaitingOut[]>) => {
    const isDone = await attempt(async () => setWaiting(await act()), w().saved);
    found.again();
    return isDone;
  };
  const kept = (what: string, body: unknown, version: number) => said(async () => (await keep<{ waiting: WaitingOut[] }>(`${path}/${what}`, body, version)).waiting);
  return (
    <section class="times" aria-label={`${w().technicians.times}: ${name}`}>
      <h3>{w().technicians.times}</h3>
      <WaitingVisits visits={waiting} />
      <Loaded of={found}>
        {({ times, patterns }) => (
          <>
            <Chosen times={times} patterns={patterns} choose={(on, id, version) => kept(`patterns/${on}`, { shiftPatternId: id }, version)} />
            <Exceptions
              times={times}
              except={(on, hours, version) => kept(`exceptions/${on}`, { hours }, version)}
              drop={(on, version) => said(async () => (await remove<{ items: WaitingOut[] }>(inArea(`/v1/setup/${path}/exceptions/${on}`), ifMatch(version))).items)}
            />
            <Coming times={times} />
          </>
        )}
      </Loaded>
    </section>
  );
}

interface ChosenProps extends Both {
  choose: (on: string, patternId: string | null, version: number) => Promise<boolean>;
}

function Chosen({ times, patterns, choose }: ChosenProps) {
  const t = w().times;
  const [on, setOn] = useState(times.today);
  const [pattern, setPattern] = useState("");
  const picked = { on, pattern };
  const stands = useDraft(picked, picked);
  const nameOf = (id: string | null) => patterns.items.find((one) => one.shiftPatternId === id)?.name ?? t.noPattern;
  const present = times.chosen.find(({ fromOn }) => fromOn === on)?.version ?? 0;
  return (
    <div class="fields">
      {times.chosen.length > 0 && (
        <ul class="plain">
          {times.chosen.map((one) => (
            <li key={one.fromOn}>
              {nameOf(one.shiftPatternId)} <span class="aside">{`${t.from} ${shapes.value.day(one.fromOn)}`}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="abreast">
        <label class="field">
          <span>{t.pattern}</span>
          <select value={pattern} onChange={(event) => setPattern(event.currentTarget.value)}>
            <option value="">{t.noPattern}</option>
            {patterns.items.map((one) => (
              <option key={one.shiftPatternId} value={one.shiftPatternId}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t.from}</span>
          <input type="date" value={on} onInput={(event) => setOn(event.currentTarget.value)} />
        </label>
        <button type="button" class="button" disabled={on === ""} onClick={() => void choose(on, pattern || null, present).then((isDone) => isDone && stands(picked))}>
          {t.choose}
        </button>
      </div>
    </div>
  );
}

interface ExceptionsProps {
  times: WorkingTimes;
  except: (on: string, hours: Hours | null, version: number) => Promise<boolean>;
  drop: (on: string, version: number) => Promise<boolean>;
}

function Exceptions({ times, except, drop }: ExceptionsProps) {
  const t = w().times;
  const [on, setOn] = useState(times.today);
  const [hours, setHours] = useState<Hours | null>(null);
  const picked = { on, hours };
  const stands = useDraft(picked, picked);
  const present = times.exceptions.find(({ onDay }) => onDay === on)?.version ?? 0;
  return (
    <fieldset class="fields">
      <legend>{t.exceptions}</legend>
      {times.exceptions.length > 0 && (
        <ul class="plain">
          {times.exceptions.map((one) => (
            <li key={one.onDay} class="abreast">
              <span>
                {shapes.value.day(one.onDay)}: {one.hours === null ? t.dayOff : `${one.hours.start}–${one.hours.end}`}
              </span>
              <button type="button" class="icon-button" aria-label={`${t.drop}: ${shapes.value.day(one.onDay)}`} onClick={() => void drop(one.onDay, one.version)}>
                <Trash2 size={16} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="abreast">
        <label class="field">
          <span>{t.day}</span>
          <input type="date" min={times.today} value={on} onInput={(event) => setOn(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t.what}</span>
          <select value={hours === null ? "off" : "other"} onChange={(event) => setHours(event.currentTarget.value === "off" ? null : USUAL)}>
            <option value="off">{t.dayOff}</option>
            <option value="other">{t.otherHours}</option>
          </select>
        </label>
      </div>
      {hours !== null && <HoursInputs of={t.otherHours} hours={hours} change={setHours} />}
      <button type="button" class="button" disabled={on === ""} onClick={() => void except(on, hours, present).then((isDone) => isDone && stands(picked))}>
        {t.except}
      </button>
    </fieldset>
  );
}

function Coming({ times }: { times: WorkingTimes }) {
  const t = w().times;
  const s = shapes.value;
  if (times.days.length === 0) return <p class="aside">{t.none}</p>;
  const isLent = (worked: string) => worked !== area.value?.areaId;
  return (
    <details>
      <summary>{t.coming}</summary>
      <ul class="plain coming">
        {times.days.map((day) => (
          <li key={day.onDay}>
            <span>{s.day(day.onDay)}</span>
            <span>{s.span(day.shiftStartAt, day.shiftEndAt)}</span>
            <span class="aside">{[day.absent && (day.absenceReason === null ? t.absent : words.value.absenceReasons[day.absenceReason]), isLent(day.areaIdWorked) && t.lent, day.onCall && t.onCall].filter(Boolean).join(", ")}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
