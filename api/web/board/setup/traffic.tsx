// How long a drive takes: the speed, and how it changes by the hour, as bars that one can read and numbers that one can type.
import { Undo2 } from "lucide-preact";
import { Checked } from "./checked.tsx";
import { own } from "./inputs.tsx";
import { SettingsPage } from "./settings.tsx";
import { w } from "./words.ts";

const HOURS = 24;
/** As an ordinary hour. */
const USUAL = 1;
/** What the server takes. */
const [LEAST, MOST] = [0.1, 10];

type Pace = number | "";

interface TrafficForm {
  speedKmh: number;
  detour: number;
  paceByHour: Pace[];
}

const alike = (): Pace[] => Array.from({ length: HOURS }, () => USUAL);

export function Traffic() {
  const t = w().traffic;
  return (
    <SettingsPage<TrafficForm>
      title={w().sections.traffic}
      hint={t.hint}
      first={({ here: { settings } }) => ({
        speedKmh: settings.speedKmh ?? 24,
        detour: settings.detour ?? 1.3,
        paceByHour: alike().map((usual, hour) => settings.paceByHour?.[hour] ?? usual),
      })}
      fields={() => [
        { name: "speedKmh", label: t.speedKmh, kind: "number", min: 1, max: 130, step: 0.1, required: true },
        { name: "detour", label: t.detour, kind: "number", min: 1, max: 5, step: 0.01, required: true },
        { name: "hours", label: t.hours, kind: "heading", hint: t.hoursHint },
        own("paceByHour", t.hours, (value, change) => <Hours paces={value} change={change} />),
      ]}
      // an area whose hours are all alike says nothing of them
      said={({ speedKmh, detour, paceByHour }) => ({ settings: { speedKmh, detour, paceByHour: paceByHour.every((pace) => pace === USUAL) ? [] : paceByHour.map(Number) } })}
    />
  );
}

function Hours({ paces, change }: { paces: Pace[]; change: (paces: Pace[]) => void }) {
  const t = w().traffic;
  const longest = Math.min(MOST, Math.max(2, ...paces.map(Number)));
  const isUsual = paces.every((pace) => pace === USUAL);
  const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
  return (
    <fieldset class="paces">
      <legend class="visually-hidden">{t.hours}</legend>
      <ol>
        {paces.map((pace, hour) => (
          <li key={hour}>
            <span class="pace-hour">{clock(hour)}</span>
            <svg class="pace-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect class={Number(pace) > USUAL ? "slow" : ""} width={(100 * Math.min(longest, Number(pace))) / longest} height="10" />
              <line x1={(100 * USUAL) / longest} x2={(100 * USUAL) / longest} y1="0" y2="10" />
            </svg>
            <Checked
              type="number"
              required
              min={LEAST}
              max={MOST}
              step="any"
              aria-label={`${clock(hour)}–${clock((hour + 1) % HOURS)}`}
              value={pace}
              onInput={({ currentTarget }) => change(paces.map((one, at) => (at === hour ? (currentTarget.value === "" ? "" : currentTarget.valueAsNumber) : one)))}
            />
          </li>
        ))}
      </ol>
      {!isUsual && (
        <button type="button" class="button small" onClick={() => change(alike())}>
          <Undo2 size={14} aria-hidden="true" />
          {t.usual}
        </button>
      )}
    </fieldset>
  );
}
