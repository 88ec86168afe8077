// Who drives when: a row per technician, a block per visit. Only the rows in view exist, so a day of 500 visits costs what one
// of 50 does.
import { Minus, Pin, Plus, Snowflake, TriangleAlert } from "lucide-preact";
import { computed, signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { STATE_ICON } from "../../shared/parts.tsx";
import { clock, language, shapes, today, words } from "../app.ts";
import { answerOf, askWhileDragged, carriedOf, dragged, isMovable, mayChange, partsOf, place, STEP_MS, type Carried } from "./hand.ts";
import type { BoardStop, BoardTechnician, Trial } from "./model.ts";
import { ghosts } from "../plan/difference.ts";
import { board, matches, on, rows, select, selected } from "./state.ts";

const ROW = 44;
const AXIS = 28;
/** How wide the technicians' names are, as the style has it. */
const narrow = matchMedia("(max-width: 1199px)");
const names = signal(narrow.matches ? 168 : 208);
narrow.addEventListener("change", () => (names.value = narrow.matches ? 168 : 208));
const SPARE = 3;
const HOUR_MS = 3_600_000;
/** How far a pointer goes before it carries something. */
const SLACK = 5;
const EDGE = 36;

const width = signal(800);
const height = signal(400);
const top = signal(0);
/** How many times as wide as the day just fits. */
const zoom = signal(1);

// a day on which nobody works is as long as any
const from = computed(() => Math.floor(Date.parse(board.value?.opensAt ?? `${on.value}T07:00:00Z`) / HOUR_MS) * HOUR_MS);
const until = computed(() => Math.ceil(Date.parse(board.value?.closesAt ?? `${on.value}T17:00:00Z`) / HOUR_MS) * HOUR_MS);
const perMs = computed(() => (Math.max(320, width.value - names.value - 4) * zoom.value) / Math.max(HOUR_MS, until.value - from.value));
const x = (at: string | number): number => ((typeof at === "number" ? at : Date.parse(at)) - from.value) * perMs.value;
const long = (fromAt: string | number, toAt: string | number): number => Math.max(2, x(toAt) - x(fromAt));

const first = computed(() => Math.max(0, Math.floor(top.value / ROW) - SPARE));
const last = computed(() => Math.min(rows.value.length, Math.ceil((top.value + height.value) / ROW) + SPARE));

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
    const measure = new ResizeObserver(() => {
      width.value = node.clientWidth;
      height.value = node.clientHeight - AXIS;
    });
    measure.observe(node);
    return () => measure.disconnect();
  }, []);
  useEffect(() => reveal(), [selected.value.jobId, selected.value.technicianId]);
  const w = words.value.day;
  const total = names.value + (until.value - from.value) * perMs.value;
  const shown = rows.value.slice(first.value, last.value);
  return (
    <section class="timeline" aria-label={w.timeline}>
      <div class="zoom">
        <button type="button" class="icon-button" aria-label={w.zoomOut} title={w.zoomOut} disabled={zoom.value <= 1} onClick={() => (zoom.value = Math.max(1, zoom.value / 1.5))}>
          <Minus size={16} aria-hidden="true" />
        </button>
        <button type="button" class="icon-button" aria-label={w.zoomIn} title={w.zoomIn} disabled={zoom.value >= 8} onClick={() => (zoom.value = Math.min(8, zoom.value * 1.5))}>
          <Plus size={16} aria-hidden="true" />
        </button>
      </div>
      <div class="scroller" ref={holder} tabIndex={0} onScroll={(event) => (top.value = event.currentTarget.scrollTop)} {...carrying}>
        <div class="sheet" style={{ width: `${total}px`, height: `${AXIS + rows.value.length * ROW}px` }}>
          <Axis />
          {rows.value.length === 0 && <p class="nobody">{w.nobody}</p>}
          {shown.map((technician, index) => rowOf(technician, first.value + index))}
          <Now />
          <Ghost />
        </div>
      </div>
    </section>
  );
}

function Axis() {
  const hours: number[] = [];
  const every = perMs.value * HOUR_MS < 48 ? 2 : 1;
  for (let at = from.value; at <= until.value; at += every * HOUR_MS) hours.push(at);
  return (
    <div class="axis" aria-hidden="true">
      <div class="corner">{words.value.day.technicians(rows.value.length)}</div>
      {hours.map((at) => (
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
  const silent = technician.silent && !technician.absent;
  const live = technician.stops.filter((stop) => stop.state !== "cancelled");
  return (
    <div class={`row ${isChosen ? "chosen" : ""} ${isTarget ? "target" : ""} ${technician.absent ? "absent" : ""}`} style={{ top: `${AXIS + index * ROW}px` }} data-technician={technician.technicianId}>
      <button type="button" class="name" aria-pressed={isChosen && chosenJob === null} onClick={() => select(null, technician.technicianId)}>
        <b>{technician.displayName}</b>
        {trial !== undefined ? (
          <Verdict trial={trial} />
        ) : (
          <span class="aside">
            {technician.absent ? absentSaid(technician) : silent ? <span class="warn">{w.silent}</span> : w.load(live.length, shapes.value.duration(technician.travelSeconds))}
            {technician.shiftDueAt !== null && !technician.absent && <span class="warn"> · {w.comesAt(shapes.value.time(technician.shiftStartAt))}</span>}
            {technician.onCall && ` · ${w.onCall}`}
            {technician.lent && ` · ${w.lent}`}
            {technician.overtimeSeconds > 60 && <span class="warn"> · {w.overtime(shapes.value.duration(technician.overtimeSeconds))}</span>}
          </span>
        )}
      </button>
      <div class="lane" style={{ left: `${names.value}px` }}>
        <span class="shift" style={{ left: `${x(technician.shiftStartAt)}px`, width: `${long(technician.shiftStartAt, technician.shiftEndAt)}px` }} />
        {technician.breakStartAt != null && technician.breakEndAt != null && (
          <span class="break" title={w.break} style={{ left: `${x(technician.breakStartAt)}px`, width: `${long(technician.breakStartAt, technician.breakEndAt)}px` }} />
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
      <span title={broken.sentence}>{broken.sentence}</span>
    </span>
  );
}

function Block({ stop, technician, isChosen }: { stop: BoardStop; technician: BoardTechnician; isChosen: boolean }) {
  const w = words.value.day;
  const say = shapes.value;
  const wide = long(stop.plannedStartAt, stop.plannedEndAt);
  const Icon = STATE_ICON[stop.state];
  const risk = stop.risk === "late" ? "late" : stop.risk === "tight" ? "tight" : "";
  const told = [
    say.span(stop.plannedStartAt, stop.plannedEndAt),
    stop.title,
    stop.address,
    w.state[stop.state],
    stop.window != null ? w.promised(say.span(stop.window.earliest, stop.window.latest)) : "",
    risk === "late" ? w.late(say.duration(stop.lateSeconds)) : risk === "tight" ? w.tight : "",
    stop.pinned ? w.pinned : "",
    stop.review ? w.inReview : "",
  ].filter(Boolean);
  const dim = !matches(stop, technician);
  return (
    <>
      {stop.travelSeconds > 0 && <span class="travel" style={{ left: `${x(Date.parse(stop.plannedArrivalAt) - stop.travelSeconds * 1000)}px`, width: `${stop.travelSeconds * 1000 * perMs.value}px` }} />}
      {stop.window != null && !stop.joined && (
        <span class={`promise ${risk}`} style={{ left: `${x(stop.window.earliest)}px`, width: `${long(stop.window.earliest, stop.window.latest)}px` }} />
      )}
      <button
        type="button"
        class={`block ${stop.state} ${risk} ${stop.frozen ? "frozen" : ""} ${stop.review ? "review" : ""} ${stop.joined ? "joined" : ""} ${dim ? "dim" : ""}`}
        style={{ left: `${x(stop.plannedStartAt)}px`, width: `${wide}px` }}
        title={told.join("\n")}
        aria-label={told.join(", ")}
        aria-pressed={isChosen}
        tabIndex={isChosen ? 0 : -1}
        data-job={stop.jobId}
        data-movable={isMovable(stop) ? "" : undefined}
        onClick={() => select(stop.jobId, technician.technicianId)}
      >
        {wide > 26 && stop.state !== "published" && <Icon size={14} aria-hidden="true" />}
        {risk !== "" && <TriangleAlert size={14} aria-hidden="true" />}
        {stop.pinned && wide > 22 && <Pin size={12} aria-hidden="true" />}
        {stop.frozen && wide > 60 && <Snowflake size={12} aria-hidden="true" />}
        {wide > (stop.pinned ? 60 : 30) && <span class="what">{stop.title}</span>}
      </button>
      {stop.expectedStartAt != null && Math.abs(Date.parse(stop.expectedStartAt) - Date.parse(stop.plannedStartAt)) > STEP_MS && (
        <span class={`eta ${risk}`} title={w.eta(say.time(stop.expectedStartAt))} style={{ left: `${x(stop.expectedStartAt)}px` }} />
      )}
    </>
  );
}

/** What is carried, under the pointer. */
function Ghost() {
  const carried = dragged.value;
  if (carried?.technicianId == null || carried.startAt === null) return null;
  const index = rows.value.findIndex((one) => one.technicianId === carried.technicianId);
  if (index < 0) return null;
  const answer = answerOf(carried);
  const broken = answer?.breaks[0];
  const style = { top: `${AXIS + index * ROW + 6}px`, left: `${names.value + x(carried.startAt)}px`, width: `${carried.durationMs * perMs.value}px` };
  return (
    <div class={`ghost ${broken === undefined ? "" : "bad"}`} style={style}>
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
