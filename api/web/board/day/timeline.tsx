// Who drives when: a row per technician, a block per visit. Only the rows in view exist, so a day of 500 visits costs what one
// of 50 does.
import { Car, Coffee, Maximize2, Minus, Moon, PhoneOff, Plus, TriangleAlert } from "lucide-preact";
import { computed, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { clock, language, shapes, today, words } from "../app.ts";
import { Block, hush, point, pointing, Tip } from "./block.tsx";
import { answerOf, askWhileDragged, carriedOf, dragged, mayChange, partsOf, place, STEP_MS, type Carried } from "./hand.ts";
import type { BoardTechnician, Trial } from "./model.ts";
import { ghosts } from "../plan/difference.ts";
import { AXIS, first, from, height, hold, isNarrowest, isWaiting, isWidest, keep, last, letLoose, long, named, names, perMs, ROW, top, until, width, x, zoom, zoomBy, zoomToFit } from "./span.ts";
import { on, rows, select, selected } from "./state.ts";

/** How far a pointer goes before it carries something. */
const SLACK = 5;
const EDGE = 36;
/** Of a wheel, a step of zoom. */
const WHEEL = 300;
/** Names narrower than this have room for a number, not for what it counts. */
const NAMES_IN_WORDS = 180;
/** A break that is narrower than this is a bar. */
const CUP_PX = 20;

/** What each technician's row says while something is carried. */
const trials = computed<ReadonlyMap<string, Trial>>(() => new Map((dragged.value?.trials?.rows ?? []).map((one) => [one.technicianId, one])));

let scroller: HTMLDivElement | null = null;

const drawn = new WeakMap<BoardTechnician, { index: number; row: JSX.Element }>();

/** The same element as before where nothing of it changed: then Preact leaves the row alone while others scroll by. */
function rowOf(technician: BoardTechnician, index: number): JSX.Element {
  const before = drawn.get(technician);
  if (before?.index === index) return before.row;
  const row = <Row key={technician.technicianId} technician={technician} index={index} />;
  drawn.set(technician, { index, row });
  return row;
}

export function Timeline() {
  const holder = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = holder.current as HTMLDivElement;
    scroller = node;
    letLoose();
    const measure = new ResizeObserver(() => {
      width.value = node.clientWidth;
      height.value = node.clientHeight - AXIS;
    });
    measure.observe(node);
    // a page's own listener may not keep the browser from zooming the page
    node.addEventListener("wheel", turn, { passive: false });
    return () => {
      measure.disconnect();
      scroller = null;
    };
  }, []);
  useLayoutEffect(() => keep(holder.current as HTMLDivElement), [perMs.value, from.value]);
  useEffect(() => reveal(), [selected.value.jobId, selected.value.technicianId]);
  const w = words.value.day;
  const total = names.value + (until.value - from.value) * perMs.value;
  const shown = rows.value.slice(first.value, last.value);
  const seen = (event: Event) => {
    top.value = (event.currentTarget as HTMLElement).scrollTop;
    hold(event.currentTarget as HTMLElement);
    point(null);
  };
  return (
    <section class="timeline" aria-label={w.timeline}>
      <div class="zoom">
        <button type="button" class="icon-button" aria-label={w.zoomOut} title={`${w.zoomOut} (−)`} disabled={isNarrowest.value} onClick={() => zoomBy(scroller, -1)}>
          <Minus size={16} aria-hidden="true" />
        </button>
        <button type="button" class="icon-button" aria-label={w.zoomFit} title={`${w.zoomFit} (0)`} disabled={zoom.value === 1} onClick={zoomToFit}>
          <Maximize2 size={14} aria-hidden="true" />
        </button>
        <button type="button" class="icon-button" aria-label={w.zoomIn} title={`${w.zoomIn} (+)`} disabled={isWidest.value} onClick={() => zoomBy(scroller, 1)}>
          <Plus size={16} aria-hidden="true" />
        </button>
      </div>
      <div class="scroller" ref={holder} tabIndex={0} onScroll={seen} {...pointing} {...carrying}>
        <div class="sheet" style={{ width: `${total}px`, height: `${AXIS + rows.value.length * ROW}px` }}>
          <Axis />
          {rows.value.length === 0 && <p class="nobody">{w.nobody}</p>}
          {shown.map((technician, index) => rowOf(technician, first.value + index))}
          <Now />
          <Ghost />
        </div>
      </div>
      <Tip />
    </section>
  );
}

/** By keys, around the middle of what is seen. */
export function zoomByKey(steps: number): void {
  zoomBy(scroller, steps);
}

function turn(event: WheelEvent): void {
  if (!event.ctrlKey || scroller === null) return;
  event.preventDefault();
  zoomBy(scroller, -event.deltaY / WHEEL, Math.max(names.value, event.clientX - scroller.getBoundingClientRect().left));
}

function Axis() {
  return (
    <div class="axis" aria-hidden="true">
      <div class="corner">{words.value.day.technicians(rows.value.length)}</div>
      {named.value.map((at) => (
        <span key={at} class="hour" style={{ left: `${names.value + x(at)}px` }}>
          {at < until.value ? shapes.value.time(new Date(at)) : ""}
        </span>
      ))}
    </div>
  );
}

function Now() {
  const at = clock.value.getTime();
  if (on.value !== today.value || at < from.value || at > until.value) return null;
  return <div class="now" style={{ left: `${names.value + x(at)}px` }} aria-hidden="true" />;
}

function Row({ technician, index }: { technician: BoardTechnician; index: number }) {
  const w = words.value.day;
  // each row asks only for what concerns it: choosing another visit draws two rows anew, not all
  const isChosen = useComputed(() => selected.value.technicianId === technician.technicianId).value;
  // of this reading of the day: what was chosen before it came stays chosen when it is there
  const chosenJob = useMemo(() => computed(() => (technician.stops.some((stop) => stop.jobId === selected.value.jobId) ? selected.value.jobId : null)), [technician]).value;
  const trial = useComputed(() => trials.value.get(technician.technicianId)).value;
  const isTarget = useComputed(() => dragged.value?.technicianId === technician.technicianId).value;
  const live = technician.stops.filter((stop) => stop.state !== "cancelled");
  const said = [technician.displayName, ...saidOf(technician, live.length)];
  const [call, shift] = isWaiting(technician) ? [[technician.shiftStartAt, technician.shiftEndAt] as const, null] : [callOf(technician), [technician.shiftStartAt, technician.shiftEndAt] as const];
  return (
    <div class={`row ${isChosen ? "chosen" : ""} ${isTarget ? "target" : ""} ${technician.absent ? "absent" : ""}`} style={{ top: `${AXIS + index * ROW}px` }} data-technician={technician.technicianId}>
      <button type="button" class="name" aria-pressed={isChosen && chosenJob === null} title={said.join("\n")} onClick={() => select(null, technician.technicianId)}>
        <b>{technician.displayName}</b>
        {trial === undefined ? <Load technician={technician} visits={live.length} /> : <Verdict trial={trial} />}
      </button>
      <div class="lane" style={{ left: `${names.value}px` }}>
        {shift !== null && <span class="shift" style={{ left: `${x(shift[0])}px`, width: `${long(...shift)}px` }} />}
        {call !== null && (
          <span class="call" title={`${w.onCall} ${shapes.value.span(call[0], call[1])}`} style={{ left: `${x(call[0])}px`, width: `${long(call[0], call[1])}px` }}>
            <Moon size={14} aria-hidden="true" />
          </span>
        )}
        {technician.breakStartAt != null && technician.breakEndAt != null && (
          <span class="break" title={w.break} style={{ left: `${x(technician.breakStartAt)}px`, width: `${long(technician.breakStartAt, technician.breakEndAt)}px` }}>
            {long(technician.breakStartAt, technician.breakEndAt) > CUP_PX && <Coffee size={14} aria-hidden="true" />}
          </span>
        )}
        {live.map((stop) => (
          <Block key={`${stop.visitId}${stop.joined}`} stop={stop} technician={technician} isChosen={stop.jobId === chosenJob} />
        ))}
        {(ghosts.value.get(technician.technicianId) ?? []).map((one) => (
          <span key={one.jobId} class={`planned-ghost ${one.kind}`} style={{ left: `${x(one.startAt)}px`, width: `${long(one.startAt, one.endAt)}px` }}>
            {one.label}
          </span>
        ))}
      </div>
    </div>
  );
}

/** On call beyond the shift. */
function callOf({ onCallStartAt, onCallEndAt }: BoardTechnician): readonly [string, string] | null {
  return onCallStartAt === null || onCallEndAt === null ? null : [onCallStartAt, onCallEndAt];
}

/** All of it in words, the first what one calls about. */
function saidOf(technician: BoardTechnician, visits: number): string[] {
  const w = words.value.day;
  const say = shapes.value;
  const { absent, silent, onCall, lent, shiftDueAt, overtimeSeconds } = technician;
  return [
    absent ? absentSaid(technician) : "",
    silent && !absent ? w.silent : "",
    shiftDueAt !== null && !absent ? w.comesAt(say.time(technician.shiftStartAt)) : "",
    overtimeSeconds > 60 ? w.overtime(say.duration(overtimeSeconds)) : "",
    w.load(visits, say.duration(technician.travelSeconds)),
    onCall ? (isWaiting(technician) ? w.onCallUntil(say.time(technician.shiftEndAt)) : w.onCall) : "",
    lent ? w.lent : "",
  ].filter(Boolean);
}

/** As much of it as has room, the shortest way; the tip has it in words. */
function Load({ technician, visits }: { technician: BoardTechnician; visits: number }) {
  const w = words.value.day;
  const say = shapes.value;
  const { absent, silent, onCall, lent, shiftDueAt, overtimeSeconds } = technician;
  // that it is an absence, the name says
  if (absent) return <span class="aside">{technician.absenceReason === null ? w.absent : words.value.absenceReasons[technician.absenceReason].toLocaleLowerCase(language.value)}</span>;
  const over = overtimeSeconds > 60;
  return (
    <span class="aside">
      {silent && <PhoneOff size={14} class="warn" aria-label={w.silent} />}
      {shiftDueAt !== null && <span class="warn">{w.comesAt(say.time(technician.shiftStartAt))}</span>}
      {visits > 0 && <span>{over || silent || names.value < NAMES_IN_WORDS ? visits : w.visits(visits)}</span>}
      {technician.travelSeconds > 0 && (
        <span>
          <Car size={14} aria-label={w.costs.driving} /> {say.brief(technician.travelSeconds)}
        </span>
      )}
      {over && <span class="warn">+{say.brief(overtimeSeconds)}</span>}
      {onCall && (
        <span>
          <Moon size={14} aria-label={w.onCall} /> {isWaiting(technician) && `–${say.time(technician.shiftEndAt)}`}
        </span>
      )}
      {lent && <span>{w.lent}</span>}
    </span>
  );
}

/** What the row would pay for what is carried. */
function Verdict({ trial }: { trial: Trial }) {
  const broken = trial.breaks[0];
  return broken === undefined ? (
    <span class={`verdict ${trial.cost <= 0 ? "good" : ""}`} title={partsOf(trial)}>
      {words.value.day.hand.cost(trial.cost, shapes.value)}
    </span>
  ) : (
    <span class="verdict bad">
      <TriangleAlert size={14} aria-hidden="true" />
      <span title={`${words.value.day.hand.cost(trial.cost, shapes.value)} · ${broken.sentence}`}>
        {words.value.day.hand.cost(trial.cost, shapes.value)} · {broken.sentence}
      </span>
    </span>
  );
}

/** As wide as what a place costs and breaks may be. */
const SAID_PX = 376;

/** What is carried, under the pointer. */
function Ghost() {
  const carried = dragged.value;
  if (carried?.technicianId == null || carried.startAt === null) return null;
  const index = rows.value.findIndex((one) => one.technicianId === carried.technicianId);
  if (index < 0) return null;
  const answer = answerOf(carried);
  const broken = answer?.breaks[0];
  const style = { top: `${AXIS + index * ROW + 3}px`, left: `${names.value + x(carried.startAt)}px`, width: `${carried.durationMs * perMs.value}px` };
  // what it says hangs to the side where there is room
  const isFar = x(carried.startAt) - (scroller?.scrollLeft ?? 0) + SAID_PX > width.value - names.value;
  return (
    <div class={`ghost ${broken === undefined ? "" : "bad"} ${isFar ? "far" : ""}`} style={style}>
      <b>{shapes.value.time(carried.startAt)}</b>
      <span>
        {answer === null ? "…" : words.value.day.hand.cost(answer.cost, shapes.value)}
        {answer?.breaks.map((one) => (
          <>
            <br />
            {one.sentence}
          </>
        ))}
      </span>
    </div>
  );
}

/** Brings what was chosen elsewhere into view. */
function reveal(): void {
  const { technicianId, jobId } = selected.value;
  const index = rows.value.findIndex((one) => one.technicianId === technicianId);
  if (scroller === null || index < 0) return;
  const at = index * ROW;
  if (at < scroller.scrollTop || at + ROW > scroller.scrollTop + height.value) scroller.scrollTop = at - height.value / 2;
  const stop = rows.value[index]?.stops.find((one) => one.jobId === jobId);
  if (stop === undefined) return;
  const left = x(stop.plannedStartAt);
  if (left < scroller.scrollLeft || left + names.value + 40 > scroller.scrollLeft + width.value) scroller.scrollLeft = left - (width.value - names.value) / 2;
}

// --- carrying ---------------------------------------------------------------------------------------------------------

let pressed: { carried: Carried; at: { x: number; y: number }; grip: number; pointer: number } | null = null;
/** A click ends each carrying, too: it is no choice. */
let justCarried = false;

/** Takes hold of a visit or a waiting job; it is carried once the pointer has moved. `grip`: how far right of its left edge. */
export function grab(event: PointerEvent, jobId: string, grip: number): void {
  const carried = carriedOf(jobId);
  if (carried === null || event.button !== 0 || !mayChange()) return;
  pressed = { carried, at: { x: event.clientX, y: event.clientY }, grip, pointer: event.pointerId };
  addEventListener("pointermove", move);
  addEventListener("pointerup", drop, { once: true });
  addEventListener("pointercancel", letGo, { once: true });
  addEventListener("keydown", escape);
}

function move(event: PointerEvent): void {
  if (pressed === null || event.pointerId !== pressed.pointer) return;
  if (dragged.value === null) {
    if (Math.hypot(event.clientX - pressed.at.x, event.clientY - pressed.at.y) < SLACK) return;
    dragged.value = { ...pressed.carried, technicianId: null, startAt: null, trials: null, answered: "" };
    document.body.classList.add("carrying");
  }
  const under = placeUnder(event.clientX, event.clientY, pressed.grip);
  scrollAtEdge(event.clientY);
  if (under.technicianId !== dragged.value.technicianId || under.startAt !== dragged.value.startAt) dragged.value = { ...dragged.value, ...under };
  void askWhileDragged();
}

function placeUnder(clientX: number, clientY: number, grip: number): { technicianId: string | null; startAt: string | null } {
  const box = scroller?.getBoundingClientRect();
  if (scroller === null || box === undefined || clientX < box.left + names.value || clientX > box.right || clientY < box.top + AXIS || clientY > box.bottom) {
    return { technicianId: null, startAt: null };
  }
  const technician = rows.value[Math.floor((clientY - box.top - AXIS + scroller.scrollTop) / ROW)];
  const at = from.value + (clientX - box.left - names.value + scroller.scrollLeft - grip) / perMs.value;
  return technician === undefined ? { technicianId: null, startAt: null } : { technicianId: technician.technicianId, startAt: new Date(Math.round(at / STEP_MS) * STEP_MS).toISOString().replace(".000Z", "Z") };
}

function scrollAtEdge(clientY: number): void {
  const box = scroller?.getBoundingClientRect();
  if (scroller === null || box === undefined) return;
  if (clientY > box.bottom - EDGE && clientY < box.bottom + EDGE) scroller.scrollTop += ROW / 2;
  else if (clientY < box.top + AXIS + EDGE && clientY > box.top) scroller.scrollTop -= ROW / 2;
}

function drop(): void {
  const carried = dragged.value;
  letGo();
  if (carried === null) return;
  justCarried = true;
  setTimeout(() => (justCarried = false));
  if (carried.technicianId === null || carried.startAt === null) return;
  // what was not answered yet is decided by the server all the same
  const trial: Trial = answerOf(carried) ?? { technicianId: carried.technicianId, startAt: carried.startAt, cost: 0, parts: {}, extraTravelSeconds: 0, breaks: [], after: null };
  void place(carried, trial, true);
}

function letGo(): void {
  pressed = null;
  dragged.value = null;
  document.body.classList.remove("carrying");
  removeEventListener("pointermove", move);
  removeEventListener("pointerup", drop);
  removeEventListener("keydown", escape);
}

function escape(event: KeyboardEvent): void {
  if (event.key === "Escape") letGo();
}

const carrying: JSX.HTMLAttributes<HTMLDivElement> = {
  onPointerDown: (event) => {
    hush(event.target);
    const block = (event.target as Element).closest<HTMLElement>("[data-movable]");
    if (block !== null) grab(event, block.dataset["job"] as string, event.clientX - block.getBoundingClientRect().left);
  },
  onClickCapture: (event) => {
    if (!justCarried) return;
    event.stopPropagation();
    event.preventDefault();
  },
};

function absentSaid({ absenceReason }: BoardTechnician): string {
  const said = words.value.day.absent;
  return absenceReason === null ? said : `${said} · ${words.value.absenceReasons[absenceReason].toLocaleLowerCase(language.value)}`;
}
