// Complaints by their deadline, and the one that is opened: what was said, who did what when, the answer in writing.
import { CircleCheck, Clock3, Printer, TriangleAlert } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices, Empty, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import type { PageProps } from "../../office/shell.tsx";
import { useDraft } from "../../office/unsaved.tsx";
import { areas, attempt, holds, shapes, words as desk } from "../app.ts";
import { TicketLink } from "../ticket/link.tsx";
import { words } from "./catalogue.ts";

type Complaint = Schemas["ComplaintOut"];
type Whole = Schemas["ComplaintDetailOut"];
const FILTERS = ["open", "overdue", "answered"] as const;
type Filter = (typeof FILTERS)[number];
const MOST = 500;

/** `#/complaints/overdue/…`: a filter, and the one that is opened. */
export function Complaints({ path: [named, opened] }: PageProps) {
  const w = words.value;
  const filter = FILTERS.find((one) => one === named) ?? "open";
  const [turn, setTurn] = useState(0);
  const state = filter === "answered" ? "answered" : "open";
  return (
    <div class={opened === undefined ? "page complaints" : "page complaints beside-one"}>
      <section class="stack">
        <header class="queue-head">
          <h1>{w.title}</h1>
          <Choices label={w.filter} quiet name="filter" among={FILTERS} say={(one) => w.filters[one]} chosen={filter} choose={(one) => go(`/complaints/${one}`)} />
        </header>
        <Asked of={`complaints ${state} ${turn}`} ask={async () => (await read<Schemas["Complaints"]>(`/v1/complaints?state=${state}&limit=${MOST}`)).items}>
          {(items) => <List items={filter === "overdue" ? items.filter(({ overdue }) => overdue) : items} filter={filter} opened={opened} />}
        </Asked>
      </section>
      {opened !== undefined && (
        <Asked key={opened} of={`complaint ${opened}`} ask={() => read<Whole>(`/v1/complaints/${opened}`)}>
          {(found, again) => (
            <One
              of={found}
              close={() => go(`/complaints/${filter}`)}
              again={() => {
                again();
                setTurn(turn + 1);
              }}
            />
          )}
        </Asked>
      )}
    </div>
  );
}

/** A shape and a word, never a colour alone. */
function State({ of }: { of: Complaint }) {
  const w = words.value;
  const [Icon, tone, says] =
    of.state === "answered"
      ? ([CircleCheck, "good", w.answered(shapes.value.moment(of.answeredAt ?? of.dueAt))] as const)
      : of.overdue
        ? ([TriangleAlert, "bad", w.overdue(dueDay(of))] as const)
        : ([Clock3, "", w.due(dueDay(of))] as const);
  return (
    <span class={`complaint-state ${tone}`}>
      <Icon size={16} aria-hidden="true" />
      {says}
    </span>
  );
}

/** The deadline is the end of a day: that day is named, not the midnight after it. */
function dueDay({ dueAt }: Complaint): string {
  return shapes.value.date(shapes.value.dayOf(new Date(Date.parse(dueAt) - 1)));
}

function List({ items, filter, opened }: { items: Complaint[]; filter: Filter; opened: string | undefined }) {
  const w = words.value;
  if (items.length === 0) return <Empty {...w.none[filter]} />;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{w.deadline}</th>
          <th scope="col">{w.number}</th>
          <th scope="col">{w.contract}</th>
          <th scope="col">{w.text}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.complaintId} class={one.complaintId === opened ? "chosen" : ""}>
            <td>
              <State of={one} />
            </td>
            <td>
              <a href={`#/complaints/${filter}/${one.complaintId}`} aria-current={one.complaintId === opened ? "true" : undefined}>
                {one.number}
              </a>
            </td>
            <td>
              {one.contract}
              {areas.value.length > 1 && <span class="aside"> {areas.value.find((known) => known.areaId === one.areaId)?.name}</span>}
            </td>
            <td>
              <span class="one-line">{one.text}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function One({ of, close, again }: { of: Whole; close: () => void; again: () => void }) {
  const w = words.value;
  const s = shapes.value;
  return (
    <article class="complaint" aria-labelledby="complaint-title">
      <header class="dialog-head">
        <h2 id="complaint-title">{w.one(of.number)}</h2>
        <button type="button" class="button small" onClick={close}>
          {desk.value.close}
        </button>
      </header>
      <State of={of} />
      <blockquote class="description">{of.text}</blockquote>
      <dl class="facts">
        <dt>{w.said}</dt>
        <dd>{s.dated(of.complainedAt)}</dd>
        <dt>{w.takenDown}</dt>
        <dd>
          {s.dated(of.openedAt)}
          {of.openedBy !== "" && `, ${of.openedBy}`}
        </dd>
        <dt>{w.contract}</dt>
        <dd>{of.contract}</dd>
        {of.ticketId !== null && (
          <>
            <dt>{w.ticket}</dt>
            <dd>
              <TicketLink ticketId={of.ticketId} number={of.ticketNumber} />
            </dd>
          </>
        )}
        {(of.about !== "" || of.aboutStaff !== "") && (
          <>
            <dt>{w.about}</dt>
            <dd>{[of.about, of.aboutStaff].filter(Boolean).join(" · ")}</dd>
          </>
        )}
      </dl>
      <h3>{w.answer}</h3>
      {of.state === "answered" ? <Answered of={of} /> : holds("supervisor") ? <Answer of={of} again={again} /> : <p class="aside">{w.bySupervisor}</p>}
      <h3>{w.history}</h3>
      {of.history.length === 0 ? <p class="aside">{w.noHistory}</p> : <Entries of={of} />}
    </article>
  );
}

function Answered({ of }: { of: Whole }) {
  const w = words.value;
  return (
    <>
      <blockquote class="description" lang={of.language}>
        {of.answer}
      </blockquote>
      <p class="aside">
        {w.answeredBy(of.answeredBy, shapes.value.dated(of.answeredAt ?? of.dueAt))}{" "}
        {!of.reachable ? <span class="warn">{w.unreachable}</span> : of.answerSentAt === null ? w.leaves : w.sent(shapes.value.dated(of.answerSentAt))}
      </p>
      {holds("supervisor") && (
        <a class="button" href={`#/letter/complaints/${of.complaintId}`}>
          <Printer size={16} aria-hidden="true" />
          {w.print}
        </a>
      )}
    </>
  );
}

/** Written once: what has gone to the subscriber is not changed any more. */
function Answer({ of, again }: { of: Whole; again: () => void }) {
  const w = words.value;
  const [text, setText] = useState("");
  const [isAsked, ask] = useState(false);
  const stands = useDraft(text, "");
  const send = async () => {
    ask(false);
    if (!(await attempt(() => post(`/v1/complaints/${of.complaintId}/answer`, { text: text.trim() }), of.reachable ? w.kept : w.keptOnly))) return;
    stands(text);
    again();
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        ask(true);
      }}
    >
      <Field label={w.write(shapes.value.language(of.language))} hint={of.reachable ? w.goes : w.unreachable}>
        <textarea required rows={6} maxLength={4000} lang={of.language} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button primary" disabled={text.trim() === ""}>
        {of.reachable ? w.send : w.keep}
      </button>
      {isAsked && (
        <Dialog title={of.reachable ? w.sure : w.sureKeep} close={() => ask(false)}>
          <p>{of.reachable ? w.once : `${w.onceKept} ${w.unreachable}`}</p>
          <blockquote class="description" lang={of.language}>
            {text}
          </blockquote>
          <div class="dialog-foot">
            <button type="button" class="button" onClick={() => ask(false)}>
              {w.back}
            </button>
            <button type="button" class="button primary" onClick={() => void send()}>
              {of.reachable ? w.send : w.keep}
            </button>
          </div>
        </Dialog>
      )}
    </form>
  );
}

function Entries({ of }: { of: Whole }) {
  const { kinds, nobody } = desk.value.call.history;
  return (
    <ol class="history">
      {of.history.map((one) => (
        <li key={`${one.at} ${one.kind}`}>
          <span class="aside">
            {shapes.value.dated(one.at)} · {one.staff === "" ? nobody : one.staff}
            {one.line > 0 && ` · ${desk.value.call.lineOf(one.line)}`}
          </span>
          <span>{words.value.kinds[one.kind] ?? kinds[one.kind] ?? one.kind}</span>
        </li>
      ))}
    </ol>
  );
}
