// What subscribers of the area were credited in a period, line by line, and what supervisors took along as a file: each credit once.
import { CircleCheck, Clock3, FileDown, Printer } from "lucide-preact";
import { useState } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { periodOf, type Period } from "../../office/numbers/periods.ts";
import { named, Picker } from "../../office/numbers/picker.tsx";
import "../../office/numbers/numbers.css";
import { Asked } from "../../office/parts.tsx";
import type { PageProps } from "../../office/shell.tsx";
import { area, attempt, holds, inArea, shapes, today, told } from "../app.ts";
import { TicketLink } from "../ticket/link.tsx";
import { words } from "./catalogue.ts";
import { Lines } from "./lines.tsx";

type Credit = Schemas["CreditOfPeriodOut"];
type Statement = Schemas["CreditStatementOut"];
type Export = Schemas["CreditExportOut"];

export function Credits({ path }: PageProps) {
  const w = words.value;
  const period = periodOf(path, today.value, "month");
  const [turn, setTurn] = useState(0);
  const isBoss = holds("supervisor");
  const of = `${area.value?.areaId} ${period.first} ${period.last} ${turn}`;
  return (
    <div class="page numbers">
      <header class="numbers-head">
        <h1>
          {w.title}
          <span class="named">{named(period)}</span>
        </h1>
        <Picker page="credits" period={period} />
      </header>
      <Asked of={`credits ${of}`} ask={() => read<Statement>(inArea("/v1/credit-statement", { from: period.first, to: period.last }))}>
        {(statement) => (
          <>
            <Totals of={statement} />
            <p class="aside">{w.ways[statement.leavesBy]}</p>
            {isBoss && statement.totals.some((one) => one.owed + one.exported > 0) && <Exporting of={statement} period={period} done={() => setTurn(turn + 1)} />}
            <List of={statement} />
          </>
        )}
      </Asked>
      {isBoss && (
        <Asked of={`exports ${of}`} ask={async () => (await read<Schemas["CreditExports"]>(inArea("/v1/credit-exports"))).items}>
          {(items) => <Exports items={items} />}
        </Asked>
      )}
    </div>
  );
}

function Totals({ of }: { of: Statement }) {
  const w = words.value;
  const s = shapes.value;
  return (
    <ul class="tiles totals">
      {of.totals.map((one) => (
        <li key={one.currency} class="tile">
          <span class="tile-name">{w.total(one.currency)}</span>
          <span class="tile-value">{s.money(one.amountMinor, one.currency)}</span>
          <span class="aside">{w.credits(one.credits)}</span>
          {(one.owed > 0 || one.exported > 0) && <span class="aside">{w.owed(s.money(one.owedMinor, one.currency), one.owed)}</span>}
        </li>
      ))}
    </ul>
  );
}

function Exporting({ of, period, done }: { of: Statement; period: Period; done: () => void }) {
  const w = words.value;
  const [busy, setBusy] = useState(false);
  const left = of.totals.reduce((sum, one) => sum + one.owed, 0);
  const take = async () => {
    setBusy(true);
    const isTaken = await attempt(async () => {
      const made = await post<Export>(inArea("/v1/credit-exports"), { firstOn: period.first, lastOn: period.last });
      told.value = { text: w.exported(made.credits), tone: "good" };
      location.assign(fileOf(made));
    });
    setBusy(false);
    if (isTaken) done();
  };
  return (
    <div class="bar-of-choices">
      <button type="button" class="button primary" disabled={busy || left === 0} onClick={() => void take()}>
        <FileDown size={16} aria-hidden="true" />
        {w.export(left)}
      </button>
      <span class="aside">{left === 0 ? w.nothingLeft : w.once}</span>
    </div>
  );
}

const fileOf = ({ exportId }: Export): string => inArea(`/v1/credit-exports/${exportId}/file`);

function List({ of }: { of: Statement }) {
  const w = words.value;
  if (of.items.length === 0) return <Empty {...w.none} />;
  return (
    <div class="detail credits-listed">
      <table>
        <thead>
          <tr>
            <th scope="col">{w.credited}</th>
            <th scope="col">{w.contract}</th>
            <th scope="col">{w.why}</th>
            <th scope="col" class="number">
              {w.amount}
            </th>
            <th scope="col">{w.state}</th>
          </tr>
        </thead>
        <tbody>
          {of.items.map((one) => (
            <Row key={one.creditId} of={one} />
          ))}
        </tbody>
      </table>
      {of.more && <p class="aside">{w.more(of.items.length)}</p>}
    </div>
  );
}

function Row({ of }: { of: Credit }) {
  const w = words.value;
  const s = shapes.value;
  return (
    <tr>
      <td>
        {s.moment(of.creditedAt)}
        {of.claimed && (
          <>
            <br />
            <span class="aside">{w.claimed}</span>
          </>
        )}
      </td>
      <th scope="row">
        {of.contract}
        <br />
        <span class="aside">{of.ticketId === null ? w.outage : <TicketLink ticketId={of.ticketId} number={of.ticketNumber} />}</span>
      </th>
      <td>
        <Lines lines={of.lines} />
      </td>
      <td class="number">
        <b>{s.money(of.amountMinor, of.currency)}</b>
      </td>
      <td>
        <Left of={of} />
        {holds("supervisor") && (
          <a class="button plain small" href={`#/letter/credits/${of.creditId}`}>
            <Printer size={16} aria-hidden="true" />
            {w.print}
          </a>
        )}
      </td>
    </tr>
  );
}

/** To billing, or in a file: never both. */
function Left({ of }: { of: Credit }) {
  const w = words.value;
  const at = of.leavesBy === "billing" ? of.billedAt : of.exportedAt;
  if (at === null) {
    return (
      <span class="state">
        <Clock3 size={16} aria-hidden="true" />
        {of.leavesBy === "billing" ? w.isLeaving : w.isOwed}
      </span>
    );
  }
  const when = shapes.value.moment(at);
  return (
    <span class="state good">
      <CircleCheck size={16} aria-hidden="true" />
      {of.leavesBy === "billing" ? w.isBilled(when) : w.isExported(when)}
    </span>
  );
}

function Exports({ items }: { items: Export[] }) {
  const w = words.value;
  const s = shapes.value;
  if (items.length === 0) return null;
  return (
    <section class="detail">
      <h2>{w.exports}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{w.when}</th>
            <th scope="col">{w.by}</th>
            <th scope="col">{w.period}</th>
            <th scope="col" class="number">
              {w.howMany}
            </th>
            <th scope="col">{w.file}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.exportId}>
              <td>{s.dated(one.exportedAt)}</td>
              <td>{one.exportedBy}</td>
              <td>{s.days(one.firstOn, one.lastOn)}</td>
              <td class="number">{s.number(one.credits)}</td>
              <td>
                <a href={fileOf(one)} download="">
                  {w.again}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
