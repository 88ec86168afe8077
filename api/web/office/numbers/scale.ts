// Where the lines of a chart's axis stand. Pure.

/** Times are read in minutes and hours, not in powers of ten. */
const SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000];
const LINES = 4;

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

function stepFor(span: number, isTime: boolean): number {
  const rough = span / LINES;
  const known = isTime ? SECONDS.find((step) => step >= rough) : undefined;
  if (known !== undefined) return known;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (([1, 2, 5].find((times) => times * power >= rough * 0.999) ?? 10) as number) * power;
}

/** A scale that holds all of these. `zero`: it begins at nothing; `most`: nothing is above it, as no share is above one. */
export function scaleOf(values: readonly number[], how: { zero?: boolean; most?: number; time?: boolean } = {}): Scale {
  const low = Math.min(...values, how.zero === true ? 0 : Infinity);
  const high = Math.max(...values, how.zero === true ? 0 : -Infinity);
  if (!Number.isFinite(low)) return { low: 0, high: 1, ticks: [0, 1] };
  const span = high - low || Math.abs(high) || 1;
  const step = stepFor(span, how.time === true);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  const within = how.most === undefined ? ticks : ticks.filter((tick) => tick <= (how.most as number));
  const kept = within.length > 1 ? within : [(ticks[0] as number) - step, ...ticks.slice(0, 1)];
  return { low: kept[0] as number, high: Math.max(kept.at(-1) as number, high), ticks: kept };
}

/** Every how manieth label has room. */
export function thinned(labels: number, room: number, each: number): number {
  return Math.max(1, Math.ceil((labels * each) / Math.max(room, each)));
}
