// The numbers of any period, beside the period before and what others reach.
import { ChevronLeft, ChevronRight, FileDown, Minus, Printer, TrendingDown, TrendingUp } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices, Empty } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { inArea, shapes, today } from "../app.ts";
import type { PageProps } from "../../office/shell.tsx";
import { Trouble, useAsked } from "./asked.tsx";
import { words } from "./catalogue.ts";
import { BarChart, LineChart, type Band, type Point } from "./chart.tsx";
import { Ledger } from "./ledger.tsx";
import { count, MEASURES, NAMES, range, said, type Benchmark, type Measure, type Numbers as Counted, type Part, type Ratio, type Split } from "./measures.ts";
import "./numbers.css";
import { addressOf, around, beside, isPossible, periodOf, SPANS, stepOf, type Period, type Span } from "./periods.ts";

const SPLITS: readonly Split[] = ["day", "week", "month", "technician", "kind", "district"];
const OF_TIME: readonly Split[] = ["day", "week", "month"];
const addressIn = (period: Period, by: Split, form = ""): string => inArea(`/v1/numbers${form}`, { from: period.first, to: period.last, by });

export function Numbers({ path }: PageProps) {
  const w = words.value;
  const period = periodOf(path, today.value);
  const [isCompared, compare] = useState(true);
  const [chosen, choose] = useState<Measure>("firstTimeFix");
  const step = stepOf(period);
  const now = useAsked<Counted>(addressIn(period, step));
  const before = useAsked<Counted>(isCompared ? addressIn(beside(period, -1), step) : null);
  const again = () => [now, before].filter(({ trouble }) => trouble !== null).forEach((asked) => asked.again());
  return (
    <div class="page numbers">
      <header class="numbers-head">
        <h1>
          {w.title}
          <span class="named">{named(period)}</span>
        </h1>
        <Picker period={period} />
        <label class="tick">
          <input type="checkbox" checked={isCompared} onChange={() => compare(!isCompared)} />
          {w.compare}
        </label>
        <button type="button" class="button" onClick={() => print()}>
          <Printer size={16} aria-hidden="true" />
          {w.print}
        </button>
      </header>
      <Trouble asked={now.trouble === null && isCompared ? before : now} again={again} />
      {now.value === null ? (
        now.trouble === null && <Waiting />
      ) : (
        <Told now={now.value} before={before.value} isBusy={now.busy} isComplete={!now.busy && !before.busy} period={period} isCompared={isCompared} chosen={chosen} choose={choose} />
      )}
    </div>
  );
}

function named({ span, first, last }: Period): string {
  const s = shapes.value;
  if (span === "day") return s.day(first);
  return span === "month" ? s.month(first) : s.days(first, last);
}

function Waiting() {
  return (
    <div class="tiles" aria-busy="true">
      {NAMES.map((name) => (
        <div key={name} class="tile">
          <span class="tile-name">{words.value.measures[name].name}</span>
          <span class="skeleton line" />
        </div>
      ))}
    </div>
  );
}

function Picker({ period }: { period: Period }) {
  const w = words.value.period;
  const [own, setOwn] = useState<{ first: string; last: string } | null>(null);
  const typed = own ?? period;
  const isOwn = own !== null || period.span === "own";
  const show = (next: Period) => {
    setOwn(null);
    go(addressOf(next));
  };
  const pick = (span: Span) => (span === "own" ? setOwn({ first: period.first, last: period.last }) : show(around(span, today.value)));
  const isWrong = !isPossible(typed.first, typed.last);
  return (
    <div class="picker">
      <Choices label={w.label} quiet name="period" among={SPANS} say={(span) => w[span]} chosen={isOwn ? "own" : period.span} choose={pick} />
      <button type="button" class="icon-button" aria-label={w.earlier} title={w.earlier} onClick={() => show(beside(period, -1))}>
        <ChevronLeft size={18} aria-hidden="true" />
      </button>
      <button type="button" class="icon-button" aria-label={w.later} title={w.later} disabled={period.last >= today.value} onClick={() => show(beside(period, 1))}>
        <ChevronRight size={18} aria-hidden="true" />
      </button>
      {isOwn && (
        <form
          class="own"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isWrong) show({ span: "own", ...typed });
          }}
        >
          <label>
            {w.from} <input type="date" required value={typed.first} onInput={(event) => setOwn({ first: event.currentTarget.value, last: typed.last })} />
          </label>
          <label>
            {w.to} <input type="date" required value={typed.last} onInput={(event) => setOwn({ first: typed.first, last: event.currentTarget.value })} />
          </label>
          <button type="submit" class="button" disabled={isWrong}>
            {w.show}
          </button>
          {isWrong && (
            <p class="wrong" role="alert">
              {w.wrong}
            </p>
          )}
        </form>
      )}
    </div>
  );
}

interface ToldProps {
  now: Counted;
  before: Counted | null;
  isBusy: boolean;
  isComplete: boolean;
  period: Period;
  isCompared: boolean;
  chosen: Measure;
  choose: (measure: Measure) => void;
}

function Told({ now, before, isBusy, isComplete, period, isCompared, chosen, choose }: ToldProps) {
  const w = words.value;
  // what was there before says nothing of a period that is on its way
  if (isEmpty(now)) return isBusy ? <Waiting /> : <Empty title={w.empty.title} hint={w.empty.hint} />;
  const isAlone = before !== null && isEmpty(before);
  return (
    <div class={isBusy ? "told-numbers stale" : "told-numbers"} aria-busy={!isComplete}>
      {isAlone && <p class="notice">{w.emptyBefore(named(beside(period, -1)))}</p>}
      <div class="tiles">
        {NAMES.map((name) => (
          <Tile key={name} name={name} now={now} before={isAlone ? null : before} isChosen={name === chosen} choose={() => choose(name)} />
        ))}
      </div>
      <Detail measure={chosen} over={now} before={isAlone ? null : before} period={period} isCompared={isCompared && !isAlone} />
      <Ledger period={period} />
    </div>
  );
}

const isEmpty = ({ total }: Counted): boolean => NAMES.every((name) => total[name].numerator === 0 && !total[name].denominator);

function benchmarkOf(numbers: Counted, measure: Measure): Benchmark | undefined {
  return numbers.benchmarks.find((one) => one.measure === measure);
}

/** "33 of 41 jobs mended". */
function fraction(measure: Measure, ratio: Ratio): string {
  const below = ratio.denominator ?? 0;
  return words.value.measures[measure].of(count(measure, "above", ratio.numerator, shapes.value), count(measure, "below", below, shapes.value), below);
}

function Tile({ name, now, before, isChosen, choose }: { name: Measure; now: Counted; before: Counted | null; isChosen: boolean; choose: () => void }) {
  const w = words.value;
  const ratio = now.total[name];
  const known = benchmarkOf(now, name);
  return (
    <button type="button" class="tile" aria-pressed={isChosen} onClick={choose}>
      <span class="tile-name">{w.measures[name].name}</span>
      <span class="tile-value">{ratio.value === null ? "–" : said(name, ratio.value, shapes.value)}</span>
      <span class="aside">{ratio.value === null ? w.nothing : fraction(name, ratio)}</span>
      {before !== null && <Against measure={name} now={ratio.value} before={before.total[name].value} />}
      {known !== undefined && (
        <span class="aside">
          {w[known.source]}: {range(known.lowest, known.highest, shapes.value)}
          {known.bestLowest != null && known.bestHighest != null && `, ${w.best} ${range(known.bestLowest, known.bestHighest, shapes.value)}`}
        </span>
      )}
    </button>
  );
}

/** How it differs from the period before: a sign, a word, a colour. */
function Against({ measure, now, before }: { measure: Measure; now: number | null; before: number | null }) {
  const w = words.value;
  if (now === null) return null;
  if (before === null) {
    return (
      <span class="against">
        <Minus size={14} aria-hidden="true" />
        {w.noneBefore}
      </span>
    );
  }
  const difference = now - before;
  const { kind, better } = MEASURES[measure];
  const size = Math.abs(difference);
  const isSame = kind === "share" ? size < 0.0005 : kind === "duration" ? size < 30 : size < 0.005;
  if (isSame) {
    return (
      <span class="against">
        <Minus size={14} aria-hidden="true" />
        {w.same}
      </span>
    );
  }
  const isBetter = Math.sign(difference) === better;
  const Sign = difference > 0 ? TrendingUp : TrendingDown;
  const amount = kind === "share" ? w.points(shapes.value.number(Math.round(size * 1000) / 10)) : said(measure, size, shapes.value);
  return (
    <span class={`against ${better === 0 ? "" : isBetter ? "good" : "bad"}`}>
      <Sign size={14} aria-hidden="true" />
      {difference > 0 ? "+" : "−"}
      {amount}
      {better !== 0 && ` (${isBetter ? w.better : w.worse})`}
    </span>
  );
}

function Detail({ measure, over, before, period, isCompared }: { measure: Measure; over: Counted; before: Counted | null; period: Period; isCompared: boolean }) {
  const w = words.value;
  const [split, setSplit] = useState<Split | null>(null);
  const [form, setForm] = useState<"chart" | "table">("chart");
  const step = stepOf(period);
  const by = split ?? step;
  const isTime = OF_TIME.includes(by);
  const other = useAsked<Counted>(by === step ? null : addressIn(period, by));
  const otherBefore = useAsked<Counted>(by === step || !isCompared ? null : addressIn(beside(period, -1), by));
  const numbers = by === step ? over : other.value;
  const earlier = by === step ? before : otherBefore.value;
  const known = benchmarkOf(over, measure);
  return (
    <section class="detail">
      <header>
        <h2>{w.measures[measure].name}</h2>
        <p>{w.measures[measure].what}</p>
        <div class="bar-of-choices">
          <Choices label={w.by.label} quiet name="split" among={SPLITS} say={(one) => w.by[one]} chosen={by} choose={setSplit} />
          <span class="gap" />
          <Choices label={w.show} quiet name="form" among={["chart", "table"] as const} say={(one) => w[one]} chosen={form} choose={setForm} />
          <a class="button" href={addressIn(period, by, ".csv")} download="">
            <FileDown size={16} aria-hidden="true" />
            {w.csv}
          </a>
        </div>
      </header>
      <Trouble asked={other} />
      {numbers === null ? (
        other.trouble === null && <div class="chart skeleton" aria-busy="true" />
      ) : numbers.parts.every(({ measures }) => measures[measure].value === null) ? (
        <p class="aside">{numbers.parts.some(({ measures }) => measures[measure].denominator === null) ? w.notByThis : w.nothing}</p>
      ) : form === "table" ? (
        <Behind measure={measure} numbers={numbers} earlier={earlier} isTime={isTime} by={by} />
      ) : (
        <Drawn measure={measure} numbers={numbers} earlier={isTime ? earlier : null} isTime={isTime} known={known} />
      )}
      {known !== undefined && (
        <p class="aside">
          {w.source}: {range(known.lowest, known.highest, shapes.value)}. {w.sources[known.source]}.
        </p>
      )}
    </section>
  );
}

function labelOf(part: Part, by: Split): string {
  const s = shapes.value;
  if (by === "day") return s.date(part.firstOn);
  if (by === "week") return s.days(part.firstOn, part.lastOn);
  if (by === "month") return s.month(part.firstOn);
  return part.label || words.value.unknown;
}

function pointsOf(measure: Measure, numbers: Counted, earlier: Counted | null): Point[] {
  const s = shapes.value;
  return numbers.parts.map((part, index) => {
    const ratio = part.measures[measure];
    const old = earlier?.parts[index]?.measures[measure].value;
    const value = ratio.value === null ? words.value.nothing : `${said(measure, ratio.value, s)} (${fraction(measure, ratio)})`;
    return {
      key: part.key || "-",
      label: numbers.by === "week" ? s.date(part.firstOn) : labelOf(part, numbers.by),
      value: ratio.value,
      before: old ?? null,
      told: `${labelOf(part, numbers.by)}: ${value}${old == null ? "" : `, ${words.value.ofBefore(said(measure, old, s))}`}`,
    };
  });
}

function bandsOf(known: Benchmark | undefined): Band[] {
  if (known === undefined) return [];
  const w = words.value;
  const found: Band[] = [{ lowest: known.lowest, highest: known.highest, label: `${w[known.source]} ${range(known.lowest, known.highest, shapes.value)}` }];
  if (known.bestLowest != null && known.bestHighest != null) {
    found.push({ lowest: known.bestLowest, highest: known.bestHighest, label: `${w.best} ${range(known.bestLowest, known.bestHighest, shapes.value)}`, best: true });
  }
  return found;
}

function Drawn({ measure, numbers, earlier, isTime, known }: { measure: Measure; numbers: Counted; earlier: Counted | null; isTime: boolean; known: Benchmark | undefined }) {
  const w = words.value;
  const { kind } = MEASURES[measure];
  const Chart = isTime ? LineChart : BarChart;
  return (
    <figure>
      <Chart
        title={w.measures[measure].name}
        points={pointsOf(measure, numbers, earlier)}
        say={(value) => (kind === "share" && isTime ? shapes.value.percent(value, 0) : said(measure, value, shapes.value))}
        bands={bandsOf(known)}
        time={kind === "duration"}
        {...(kind === "share" ? { most: 1 } : {})}
      />
      {earlier !== null && (
        <figcaption class="legend">
          <span class="key now">{named({ span: "own", first: numbers.firstOn, last: numbers.lastOn })}</span>
          <span class="key before">{named({ span: "own", first: earlier.firstOn, last: earlier.lastOn })}</span>
        </figcaption>
      )}
    </figure>
  );
}

function Behind({ measure, numbers, earlier, isTime, by }: { measure: Measure; numbers: Counted; earlier: Counted | null; isTime: boolean; by: Split }) {
  const w = words.value;
  const s = shapes.value;
  const own = w.measures[measure];
  // by its place in time; by its name otherwise
  const olds = new Map(earlier?.parts.map((part, index) => [isTime ? String(index) : part.key, part]));
  return (
    <div class="behind" role="region" aria-label={own.name} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{own.name}</caption>
        <thead>
          <tr>
            <th scope="col">{w.by[by]}</th>
            <th scope="col" class="number">
              {own.name}
            </th>
            <th scope="col" class="number">
              {own.above}
            </th>
            <th scope="col" class="number">
              {own.below}
            </th>
            {earlier !== null && (
              <th scope="col" class="number">
                {w.before}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {numbers.parts.map((part, index) => {
            const ratio = part.measures[measure];
            const old = olds.get(isTime ? String(index) : part.key)?.measures[measure].value;
            return (
              <tr key={part.key}>
                <th scope="row">{labelOf(part, by)}</th>
                <td class="number">{ratio.value === null ? "–" : said(measure, ratio.value, s)}</td>
                <td class="number">{count(measure, "above", ratio.numerator, s)}</td>
                <td class="number">{ratio.denominator === null ? "–" : count(measure, "below", ratio.denominator, s)}</td>
                {earlier !== null && <td class="number">{old == null ? "–" : said(measure, old, s)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
