// Support in numbers: one's own first, or the whole team for whoever supervises it; then the area of any period.
import type { PageProps } from "../../office/shell.tsx";
import { Trouble, useAsked } from "../../office/numbers/asked.tsx";
import { words as shared } from "../../office/numbers/catalogue.ts";
import { namesOf, said, type Numbers as Counted, type Part, type Ratio, type Subject } from "../../office/numbers/measures.ts";
import { NumbersPage } from "../../office/numbers/page.tsx";
import type { Period } from "../../office/numbers/periods.ts";
import { Skeleton } from "../../office/parts.tsx";
import { inArea, shapes } from "../app.ts";
import { words } from "./catalogue.ts";
import { MEASURES, OF_PEOPLE, type Measure, type Split } from "./measures.ts";

type Told = Counted<Measure, Split> & { everybody: boolean };

const SUPPORT: Subject<Measure, Split> = {
  path: "/v1/support-numbers",
  measures: MEASURES,
  first: "lineInTime",
  splits: ["day", "week", "month", "staff", "line", "channel", "district"],
  words: () => words.value,
  labelOf: ({ key }, by) => (by === "line" ? words.value.lineOf(key) : by === "channel" ? (words.value.channels[key] ?? key) : by === "district" ? key : ""),
  above: (_, period) => <People period={period} />,
};

export function Numbers({ path }: PageProps) {
  return <NumbersPage of={SUPPORT} path={path} />;
}

function People({ period }: { period: Period }) {
  const w = words.value;
  const asked = useAsked<Told>(inArea("/v1/support-numbers", { from: period.first, to: period.last, by: "staff" }));
  const told = asked.value;
  return (
    <>
      <section class="detail people" aria-busy={asked.busy}>
        <Trouble asked={asked} />
        {told === null ? asked.trouble === null && <Skeleton lines={4} /> : told.everybody ? <Team told={told} /> : <Own told={told} />}
      </section>
      <h2>{w.whole}</h2>
    </>
  );
}

/** The value, how many cases are behind it, and of times the median. */
function Cell({ name, ratio }: { name: Measure; ratio: Ratio }) {
  const measure = MEASURES[name];
  const cases = name === "taken" ? words.value.tickets(ratio.numerator) : words.value.cases(ratio.denominator ?? 0);
  return (
    <td class="number">
      {ratio.value === null ? "–" : said(measure, ratio.value, shapes.value)}
      <br />
      <span class="aside">{ratio.denominator === null ? shared.value.unknown : cases}</span>
      {ratio.median != null && (
        <>
          <br />
          <span class="aside">{words.value.median(said(measure, ratio.median, shapes.value))}</span>
        </>
      )}
    </td>
  );
}

function Own({ told }: { told: Told }) {
  const w = words.value;
  const own = told.parts[0];
  if (own === undefined || namesOf(SUPPORT).every((name) => own.measures[name].numerator === 0 && !own.measures[name].denominator)) {
    return (
      <>
        <h2>{w.own}</h2>
        <p class="aside">{w.noneOwn}</p>
      </>
    );
  }
  return (
    <>
      <h2>{w.own}</h2>
      <div class="behind" role="region" aria-label={w.own} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{w.measure}</th>
              <th scope="col" class="number">
                {w.mine}
              </th>
              <th scope="col" class="number">
                {w.whole}
              </th>
            </tr>
          </thead>
          <tbody>
            {namesOf(SUPPORT).map((name) => (
              <tr key={name}>
                <th scope="row">
                  {w.measures[name].name}
                  <br />
                  <span class="aside">{w.measures[name].what}</span>
                </th>
                <Cell name={name} ratio={own.measures[name]} />
                <Cell name={name} ratio={told.total[name]} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Team({ told }: { told: Told }) {
  const w = words.value;
  const whole: Pick<Part<Measure>, "key" | "label" | "measures"> = { key: "whole", label: w.whole, measures: told.total };
  return (
    <>
      <h2>{w.team}</h2>
      {told.parts.length === 0 ? (
        <p class="aside">{w.nobody}</p>
      ) : (
        <div class="behind" role="region" aria-label={w.team} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{w.by.staff}</th>
                {OF_PEOPLE.map((name) => (
                  <th key={name} scope="col" class="number">
                    {w.measures[name].name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...told.parts, whole].map((part) => (
                <tr key={part.key} class={part.key === "whole" ? "whole" : ""}>
                  <th scope="row">{part.label}</th>
                  {OF_PEOPLE.map((name) => (
                    <Cell key={name} name={name} ratio={part.measures[name]} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
