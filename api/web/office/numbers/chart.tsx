// Charts: lines over time and bars beside each other. Each point can be reached by the keyboard and says itself; what is compared
// differs by its pattern, not by its colour alone.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { scaleOf, thinned, type Scale } from "./scale.ts";

export interface Point {
  key: string;
  label: string;
  value: number | null;
  before?: number | null;
  /** All that is known of it, as one sentence. */
  told: string;
}

export interface Band {
  lowest: number;
  highest: number;
  label: string;
  best?: boolean;
}

interface ChartProps {
  title: string;
  points: Point[];
  say: (value: number) => string;
  bands?: Band[];
  most?: number;
  time?: boolean;
}

const HEIGHT = 260;
const PAD = { left: 72, right: 28, top: 20, bottom: 28 };
const NARROWEST = 320;

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => entry !== undefined && setWidth(Math.max(NARROWEST, Math.round(entry.contentRect.width))));
    if (box.current !== null) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  return { box, width };
}

/** One of the points is in the order of the keyboard; arrows go on from it. */
function useRoving(points: Point[]) {
  const [chosen, setChosen] = useState<string | null>(null);
  const group = useRef<SVGSVGElement>(null);
  const known = points.findIndex((one) => one.key === chosen);
  // before anybody looks closer: the last of which there is something to say
  const at = known === -1 ? Math.max(0, points.findLastIndex(({ value }) => value !== null)) : known;
  const onKeyDown = (event: KeyboardEvent) => {
    const by: Record<string, number> = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: points.length - 1 };
    const next = points[by[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next.key);
    group.current?.querySelector<SVGElement>(`[data-key="${CSS.escape(next.key)}"]`)?.focus();
  };
  return { at, group, onKeyDown, choose: setChosen };
}

function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
      </pattern>
    </defs>
  );
}

/** The parts of a line between gaps: where nothing was counted there is no line. */
function path(xs: number[], values: (number | null | undefined)[], y: (value: number) => number): string {
  let isOpen = false;
  return values
    .map((value, index) => {
      if (value == null) {
        isOpen = false;
        return "";
      }
      const command = isOpen ? "L" : "M";
      isOpen = true;
      return `${command}${(xs[index] as number).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
}

function Axis({ scale, y, right, say }: { scale: Scale; y: (value: number) => number; right: number; say: (value: number) => string }) {
  return (
    <g aria-hidden="true">
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={PAD.left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text class="axis" x={PAD.left - 8} y={y(tick) + 4} text-anchor="end">
            {say(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export function LineChart({ title, points, say, bands = [], most, time = false }: ChartProps) {
  const { box, width } = useWidth();
  const { at, group, onKeyDown, choose } = useRoving(points);
  const hatch = useId();
  const known = points.flatMap(({ value, before }) => [value, before]).filter((value) => value != null);
  const scale = scaleOf([...known, ...bands.flatMap(({ lowest, highest }) => [lowest, highest])], { time, ...(most === undefined ? { zero: true } : { most }) });
  const right = width - PAD.right;
  const y = (value: number): number => PAD.top + ((scale.high - value) / (scale.high - scale.low)) * (HEIGHT - PAD.top - PAD.bottom);
  const room = right - PAD.left;
  const xs = points.map((_, index) => (points.length === 1 ? PAD.left + room / 2 : PAD.left + 8 + (index / (points.length - 1)) * (room - 16)));
  const each = thinned(points.length, room, 64);
  return (
    <div class="chart" ref={box}>
      <svg ref={group} viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="group" aria-label={title} onKeyDown={onKeyDown}>
        <Hatch id={hatch} />
        <Axis scale={scale} y={y} right={right} say={say} />
        {bands.map((band) => (
          <g key={band.label} class={band.best === true ? "band best" : "band"} aria-hidden="true">
            {band.lowest === band.highest ? <line x1={PAD.left} x2={right} y1={y(band.lowest)} y2={y(band.lowest)} /> : <rect x={PAD.left} width={room} y={y(band.highest)} height={y(band.lowest) - y(band.highest)} fill={`url(#${hatch})`} />}
            <text x={right} y={y(band.highest) - 5} text-anchor="end">
              {band.label}
            </text>
          </g>
        ))}
        <path class="line before" d={path(xs, points.map(({ before }) => before), y)} />
        <path class="line" d={path(xs, points.map(({ value }) => value), y)} />
        {points.map((point, index) => {
          const x = xs[index] as number;
          const reach = Math.max(12, room / points.length / 2);
          const begin = Math.max(0, x - reach);
          return (
            <g key={point.key} class="point" data-key={point.key} role="img" aria-label={point.told} tabIndex={index === at ? 0 : -1} onFocus={() => choose(point.key)} onMouseEnter={() => choose(point.key)}>
              <rect class="reach" x={begin} width={Math.min(width, x + reach) - begin} y={PAD.top} height={HEIGHT - PAD.top - PAD.bottom} />
              {point.before != null && <rect class="dot before" x={x - 3} y={y(point.before) - 3} width="6" height="6" />}
              {point.value !== null && <circle class="dot" cx={x} cy={y(point.value)} r={index === at ? 5.5 : 3.5} />}
            </g>
          );
        })}
        <g aria-hidden="true">
          {points.map((point, index) => index % each === 0 && (
            <text key={point.key} class="axis" x={xs[index]} y={HEIGHT - 8} text-anchor="middle">
              {point.label}
            </text>
          ))}
        </g>
      </svg>
      <p class="readout">{points[at]?.told}</p>
    </div>
  );
}

const ROW = 26;
const NAME = 200;
const SAID = 88;

/** Beside each other, the greatest first. `chosen` and `choose`, where one can be looked at closer. */
export function BarChart({ title, points, say, bands = [], time = false, chosen, choose }: ChartProps & { chosen?: string | null; choose?: (key: string) => void }) {
  const { box, width } = useWidth();
  const sorted = [...points].sort((one, other) => (other.value ?? -Infinity) - (one.value ?? -Infinity));
  const roving = useRoving(sorted);
  const hatch = useId();
  const values = sorted.flatMap(({ value }) => (value === null ? [] : [value]));
  const scale = scaleOf([...values, ...bands.map(({ highest }) => highest)], { zero: true, time });
  const [left, right] = [NAME + (scale.low < 0 ? SAID : 8), width - SAID];
  const x = (value: number): number => left + ((value - scale.low) / (scale.high - scale.low)) * Math.max(40, right - left);
  const height = sorted.length * ROW + (bands.length > 0 ? 44 : 8);
  const bottom = sorted.length * ROW + 4;
  return (
    <div class="chart" ref={box}>
      <svg ref={roving.group} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={title} onKeyDown={roving.onKeyDown}>
        <Hatch id={hatch} />
        {bands.map((band, index) => (
          <g key={band.label} class={band.best === true ? "band best" : "band"} aria-hidden="true">
            {band.lowest === band.highest ? <line x1={x(band.lowest)} x2={x(band.lowest)} y1={0} y2={bottom} /> : <rect x={x(band.lowest)} width={x(band.highest) - x(band.lowest)} y={0} height={bottom} fill={`url(#${hatch})`} />}
            <text x={Math.min(x(band.highest), width - 4)} y={bottom + 14 + 16 * index} text-anchor={x(band.highest) > width / 2 ? "end" : "start"}>
              {band.label}
            </text>
          </g>
        ))}
        <line class="grid" x1={x(0)} x2={x(0)} y1={0} y2={bottom} />
        {sorted.map((point, index) => {
          const top = index * ROW + 4;
          const value = point.value ?? 0;
          const end = x(value);
          return (
            <g
              key={point.key}
              class={chosen === point.key ? "point chosen" : "point"}
              data-key={point.key}
              role={choose === undefined ? "img" : "button"}
              aria-label={point.told}
              aria-pressed={choose === undefined ? undefined : chosen === point.key}
              tabIndex={index === roving.at ? 0 : -1}
              onFocus={() => roving.choose(point.key)}
              onClick={() => choose?.(point.key)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                choose?.(point.key);
              }}
            >
              <title>{point.told}</title>
              <rect class="reach" x="0" width={width} y={top - 3} height={ROW} />
              {/* clipped by its own frame: whoever hears it hears all of it */}
              <svg x="4" y={top - 3} width={NAME - 8} height={ROW}>
                <text class="name" x="0" y="17">
                  {point.label}
                </text>
              </svg>
              <rect class={value < 0 ? "bar below" : "bar"} x={Math.min(end, x(0))} width={Math.abs(end - x(0))} y={top} height={ROW - 8} fill={value < 0 ? `url(#${hatch})` : undefined} />
              <text class="said" x={value < 0 ? end - 6 : end + 6} y={top + 14} text-anchor={value < 0 ? "end" : "start"}>
                {point.value === null ? "–" : say(point.value)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
