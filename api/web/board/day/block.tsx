// A visit on the timeline: as much of it as has room, all of it in a tip.
import { Cable, Router, Snowflake, TriangleAlert, Wifi, Pin } from "lucide-preact";
import { signal } from "@preact/signals";
import { STATE_ICON } from "../../shared/parts.tsx";
import { shapes, words } from "../app.ts";
import { dragged, isMovable, STEP_MS } from "./hand.ts";
import { briefly, numberOf } from "./label.ts";
import type { BoardStop, BoardTechnician } from "./model.ts";
import { long, perMs, x } from "./span.ts";
import { matches, placed, select } from "./state.ts";

/** Of what every area begins with; kinds that an operator adds are said in words. */
const KIND_ICON: Record<string, typeof Wifi> = { cable_break: Cable, equipment_failure: Router, wifi_setup: Wifi };
const MARK_PX = 17;
/** From how many pixels on a block says so: its house, its street, a mark of its kind, the kind in words. */
const ROOM = { house: 24, street: 40, kind: 52, title: 84 };

function riskOf(stop: BoardStop): "" | "late" | "tight" {
  return stop.risk === "late" || stop.risk === "tight" ? stop.risk : "";
}

/** What is over or under way is not moved either; that is said by its state. */
function isFrozen(stop: BoardStop): boolean {
  return stop.frozen && stop.state === "published" && !stop.joined;
}

/** All of it in words: the tip, and what is read out. */
function told(stop: BoardStop): string[] {
  const w = words.value.day;
  const say = shapes.value;
  const risk = riskOf(stop);
  return [
    say.span(stop.plannedStartAt, stop.plannedEndAt),
    stop.title,
    stop.address,
    w.state[stop.state],
    stop.window != null ? w.promised(say.span(stop.window.earliest, stop.window.latest)) : "",
    stop.expectedStartAt != null && isElsewhen(stop) ? w.eta(say.time(stop.expectedStartAt)) : "",
    risk === "late" ? w.late(say.duration(stop.lateSeconds)) : risk === "tight" ? w.tight : "",
    stop.pinned ? w.pinned : "",
    isFrozen(stop) ? w.frozen : "",
    stop.review ? w.inReview : "",
  ].filter(Boolean);
}

/** Begins as what is seen does, however much of it has room: whoever steers by voice says what stands there. */
function spoken(stop: BoardStop): string {
  return `${stop.street} ${stop.house} · ${stop.title}`;
}

function isElsewhen(stop: BoardStop): boolean {
  return stop.expectedStartAt != null && Math.abs(Date.parse(stop.expectedStartAt) - Date.parse(stop.plannedStartAt)) > STEP_MS;
}

export function Block({ stop, technician, isChosen }: { stop: BoardStop; technician: BoardTechnician; isChosen: boolean }) {
  const w = words.value.day;
  const wide = long(stop.plannedStartAt, stop.plannedEndAt);
  const risk = riskOf(stop);
  const frozen = isFrozen(stop);
  const State = STATE_ICON[stop.state];
  const Kind = KIND_ICON[stop.kind];
  const room = wide < ROOM.street ? Math.max(1, Math.floor((wide - 8) / MARK_PX)) : 4;
  // the first that have room: what burns, how far it is, what holds it
  const marks = [
    risk !== "" && <TriangleAlert key="risk" size={14} aria-hidden="true" />,
    stop.state !== "published" && <State key="state" size={14} aria-hidden="true" />,
    stop.pinned && <Pin key="pin" size={13} aria-hidden="true" />,
    frozen && wide > ROOM.title && <Snowflake key="frozen" size={13} aria-hidden="true" />,
  ]
    .filter(Boolean)
    .slice(0, room);
  return (
    <>
      {stop.travelSeconds > 0 && <span class="travel" style={{ left: `${x(Date.parse(stop.plannedArrivalAt) - stop.travelSeconds * 1000)}px`, width: `${stop.travelSeconds * 1000 * perMs.value}px` }} />}
      {stop.window != null && !stop.joined && <span class={`promise ${risk}`} style={{ left: `${x(stop.window.earliest)}px`, width: `${long(stop.window.earliest, stop.window.latest)}px` }} />}
      <button
        type="button"
        class={`block ${stop.state} ${risk} ${frozen ? "frozen" : ""} ${stop.review ? "review" : ""} ${stop.joined ? "joined" : ""} ${matches(stop, technician) ? "" : "dim"}`}
        style={{ left: `${x(stop.plannedStartAt)}px`, width: `${wide}px` }}
        aria-label={[spoken(stop), ...told(stop)].join(", ")}
        aria-pressed={isChosen}
        tabIndex={isChosen ? 0 : -1}
        data-job={stop.jobId}
        data-movable={isMovable(stop) ? "" : undefined}
        onClick={() => select(stop.jobId, technician.technicianId)}
      >
        {/* as text alone where there is no more: an element less for each of hundreds */}
        <span class="upper">
          {marks}
          {wide >= ROOM.street && <span>{briefly(stop.street)} </span>}
        </span>
        {wide >= ROOM.house && (
          <span class="lower">
            {wide >= ROOM.kind && Kind !== undefined && <Kind size={13} aria-hidden="true" />}
            <span>
              {wide < ROOM.title ? numberOf(stop.house) : stop.house}
              {wide >= ROOM.title && ` · ${stop.title}`}
            </span>
          </span>
        )}
      </button>
      {stop.expectedStartAt != null && isElsewhen(stop) && <span class={`eta ${risk}`} title={w.eta(shapes.value.time(stop.expectedStartAt))} style={{ left: `${x(stop.expectedStartAt)}px` }} />}
    </>
  );
}

/** The visit under the pointer or with the focus, and where its block is. */
const pointed = signal<{ jobId: string; at: DOMRect } | null>(null);

/** One for all blocks, by whatever comes up from them. */
export const pointing = {
  onPointerOver: (event: PointerEvent) => event.pointerType !== "touch" && point(event.target),
  onPointerLeave: () => point(null),
  // who chooses it reads it beside the timeline
  onPointerDown: (event: PointerEvent) => {
    hushed = jobUnder(event.target);
    point(null);
  },
  onFocusIn: (event: FocusEvent) => (event.target as Element).matches(":focus-visible") && point(event.target),
  onFocusOut: () => point(null),
};

let hushed: string | undefined;

function blockUnder(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".block") : null;
}

function jobUnder(target: EventTarget | null): string | undefined {
  return blockUnder(target)?.dataset["job"];
}

export function point(target: EventTarget | null): void {
  const block = blockUnder(target);
  const jobId = jobUnder(target);
  if (jobId !== hushed && target !== null) hushed = undefined;
  pointed.value = block === null || jobId === undefined || jobId === hushed ? null : { jobId, at: block.getBoundingClientRect() };
}

const TIP_WIDTH = 280;
const TIP_HEIGHT = 180;

export function Tip() {
  const one = pointed.value;
  const stop = one === null ? undefined : placed.value.get(one.jobId)?.stop;
  if (one === null || stop === undefined || dragged.value !== null) return null;
  const [when, ...lines] = told(stop);
  const below = one.at.bottom + TIP_HEIGHT < innerHeight;
  const style = { left: `${Math.max(4, Math.min(one.at.left, innerWidth - TIP_WIDTH - 4))}px`, ...(below ? { top: `${one.at.bottom + 6}px` } : { bottom: `${innerHeight - one.at.top + 6}px` }) };
  // all of this is the name of the block already
  return (
    <div class="tip" style={style} aria-hidden="true">
      <b>{when}</b>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}
