// A ticket to be read by whoever supervises: whose it is, what the trouble is, what was said and done.
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import { Asked } from "../../office/parts.tsx";
import type { PageProps } from "../../office/shell.tsx";
import { shapes, words } from "../app.ts";
import { History } from "../call/history.tsx";
import type { Ticket as Whole } from "../call/state.ts";

export function Ticket({ path: [ticketId] }: PageProps) {
  const w = words.value.ticket;
  if (ticketId === undefined) return <Empty title={w.none} />;
  return (
    <div class="page ticket-read">
      <Asked of={`ticket ${ticketId}`} ask={() => read<Whole>(`/v1/tickets/${ticketId}`)}>
        {(of) => <Read of={of} />}
      </Asked>
    </div>
  );
}

function Read({ of }: { of: Whole }) {
  const w = words.value.ticket;
  const call = words.value.call;
  return (
    <>
      <header>
        <h1>{w.title(of.ticketNumber)}</h1>
        <p class="aside">
          {call.states[of.state]} · {call.lineOf(of.line)}
        </p>
      </header>
      <dl class="facts">
        <dt>{w.contract}</dt>
        <dd>
          {of.contract} · {of.holderName || of.holderHint} · {of.address}
        </dd>
        <dt>{w.reported}</dt>
        <dd>
          {shapes.value.dated(of.reportedAt)} · {[of.callerName, words.value.relations[of.callerRelation]].filter(Boolean).join(", ")}
        </dd>
        {of.jobs.length > 0 && (
          <>
            <dt>{w.jobs}</dt>
            <dd>{of.jobs.map(({ number }) => number).join(", ")}</dd>
          </>
        )}
      </dl>
      {of.description !== "" && <p class="description">{of.description}</p>}
      <h2>{call.panels.history}</h2>
      <History of={of} />
    </>
  );
}
