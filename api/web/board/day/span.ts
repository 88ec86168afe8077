// Which hours the timeline has, how wide an hour is, and which of them is looked at.
import { computed, effect, signal } from "@preact/signals";
import { clock, today } from "../app.ts";
import type { BoardTechnician } from "./model.ts";
import { board, on, rows } from "./state.ts";

export const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const WIDEST = 8;
const STEP = 1.5;
const KEY = "line3-zoom";
/** Between two hours that are named. */
const NAMED_PX = 48;
const APART = [QUARTER_MS, HOUR_MS / 2, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS];

/** How wide the technicians' names are, as the style has it. */
const narrow = matchMedia("(max-width: 1199px)");
const nameWidth = (): number => (narrow.matches ? 160 : 192);
export const names = signal(nameWidth());
narrow.addEventListener("change", () => (names.value = nameWidth()));
export const width = signal(800);

/** Waits for calls and does nothing else in what the board shows as the shift. */
export function isWaiting({ onCall, onCallStartAt, shiftStartAt }: BoardTechnician): boolean {
  return onCall && (onCallStartAt === null || onCallStartAt <= shiftStartAt);
}

/** Also where it goes on beyond it; not what comes in a night on call. */
function isOfShift({ shiftEndAt, onCallStartAt }: BoardTechnician, at: string): boolean {
  return onCallStartAt === null || at < shiftEndAt;
}

interface Span {
  from: number;
  until: number;
}

function around(instants: readonly (string | null | undefined)[], otherwise: Span): Span {
  const found = instants.filter((one) => one != null).map((one) => Date.parse(one));
  if (found.length === 0) return otherwise;
  return { from: Math.floor(Math.min(...found) / QUARTER_MS) * QUARTER_MS, until: Math.ceil(Math.max(...found) / QUARTER_MS) * QUARTER_MS };
}

/** The work of the day, which just fits: from the first shift to the last. Nights on call lie beyond, unless there is nothing else. */
const fit = computed<Span>(() => {
  const all = board.value?.technicians ?? [];
  const working = all.filter((one) => !isWaiting(one));
  const some = working.length > 0 ? working : all;
  // a day on which nobody works is as long as any
  return around(
    some.flatMap((one) => [one.shiftStartAt, one.shiftEndAt, ...one.stops.filter((stop) => isOfShift(one, stop.plannedStartAt)).flatMap((stop) => [stop.plannedArrivalAt, stop.plannedEndAt])]),
    around([board.value?.opensAt ?? `${on.value}T07:00:00Z`, board.value?.closesAt ?? `${on.value}T17:00:00Z`], { from: 0, until: 0 }),
  );
});
const whole = computed<Span>(() => {
  // of a night that began on the day before, what lies in this one
  const instants = (board.value?.technicians ?? []).flatMap((one) => [one.shiftStartAt, one.shiftEndAt, ...(isWaiting(one) ? [] : [one.onCallStartAt, one.onCallEndAt])]);
  const { from, until } = around([board.value?.opensAt, board.value?.closesAt, ...instants], fit.value);
  return { from: Math.min(from, fit.value.from), until: Math.max(until, fit.value.until) };
});
export const from = computed(() => whole.value.from);
export const until = computed(() => whole.value.until);
const fitting = computed(() => Math.max(HOUR_MS, fit.value.until - fit.value.from));

/** How many times as wide as the working day just fits; remembered. */
export const zoom = signal(Math.min(WIDEST, Math.max(0.1, Number(localStorage.getItem(KEY)) || 1)));
effect(() => localStorage.setItem(KEY, String(zoom.value)));
const least = computed(() => fitting.value / Math.max(fitting.value, until.value - from.value));
export const isNarrowest = computed(() => zoom.value <= least.value);
export const isWidest = computed(() => zoom.value >= WIDEST);
export const perMs = computed(() => (Math.max(320, width.value - names.value) * Math.max(least.value, zoom.value)) / fitting.value);

export function x(at: string | number): number {
  return ((typeof at === "number" ? at : Date.parse(at)) - from.value) * perMs.value;
}

export function long(fromAt: string | number, toAt: string | number): number {
  return Math.max(2, x(toAt) - x(fromAt));
}

/** Full hours, or parts of them, that are named: as many as have room. */
export const named = computed<number[]>(() => {
  const apart = APART.find((one) => one * perMs.value >= NAMED_PX) ?? 12 * HOUR_MS;
  const first = Math.ceil(from.value / apart) * apart;
  return Array.from({ length: Math.max(0, Math.floor((until.value - first) / apart) + 1) }, (_, n) => first + n * apart);
});

/** An instant, and how far right of the timeline's left edge it stands: it stays there while hours get wider. */
let anchor: { at: number; px: number } | null = null;

export function hold(scroller: HTMLElement, px: number = names.value): void {
  anchor = { at: from.value + (scroller.scrollLeft + px - names.value) / perMs.value, px };
}

/** Scrolls to where what is held stands; at first to the beginning of the day, or to now where that is beyond it. */
export function keep(scroller: HTMLElement): void {
  if (anchor === null) {
    const now = clock.value.getTime();
    const { from: begins, until: ends } = fit.value;
    const isBeyond = now < begins || now > ends;
    const isToday = on.value === today.value && now > from.value && now < until.value;
    anchor = isToday && (isBeyond || zoom.value > 1) ? { at: now, px: names.value + (width.value - names.value) / 3 } : { at: begins, px: names.value };
  }
  scroller.scrollLeft = (anchor.at - from.value) * perMs.value + names.value - anchor.px;
}

/** Of another day: what is looked at is chosen anew. */
export function letLoose(): void {
  anchor = null;
}

function zoomTo(wanted: number, scroller: HTMLElement | null, px: number): void {
  if (scroller !== null) hold(scroller, px);
  zoom.value = Math.min(WIDEST, Math.max(least.value, wanted));
}

/** Wider or narrower hours, around the middle or, with a wheel, around the pointer. */
export function zoomBy(scroller: HTMLElement | null, steps: number, px: number = names.value + (width.value - names.value) / 2): void {
  zoomTo(Math.max(least.value, zoom.value) * STEP ** steps, scroller, px);
}

/** The working day, from edge to edge. */
export function zoomToFit(): void {
  anchor = { at: fit.value.from, px: names.value };
  zoom.value = 1;
}

// the rows of a filter begin at their top
export const ROW = 44;
export const AXIS = 28;
const SPARE = 3;
export const height = signal(400);
export const top = signal(0);
export const first = computed(() => Math.max(0, Math.floor(top.value / ROW) - SPARE));
export const last = computed(() => Math.min(rows.value.length, Math.ceil((top.value + height.value) / ROW) + SPARE));
