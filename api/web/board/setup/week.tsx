// The grid of a week pattern: each weekday of each of its weeks works from then to then, with a break, or is off.
import { Copy } from "lucide-preact";
import { Checked } from "./checked.tsx";
import type { Hours, PatternShift } from "./model.ts";
import { w } from "./words.ts";

export const USUAL: Hours = { start: "08:00", end: "17:00", breakEarliest: "11:30", breakLatest: "13:30", breakMinutes: 45, onCall: false };

/** `8`, `8:5` and `0830` are meant as times, too. Browsers' own fields speak of AM and PM where the system does. */
function clockTime(said: string): string | null {
  const [, hour, minute = ""] = /^([01]?[0-9]|2[0-3])[:.]?([0-5]?[0-9])?$/.exec(said.trim()) ?? [];
  if (hour === undefined) return said.trim() === "" ? null : said;
  return `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
}

const CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]";
export const isClock = (said: string): boolean => new RegExp(`^${CLOCK}$`).test(said);

interface ClockProps {
  label: string;
  /** Said before the label to those who do not see what it stands in. */
  of: string;
  required: boolean;
  value: string | null | undefined;
  change: (value: string | null) => void;
}

export function Clock({ label, of, required, value, change }: ClockProps) {
  return (
    <label class="clock">
      <span>{label}</span>
      <Checked
        inputMode="numeric"
        pattern={CLOCK}
        placeholder="08:00"
        maxLength={5}
        aria-label={`${of}: ${label}`}
        required={required}
        value={value ?? ""}
        onInput={(event) => change(event.currentTarget.value === "" ? null : event.currentTarget.value)}
        onBlur={(event) => change(clockTime(event.currentTarget.value))}
      />
    </label>
  );
}

interface HoursInputsProps {
  hours: Hours;
  change: (hours: Hours) => void;
  /** Said before each label to those who do not see the grid. */
  of: string;
}

export function HoursInputs({ hours, change, of }: HoursInputsProps) {
  const t = w().patterns;
  const clock = (name: "start" | "end" | "breakEarliest" | "breakLatest") => (
    <Clock key={name} label={t[name]} of={of} required={name === "start" || name === "end" || hours.breakMinutes > 0} value={hours[name]} change={(value) => change({ ...hours, [name]: value })} />
  );
  return (
    <div class="hours">
      {(["start", "end"] as const).map(clock)}
      <label class="clock">
        <span>{t.breakMinutes}</span>
        <Checked
          type="number"
          min={0}
          max={240}
          aria-label={`${of}: ${t.breakMinutes}`}
          value={hours.breakMinutes}
          onInput={(event) => {
            const minutes = event.currentTarget.valueAsNumber || 0;
            const bounds = minutes === 0 ? { breakEarliest: null, breakLatest: null } : {};
            change({ ...hours, breakMinutes: minutes, ...bounds });
          }}
        />
      </label>
      {hours.breakMinutes > 0 && (["breakEarliest", "breakLatest"] as const).map(clock)}
      <label class="on-call">
        <input type="checkbox" aria-label={`${of}: ${t.onCall}`} checked={hours.onCall} onChange={(event) => change({ ...hours, onCall: event.currentTarget.checked })} />
        <span>{t.onCall}</span>
      </label>
    </div>
  );
}

interface WeekGridProps {
  weeks: number;
  shifts: PatternShift[];
  change: (shifts: PatternShift[]) => void;
}

export function WeekGrid({ weeks, shifts, change }: WeekGridProps) {
  const t = w().patterns;
  const at = (week: number, weekday: number) => shifts.find((one) => one.week === week && one.weekday === weekday);
  const others = (week: number, weekday: number) => shifts.filter((one) => one.week !== week || one.weekday !== weekday);
  const set = (week: number, weekday: number, hours: Hours | null) => {
    const rest = others(week, weekday);
    const next = hours === null ? rest : [...rest, { week, weekday, hours }];
    change(next.sort((one, other) => one.week - other.week || one.weekday - other.weekday));
  };
  const likeMonday = (week: number) => {
    const monday = at(week, 1);
    const rest = shifts.filter((one) => one.week !== week || one.weekday > 5);
    const copies = monday === undefined ? [] : [1, 2, 3, 4, 5].map((weekday) => ({ week, weekday, hours: monday.hours }));
    change([...rest, ...copies].sort((one, other) => one.week - other.week || one.weekday - other.weekday));
  };
  return (
    <div class="week-grid">
      {Array.from({ length: weeks }, (_, index) => index + 1).map((week) => (
        <fieldset key={week} class="week">
          <legend>{weeks === 1 ? t.grid : `${t.week} ${week}`}</legend>
          <button type="button" class="button small" onClick={() => likeMonday(week)}>
            <Copy size={16} aria-hidden="true" />
            {t.copy}
          </button>
          {t.weekdays.map((name, index) => {
            const weekday = index + 1;
            const shift = at(week, weekday);
            return (
              <div class="weekday" key={name}>
                <label class="works">
                  <input type="checkbox" checked={shift !== undefined} onChange={(event) => set(week, weekday, event.currentTarget.checked ? (at(week, weekday - 1)?.hours ?? USUAL) : null)} />
                  <span>{name}</span>
                </label>
                {shift === undefined ? <span class="aside">{t.off}</span> : <HoursInputs of={name} hours={shift.hours} change={(hours) => set(week, weekday, hours)} />}
              </div>
            );
          })}
        </fieldset>
      ))}
    </div>
  );
}
