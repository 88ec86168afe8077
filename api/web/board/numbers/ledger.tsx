// The fairness ledger: who carried how much, and how that came about.
import { FileDown } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices } from "../../shared/parts.tsx";
import { inArea, shapes, today } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Trouble, useAsked } from "../../office/numbers/asked.tsx";
import { words as shared } from "../../office/numbers/catalogue.ts";
import { BarChart, LineChart, type Point } from "../../office/numbers/chart.tsx";
import { length, type Period } from "../../office/numbers/periods.ts";
import { words } from "./catalogue.ts";

type History = Schemas["FairnessHistoryOut"];
type Burden = Schemas["BurdenOut"];
type Now = Schemas["FairnessOut"];
const COUNTED = ["days", "overtimeMinutes", "farVisits", "emergencies", "weekendMinutes", "lateMinutes", "joinedVisits", "burdenMinutes"] as const;
const BY_WEEK = 200;

interface Carrier {
  technicianId: string;
  displayName: string;
  burdens: Burden[];
  sums: Record<(typeof COUNTED)[number], number>;
  balance: number;
}

/** Each with the sums of the period; the balance against what so many days cost on average in it. */
export function carriersOf(history: History): Carrier[] {
  const found = history.items.map((one) => {
    const sums = Object.fromEntries(COUNTED.map((name) => [name, one.burdens.reduce((sum, burden) => sum + burden[name], 0)])) as Carrier["sums"];
    return { ...one, sums, balance: 0 };
  });
  const days = found.reduce((sum, one) => sum + one.sums.days, 0);
  const burden = found.reduce((sum, one) => sum + one.sums.burdenMinutes, 0);
  // "2" before "10"
  found.sort((one, other) => one.displayName.localeCompare(other.displayName, undefined, { numeric: true }));
  return found.filter((one) => one.sums.days > 0).map((one) => ({ ...one, balance: Math.round(one.sums.burdenMinutes - (burden / days) * one.sums.days) }));
}

export function Ledger({ period }: { period: Period }) {
  const w = words.value.ledger;
  const by = length(period) <= BY_WEEK ? "week" : "month";
  const query = { from: period.first, to: period.last, by };
  const asked = useAsked<History>(inArea("/v1/fairness/history", query));
  const balances = useAsked<Now>(inArea("/v1/fairness", { from: today.value, to: today.value }));
  const [form, setForm] = useState<"chart" | "table">("chart");
  const [chosen, choose] = useState<string | null>(null);
  const carriers = asked.value === null ? null : carriersOf(asked.value);
  const closer = carriers?.find((one) => one.technicianId === chosen);
  return (
    <section class="detail ledger">
      <header>
        <h2>{w.title}</h2>
        <p>{w.what}</p>
        <div class="bar-of-choices">
          <Choices label={shared.value.show} quiet name="ledger-form" among={["chart", "table"] as const} say={(one) => shared.value[one]} chosen={form} choose={setForm} />
          <a class="button" href={inArea("/v1/fairness/history.csv", query)} download="">
            <FileDown size={16} aria-hidden="true" />
            {shared.value.csv}
          </a>
        </div>
      </header>
      <Trouble asked={asked} />
      {carriers === null ? (
        asked.trouble === null && <div class="chart skeleton" aria-busy="true" />
      ) : carriers.length === 0 ? (
        <p class="aside">{w.empty}</p>
      ) : form === "chart" ? (
        <>
          <h3>{w.balanceOf}</h3>
          <BarChart title={w.balanceOf} time points={carriers.map((one) => pointOf(one.technicianId, one.displayName, one.balance))} say={signed} chosen={chosen} choose={choose} />
          {closer === undefined ? (
            <p class="aside not-printed">{w.choose}</p>
          ) : (
            <>
              <h3>{by === "week" ? w.history(closer.displayName) : w.historyByMonth(closer.displayName)}</h3>
              <LineChart title={closer.displayName} time points={closer.burdens.map((one) => pointOf(one.firstOn, by === "week" ? shapes.value.date(one.firstOn) : shapes.value.month(one.firstOn), one.balanceMinutes))} say={signed} />
            </>
          )}
        </>
      ) : (
        <Table carriers={carriers} now={new Map(balances.value?.items.map((one) => [one.technicianId, one.balanceMinutes]))} />
      )}
    </section>
  );
}

/** Seconds, because charts of times count in them. */
function pointOf(key: string, label: string, minutes: number): Point {
  const w = words.value.ledger;
  const more = minutes === 0 ? "" : ` (${minutes > 0 ? w.above : w.below})`;
  return { key, label, value: minutes * 60, told: `${label}: ${signed(minutes * 60)}${more}` };
}

function signed(seconds: number): string {
  const sign = seconds < 0 ? "−" : seconds > 0 ? "+" : "";
  return `${sign}${shapes.value.duration(Math.abs(seconds))}`;
}

function Table({ carriers, now }: { carriers: Carrier[]; now: Map<string, number> }) {
  const w = words.value.ledger;
  const s = shapes.value;
  const time = (minutes: number): string => s.duration(minutes * 60);
  // what it comes to first: a narrow window shows what follows by scrolling
  const heads = [w.balance, w.now, w.burden, w.days, w.overtime, w.far, w.emergencies, w.weekend, w.late, w.joined];
  return (
    <div class="behind" role="region" aria-label={w.title} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{w.title}</caption>
        <thead>
          <tr>
            <th scope="col">{w.technician}</th>
            {heads.map((head) => (
              <th key={head} scope="col" class="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {carriers.map(({ technicianId, displayName, sums, balance }) => {
            const today = now.get(technicianId);
            const cells = [signed(balance * 60), today === undefined ? "–" : signed(today * 60), time(sums.burdenMinutes), s.number(sums.days), time(sums.overtimeMinutes), s.number(sums.farVisits), s.number(sums.emergencies), time(sums.weekendMinutes), time(sums.lateMinutes), s.number(sums.joinedVisits)];
            return (
              <tr key={technicianId}>
                <th scope="row">{displayName}</th>
                {cells.map((cell, index) => (
                  <td key={heads[index]} class="number">
                    {cell}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
