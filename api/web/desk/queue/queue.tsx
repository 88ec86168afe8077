// What waits at the lines, and what one has in hand.
import { TriangleAlert } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { areas, clock, holds, shapes, words } from "../app.ts";
import { takeNext } from "../call/state.ts";

const EVERY_MS = 10_000;

interface Both {
  waits: Schemas["LineWaitsOut"][];
  waiting: Schemas["TicketWaiting"][];
  /** Null of whoever only looks on. */
  mine: Schemas["TicketInHand"][] | null;
}

async function readBoth(): Promise<Both> {
  const [waits, mine] = await Promise.all([read<Schemas["Waits"]>("/v1/queue"), holds("support") ? read<Schemas["TicketsMine"]>("/v1/tickets") : null]);
  return { waits: waits.items, waiting: waits.tickets, mine: mine?.items ?? null };
}

export function Queue() {
  return (
    <div class="page queue">
      <Asked of="queue" ask={readBoth}>
        {(both) => <Lines first={both} />}
      </Asked>
    </div>
  );
}

function Lines({ first }: { first: Both }) {
  const w = words.value.queue;
  const [{ waits, waiting, mine }, setBoth] = useState(first);
  const [since, setSince] = useState<string | null>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      readBoth().then(
        (both) => {
          setBoth(both);
          setSince(null);
        },
        () => setSince((before) => before ?? clock.value.toISOString()),
      );
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const areaName = (areaId: string) => areas.value.find((one) => one.areaId === areaId)?.name ?? "";
  return (
    <>
      <header class="queue-head">
        <h1>{w.title}</h1>
        {mine !== null && (
          <button type="button" class={`button ${waiting.length > 0 ? "primary" : ""}`} onClick={() => void takeNext()}>
            {w.next}
          </button>
        )}
      </header>
      {since !== null && (
        <p class="notice bad" role="alert">
          {w.stale(shapes.value.time(since))}
        </p>
      )}
      {waits.length === 0 ? (
        <Empty title={w.nothing} hint={w.nothingHint} />
      ) : (
        <table>
          <thead>
            <tr>
              {areas.value.length > 1 && <th scope="col">{words.value.area}</th>}
              <th scope="col">{w.line}</th>
              <th scope="col" class="number">
                {w.waiting}
              </th>
              <th scope="col" class="number">
                {w.longest}
              </th>
              <th scope="col" class="number">
                {w.limit}
              </th>
              <th scope="col" class="number">
                {w.inHand}
              </th>
            </tr>
          </thead>
          <tbody>
            {waits.map((one) => (
              <tr key={`${one.areaId} ${one.line}`}>
                {areas.value.length > 1 && <td>{areaName(one.areaId)}</td>}
                <td>{words.value.call.lineOf(one.line)}</td>
                <td class="number">{one.waiting}</td>
                <td class={`number ${one.over ? "warn" : ""}`}>
                  {one.over && <TriangleAlert size={16} aria-label={w.over} />} {one.longestSince === null ? "–" : passed(one.longestSince)}
                </td>
                <td class="number">{shapes.value.duration(one.limitSeconds)}</td>
                <td class="number">{one.inHand}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {mine !== null && <Mine mine={mine} />}
      {waiting.length > 0 && (
        <>
          <h2>{w.list}</h2>
          {mine !== null && <p class="aside">{w.listHint}</p>}
          <Waiting among={waiting} />
        </>
      )}
    </>
  );
}

/** "3 min". */
const passed = (since: string): string => shapes.value.passed(since, clock.value);

function Mine({ mine }: { mine: Schemas["TicketInHand"][] }) {
  const w = words.value.queue;
  return (
    <>
      <h2>{w.mine}</h2>
      {mine.length === 0 ? (
        <p class="aside">
          {w.noneMine}. {w.noneMineHint}
        </p>
      ) : (
        <ul class="mine">
          {mine.map((one) => (
            <li key={one.ticketId}>
              <a href={`#/call/${one.ticketId}`}>
                <b>{one.who}</b>
                <span>{one.trouble || w.unsaid}</span>
                <span class="aside">
                  {one.ticketNumber} · {one.contract} · {words.value.call.lineOf(one.line)}
                </span>
                {one.since !== null && <span class="aside">{w.since(passed(one.since))}</span>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Nothing here takes one: whoever waits longest and most urgently is next, and not whoever looks easy. */
function Waiting({ among }: { among: Schemas["TicketWaiting"][] }) {
  const w = words.value.queue;
  return (
    <table class="waiting">
      <thead>
        <tr>
          <th scope="col">{w.who}</th>
          <th scope="col">{w.trouble}</th>
          <th scope="col">{w.line}</th>
          <th scope="col">{w.skills}</th>
          <th scope="col" class="number">
            {w.waits}
          </th>
        </tr>
      </thead>
      <tbody>
        {among.map((one) => (
          <tr key={`${one.areaId} ${one.contract} ${one.waitingSince}`}>
            <td class="whole">
              {one.contract} <span class="aside">{[one.who, shapes.value.language(one.language), areas.value.length > 1 && areas.value.find((known) => known.areaId === one.areaId)?.name].filter(Boolean).join(" · ")}</span>
            </td>
            <td>
              <span class="one-line">{one.trouble || w.unsaid}</span>
            </td>
            <td class="whole">{words.value.call.lineOf(one.line)}</td>
            <td>{one.skills.join(", ")}</td>
            <td class={`number ${one.over ? "warn" : ""}`}>
              {one.over && <TriangleAlert size={16} aria-label={w.over} />} {passed(one.waitingSince)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
