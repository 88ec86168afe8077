// The numbers of any period, beside the period before and what others reach: for each face that has some.
import { FileDown, Minus, Printer, TrendingDown, TrendingUp } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices, Empty } from "../../shared/parts.tsx";
import { inArea, shapes, today } from "../app.ts";
import { Trouble, useAsked } from "./asked.tsx";
import { words } from "./catalogue.ts";
import { BarChart, LineChart, type Band, type Point } from "./chart.tsx";
import { count, namesOf, range, said, type Benchmark, type Measure, type Numbers, type Part, type Ratio, type Subject } from "./measures.ts";
import "./numbers.css";
import { beside, periodOf, stepOf, type Period } from "./periods.ts";
import { named, Picker } from "./picker.tsx";

const OF_TIME: readonly string[] = ["day", "week", "month"];
/** Of a subject, whose names a page's own words know. */
interface Of<M extends string, S extends string> {
  of: Subject<M, S>;
}

function addressIn<M extends string, S extends string>(of: Subject<M, S>, period: Period, by: string, form = ""): string {
  return inArea(`${of.path}${form}`, { from: period.first, to: period.last, by });
}

export function NumbersPage<M extends string, S extends string>({ of, path }: Of<M, S> & { path: string[] }) {
  const w = words.value;
  const period = periodOf(path, today.value);
  const [isCompared, compare] = useState(true);
  const [chosen, choose] = useState<M>(of.first);
  const step = stepOf(period);
  const now = useAsked<Numbers<M, S>>(addressIn(of, period, step));
  const before = useAsked<Numbers<M, S>>(isCompared ? addressIn(of, beside(period, -1), step) : null);
  const again = () => [now, before].filter(({ trouble }) => trouble !== null).forEach((asked) => asked.again());
  return (
    <div class="page numbers">
      <header class="numbers-head">
        <h1>
          {of.words().title}
          <span class="named">{named(period)}</span>
        </h1>
        <Picker page="numbers" period={period} />
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
        now.trouble === null && <Waiting of={of} />
      ) : (
        <Told of={of} now={now.value} before={before.value} isBusy={now.busy} isComplete={!now.busy && !before.busy} period={period} isCompared={isCompared} chosen={chosen} choose={choose} />
      )}
    </div>
  );
}

function Waiting<M extends string, S extends string>({ of }: Of<M, S>) {
  return (
    <div class="tiles" aria-busy="true">
      {namesOf(of).map((name) => (
        <div key={name} class="tile">
          <span class="tile-name">{of.words().measures[name].name}</span>
          <span class="skeleton line" />
        </div>
      ))}
    </div>
  );
}

interface ToldProps<M extends string, S extends string> extends Of<M, S> {
  now: Numbers<M, S>;
  before: Numbers<M, S> | null;
  isBusy: boolean;
  isComplete: boolean;
  period: Period;
  isCompared: boolean;
  chosen: M;
  choose: (measure: M) => void;
}

function Told<M extends string, S extends string>({ of, now, before, isBusy, isComplete, period, isCompared, chosen, choose }: ToldProps<M, S>) {
  const w = words.value;
  // what was there before says nothing of a period that is on its way
  if (isEmpty(of, now)) return isBusy ? <Waiting of={of} /> : <Empty {...of.words().empty} />;
  const isAlone = before !== null && isEmpty(of, before);
  return (
    <div class={isBusy ? "told-numbers stale" : "told-numbers"} aria-busy={!isComplete}>
      {isAlone && <p class="notice">{w.emptyBefore(named(beside(period, -1)))}</p>}
      {of.above?.(now, period)}
      <div class="tiles">
        {namesOf(of).map((name) => (
          <Tile key={name} of={of} name={name} now={now} before={isAlone ? null : before} isChosen={name === chosen} choose={() => choose(name)} />
        ))}
      </div>
      <Detail of={of} name={chosen} over={now} before={isAlone ? null : before} period={period} isCompared={isCompared && !isAlone} />
      {of.beneath?.(period)}
    </div>
  );
}

function isEmpty<M extends string, S extends string>(of: Subject<M, S>, { total }: Numbers<M, S>): boolean {
  return namesOf(of).every((name) => total[name].numerator === 0 && !total[name].denominator);
}

function benchmarkOf(numbers: { benchmarks: Benchmark[] }, name: string): Benchmark | undefined {
  return numbers.benchmarks.find((one) => one.measure === name);
}

/** "33 of 41 jobs mended". */
function fraction<M extends string, S extends string>(of: Subject<M, S>, name: M, ratio: Ratio): string {
  const [below, measure] = [ratio.denominator ?? 0, of.measures[name]];
  return of.words().measures[name].of(count(measure, "above", ratio.numerator, shapes.value), count(measure, "below", below, shapes.value), below);
}

/** "median 4 min, 90th percentile 12 min". */
function spread(measure: Measure, { median, p90 }: Ratio): string | null {
  return median == null || p90 == null ? null : words.value.spread(said(measure, median, shapes.value), said(measure, p90, shapes.value));
}

function Tile<M extends string, S extends string>({ of, name, now, before, isChosen, choose }: Of<M, S> & { name: M; now: Numbers<M, S>; before: Numbers<M, S> | null; isChosen: boolean; choose: () => void }) {
  const w = words.value;
  const ratio = now.total[name];
  const known = benchmarkOf(now, name);
  const spreads = spread(of.measures[name], ratio);
  return (
    <button type="button" class="tile" aria-pressed={isChosen} onClick={choose}>
      <span class="tile-name">{of.words().measures[name].name}</span>
      <span class="tile-value">{ratio.value === null ? "–" : said(of.measures[name], ratio.value, shapes.value)}</span>
      <span class="aside">{ratio.value === null ? w.nothing : fraction(of, name, ratio)}</span>
      {spreads !== null && <span class="aside">{spreads}</span>}
      {before !== null && <Against measure={of.measures[name]} now={ratio.value} before={before.total[name].value} />}
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
  const { kind, better } = measure;
  const size = Math.abs(difference);
  const isSame = kind === "share" ? size < 0.0005 : kind === "duration" ? size < 30 : kind === "brief" ? size < 1 : size < 0.005;
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

function Detail<M extends string, S extends string>({ of, name, over, before, period, isCompared }: Of<M, S> & { name: M; over: Numbers<M, S>; before: Numbers<M, S> | null; period: Period; isCompared: boolean }) {
  const w = words.value;
  const own = of.words();
  const [split, setSplit] = useState<S | null>(null);
  const [form, setForm] = useState<"chart" | "table">("chart");
  const step = stepOf(period);
  const by = split ?? (step as string as S);
  const isTime = OF_TIME.includes(by);
  const other = useAsked<Numbers<M, S>>(by === step ? null : addressIn(of, period, by));
  const otherBefore = useAsked<Numbers<M, S>>(by === step || !isCompared ? null : addressIn(of, beside(period, -1), by));
  const numbers = by === step ? over : other.value;
  const earlier = by === step ? before : otherBefore.value;
  const known = benchmarkOf(over, name);
  return (
    <section class="detail">
      <header>
        <h2>{own.measures[name].name}</h2>
        <p>{own.measures[name].what}</p>
        <div class="bar-of-choices">
          <Choices label={w.by} quiet name="split" among={of.splits} say={(one) => own.by[one]} chosen={by} choose={setSplit} />
          <span class="gap" />
          <Choices label={w.show} quiet name="form" among={["chart", "table"] as const} say={(one) => w[one]} chosen={form} choose={setForm} />
          <a class="button" href={addressIn(of, period, by, ".csv")} download="">
            <FileDown size={16} aria-hidden="true" />
            {w.csv}
          </a>
        </div>
      </header>
      <Trouble asked={other} />
      {numbers === null ? (
        other.trouble === null && <div class="chart skeleton" aria-busy="true" />
      ) : numbers.parts.every(({ measures }) => measures[name].value === null) ? (
        <p class="aside">{numbers.parts.some(({ measures }) => measures[name].denominator === null) ? own.notByThis : w.nothing}</p>
      ) : form === "table" ? (
        <Behind of={of} name={name} numbers={numbers} earlier={earlier} isTime={isTime} by={by} />
      ) : (
        <Drawn of={of} name={name} numbers={numbers} earlier={isTime ? earlier : null} isTime={isTime} known={known} />
      )}
      {known !== undefined && (
        <p class="aside">
          {w.source}: {range(known.lowest, known.highest, shapes.value)}. {w.sources[known.source]}.
        </p>
      )}
    </section>
  );
}

function labelOf<M extends string, S extends string>(of: Subject<M, S>, part: Part<M>, by: S): string {
  const s = shapes.value;
  if (by === "day") return s.date(part.firstOn);
  if (by === "week") return s.days(part.firstOn, part.lastOn);
  if (by === "month") return s.month(part.firstOn);
  return part.label || of.labelOf?.(part, by) || words.value.unknown;
}

function pointsOf<M extends string, S extends string>(of: Subject<M, S>, name: M, numbers: Numbers<M, S>, earlier: Numbers<M, S> | null): Point[] {
  const [s, measure] = [shapes.value, of.measures[name]];
  return numbers.parts.map((part, index) => {
    const ratio = part.measures[name];
    const old = earlier?.parts[index]?.measures[name].value;
    const spreads = spread(measure, ratio);
    const value = ratio.value === null ? words.value.nothing : `${said(measure, ratio.value, s)} (${fraction(of, name, ratio)}${spreads === null ? "" : `; ${spreads}`})`;
    return {
      key: part.key || "-",
      label: numbers.by === "week" ? s.date(part.firstOn) : labelOf(of, part, numbers.by),
      value: ratio.value,
      before: old ?? null,
      told: `${labelOf(of, part, numbers.by)}: ${value}${old == null ? "" : `, ${words.value.ofBefore(said(measure, old, s))}`}`,
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

function Drawn<M extends string, S extends string>({ of, name, numbers, earlier, isTime, known }: Of<M, S> & { name: M; numbers: Numbers<M, S>; earlier: Numbers<M, S> | null; isTime: boolean; known: Benchmark | undefined }) {
  const measure = of.measures[name];
  const { kind } = measure;
  const Chart = isTime ? LineChart : BarChart;
  return (
    <figure>
      <Chart
        title={of.words().measures[name].name}
        points={pointsOf(of, name, numbers, earlier)}
        say={(value) => (kind === "share" && isTime ? shapes.value.percent(value, 0) : said(measure, value, shapes.value))}
        bands={bandsOf(known)}
        time={kind === "duration" || kind === "brief"}
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

function Behind<M extends string, S extends string>({ of, name, numbers, earlier, isTime, by }: Of<M, S> & { name: M; numbers: Numbers<M, S>; earlier: Numbers<M, S> | null; isTime: boolean; by: S }) {
  const w = words.value;
  const s = shapes.value;
  const [own, measure] = [of.words().measures[name], of.measures[name]];
  const spreads = numbers.parts.some(({ measures }) => measures[name].median != null);
  // by its place in time; by its name otherwise
  const olds = new Map(earlier?.parts.map((part, index) => [isTime ? String(index) : part.key, part]));
  return (
    <div class="behind" role="region" aria-label={own.name} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{own.name}</caption>
        <thead>
          <tr>
            <th scope="col">{of.words().by[by]}</th>
            <th scope="col" class="number">
              {own.name}
            </th>
            <th scope="col" class="number">
              {own.above}
            </th>
            <th scope="col" class="number">
              {own.below}
            </th>
            {spreads &&
              [w.median, w.p90].map((head) => (
                <th key={head} scope="col" class="number">
                  {head}
                </th>
              ))}
            {earlier !== null && (
              <th scope="col" class="number">
                {w.before}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {numbers.parts.map((part, index) => {
            const ratio = part.measures[name];
            const old = olds.get(isTime ? String(index) : part.key)?.measures[name].value;
            return (
              <tr key={part.key}>
                <th scope="row">{labelOf(of, part, by)}</th>
                <td class="number">{ratio.value === null ? "–" : said(measure, ratio.value, s)}</td>
                <td class="number">{count(measure, "above", ratio.numerator, s)}</td>
                <td class="number">{ratio.denominator === null ? "–" : count(measure, "below", ratio.denominator, s)}</td>
                {spreads &&
                  (["median", "p90"] as const).map((which) => (
                    <td key={which} class="number">
                      {ratio[which] == null ? "–" : said(measure, ratio[which], s)}
                    </td>
                  ))}
                {earlier !== null && <td class="number">{old == null ? "–" : said(measure, old, s)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
