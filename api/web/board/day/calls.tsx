// Whom to call, because no messenger reaches them: it stands there until somebody has ticked it off, on this machine.
import { effect, signal } from "@preact/signals";
import { Phone } from "lucide-preact";
import { area, clock, shapes, words } from "../app.ts";
import { select } from "./state.ts";

interface Call {
  areaId: string;
  jobId: string;
  whom: string;
  at: string;
}

const KEY = "line3-calls";
/** Nobody calls about the day before yesterday. */
const KEPT_MS = 24 * 3_600_000;

function kept(): Call[] {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]") as unknown;
    return Array.isArray(found) ? (found as Call[]) : [];
  } catch {
    return [];
  }
}

const calls = signal(kept());
effect(() => localStorage.setItem(KEY, JSON.stringify(calls.value)));

export function remember(jobId: string, whom: readonly string[]): void {
  const at = clock.value.toISOString();
  calls.value = [...calls.value.filter((one) => clock.value.getTime() - Date.parse(one.at) < KEPT_MS), ...whom.map((one) => ({ areaId: area.value?.areaId ?? "", jobId, whom: one, at }))];
}

export function Calls() {
  const mine = calls.value.filter((one) => one.areaId === area.value?.areaId);
  if (mine.length === 0) return null;
  const w = words.value.day.calls;
  return (
    <section class="calls">
      <h3>{w.title}</h3>
      <ul>
        {mine.map((one) => (
          <li key={`${one.jobId}${one.whom}${one.at}`} class="alarm info">
            <Phone size={16} aria-hidden="true" />
            <button type="button" class="button plain small" onClick={() => select(one.jobId)}>
              {one.whom}
            </button>
            <label class="tick aside">
              <input type="checkbox" onChange={() => (calls.value = calls.value.filter((other) => other !== one))} />
              {w.done} · {shapes.value.time(one.at)}
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}
