// Everything frequent has a key; none of them while somebody types.
import { signal } from "@preact/signals";
import { undoLast } from "../app.ts";
import { go } from "../../shared/route.ts";
import { close as closePlan } from "../plan/plan.tsx";
import { isMovable, mayChange, pin, takeOut } from "./hand.ts";
import { matches, placed, rows, select, selected } from "./state.ts";
import { raising } from "./raise.tsx";
import { zoomToFit } from "./span.ts";
import { giving, tab } from "./tabs.ts";
import { zoomByKey } from "./timeline.tsx";

export const help = signal(false);

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, select, textarea") || target.closest("dialog") !== null);
}

/** The next or previous visit in the order of the rows, among those that the filter shows. */
function step(by: number): void {
  const all = rows.value.flatMap((technician) => technician.stops.filter((stop) => !stop.joined && stop.state !== "cancelled" && matches(stop, technician)).map((stop) => stop.jobId));
  if (all.length === 0) return;
  const at = all.indexOf(selected.value.jobId ?? "");
  select(all[(at + by + all.length) % all.length] ?? null);
}

/** Up and down: the row above or below, its visit nearest in time. */
function across(by: number): void {
  const index = rows.value.findIndex((one) => one.technicianId === selected.value.technicianId);
  const row = rows.value[Math.max(0, Math.min(rows.value.length - 1, index + by))];
  if (row === undefined) return;
  const now = Date.parse(placed.value.get(selected.value.jobId ?? "")?.stop.plannedStartAt ?? "");
  const nearest = row.stops.filter((stop) => stop.state !== "cancelled").sort((a, b) => Math.abs(Date.parse(a.plannedStartAt) - now) - Math.abs(Date.parse(b.plannedStartAt) - now))[0];
  select(nearest?.jobId ?? null, row.technicianId);
}

const KEYS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => across(1),
  ArrowUp: () => across(-1),
  "/": () => document.getElementById("search")?.focus(),
  m: () => (tab.value = "map"),
  w: () => (tab.value = "why"),
  h: () => (tab.value = "history"),
  p: () => {
    const stop = placed.value.get(selected.value.jobId ?? "")?.stop;
    if (stop !== undefined && isMovable(stop)) void pin(stop);
  },
  g: () => {
    tab.value = "why";
    giving.value = selected.value.jobId !== null && mayChange();
  },
  x: () => {
    const stop = placed.value.get(selected.value.jobId ?? "")?.stop;
    if (stop !== undefined && isMovable(stop)) void takeOut(stop.jobId);
  },
  n: () => {
    raising.value = mayChange();
  },
  t: () => go("/day"),
  "+": () => zoomByKey(1),
  // where a plus wants Shift
  "=": () => zoomByKey(1),
  "-": () => zoomByKey(-1),
  "0": zoomToFit,
  u: undoLast,
  Escape: () => {
    if (!closePlan()) select(null);
  },
  "?": () => (help.value = true),
};

export function hear(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && event.target instanceof HTMLInputElement) event.target.blur();
    return;
  }
  const act = KEYS[event.key];
  // arrows move within tabs and lists where the focus is in one
  if (act === undefined || (event.key.startsWith("Arrow") && (event.target as Element | null)?.closest?.('[role="tablist"]') != null)) return;
  event.preventDefault();
  act();
}
