// What stands on the map: a shape for each state beside its colour, and labels that lie too close put together.
import type * as Leaflet from "leaflet";
import type { BoardStop } from "./model.ts";
import { OVER, STARTED } from "./state.ts";

type Xy = readonly [number, number];

/** As corners around nothing, one unit away. */
const SHAPES = {
  dot: round(1),
  small: round(0.75),
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.25], [1.2, 0.9], [-1.2, 0.9]],
  diamond: [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]],
} as const satisfies Record<string, readonly Xy[]>;

function round(radius: number): Xy[] {
  return Array.from({ length: 24 }, (_, n): Xy => [radius * Math.cos((n * Math.PI) / 12), radius * Math.sin((n * Math.PI) / 12)]);
}

export interface Mark {
  shape: keyof typeof SHAPES;
  /** The token of its colour. */
  ink: string;
  hollow?: true;
}

/** The order is that of the legend: what burns first. */
export const MARKS = {
  late: { shape: "triangle", ink: "broken" },
  tight: { shape: "triangle", ink: "at-risk" },
  review: { shape: "diamond", ink: "in-review" },
  onTheWay: { shape: "square", ink: "on-the-way" },
  working: { shape: "square", ink: "working" },
  planned: { shape: "dot", ink: "planned" },
  done: { shape: "small", ink: "done" },
  notDone: { shape: "small", ink: "n6", hollow: true },
} as const satisfies Record<string, Mark>;
export type MarkName = keyof typeof MARKS;

/** As the block on the timeline looks. */
export function markOf(stop: BoardStop): MarkName {
  if (stop.review) return "review";
  if (stop.risk === "late" || stop.risk === "tight") return stop.risk;
  if (OVER.has(stop.state)) return stop.state === "done" ? "done" : "notDone";
  if (STARTED.has(stop.state)) return stop.state === "on_my_way" ? "onTheWay" : "working";
  return "planned";
}

/** For the legend: `M x,y L …` of a shape. */
export function outline({ shape }: Mark, radius: number): string {
  return `M${SHAPES[shape].map(([x, y]) => `${x * radius},${y * radius}`).join("L")}Z`;
}

/** Of Leaflet's canvas, the part that its own circles are drawn by. */
interface Drawn {
  _point: { x: number; y: number };
  _radius: number;
  _empty: () => boolean;
  _renderer: { _drawing: boolean; _ctx: CanvasRenderingContext2D; _fillStroke: (ctx: CanvasRenderingContext2D, layer: unknown) => void };
}

/** A circle marker of Leaflet's, in another shape: one canvas for hundreds. */
export function shaped({ CircleMarker }: typeof Leaflet): (at: Leaflet.LatLngExpression, shape: Mark["shape"], options: Leaflet.CircleMarkerOptions) => Leaflet.CircleMarker {
  const Shaped = CircleMarker.extend({
    _updatePath(this: Drawn & { options: { shape: Mark["shape"] } }) {
      const { _renderer: canvas, _point: at, _radius: radius } = this;
      if (!canvas._drawing || this._empty()) return;
      canvas._ctx.beginPath();
      for (const [x, y] of SHAPES[this.options.shape]) canvas._ctx.lineTo(at.x + x * radius, at.y + y * radius);
      canvas._ctx.closePath();
      canvas._fillStroke(canvas._ctx, this);
    },
  }) as unknown as new (at: Leaflet.LatLngExpression, options: Leaflet.CircleMarkerOptions & { shape: Mark["shape"] }) => Leaflet.CircleMarker;
  return (at, shape, options) => new Shaped(at, { ...options, shape });
}

/** Those that lie within so many pixels of each other's first, in the order in which they come. */
export function together<T>(all: readonly T[], place: (one: T) => { x: number; y: number }, px: number): T[][] {
  const groups: { x: number; y: number; of: T[] }[] = [];
  for (const one of all) {
    const { x, y } = place(one);
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < px);
    if (near === undefined) groups.push({ x, y, of: [one] });
    else near.of.push(one);
  }
  return groups.map((group) => group.of);
}

/** "1–3, 5": numbers that grow. */
export function runs(numbers: readonly number[]): string {
  const found: number[][] = [];
  for (const n of numbers) {
    const last = found.at(-1);
    if (last?.at(-1) === n - 1) last.push(n);
    else found.push([n]);
  }
  return found.map((run) => (run.length > 1 ? `${run[0]}–${run.at(-1)}` : `${run[0]}`)).join(", ");
}

/** None of those that say how urgent something is. */
const HUES = [215, 290, 175, 325, 255, 85, 195, 270];
const DASHES = [undefined, "8 4", "2 4"];

/** A technician's line: no two neighbours in the list alike, and calm. */
export function lineOf(index: number): { color: string; dashArray?: string } {
  const dash = DASHES[Math.floor(index / HUES.length) % DASHES.length];
  return { color: `hsl(${HUES[index % HUES.length]} 45% 50%)`, ...(dash === undefined ? {} : { dashArray: dash }) };
}
