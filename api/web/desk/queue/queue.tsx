// What waits at the lines, and what one has in hand.
import { TriangleAlert } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { areas, clock, shapes, words } from "../app.ts";
import { takeNext } from "../call/state.ts";

const EVERY_MS = 10_000;

interface Both {
  waits: Schemas["LineWaitsOut"][];
  mine: Schemas["TicketBrief"][];
}

async function readBoth(): Promise<Both> {
  const [waits, mine] = await Promise.all([read<Schemas["Waits"]>("/v1/queue"), read<Schemas["TicketsMine"]>("/v1/tickets")]);
  return { waits: waits.items, mine: mine.items };
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
  const [{ waits, mine }, setBoth] = useState(first);
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
        <button type="button" class="button primary" onClick={() => void takeNext()}>
          {w.next}
        </button>
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
                  {one.over && <TriangleAlert size={16} aria-label={w.over} />} {one.longestSince === null ? "–" : shapes.value.duration(Math.max(0, (clock.value.getTime() - Date.parse(one.longestSince)) / 1_000))}
                </td>
                <td class="number">{shapes.value.duration(one.limitSeconds)}</td>
                <td class="number">{one.inHand}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h2>{w.mine}</h2>
      {mine.length === 0 ? (
        <Empty title={w.noneMine} hint={w.noneMineHint} />
      ) : (
        <ul class="mine">
          {mine.map((one) => (
            <li key={one.ticketId}>
              <a href={`#/call/${one.ticketId}`}>
                <b>{one.ticketNumber}</b> · {words.value.call.lineOf(one.line)} · {shapes.value.moment(one.reportedAt)}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
