// Why it is there, who else could go and at what price, and questions to the plan.
import { CalendarX2, Pin, PinOff, TriangleAlert } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { post, read } from "../../shared/server.ts";
import { attempt, inArea, meaning, shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Skeleton } from "../../office/parts.tsx";
import { until } from "../../office/until.ts";
import { ask, carriedOf, isMovable, mayChange, partsOf, pin, place, takeOut } from "./hand.ts";
import type { Trial } from "./model.ts";
import { board, placed, selected, waiting } from "./state.ts";
import { Contact } from "./contact.tsx";
import { Emergency } from "./emergency.tsx";
import { giving } from "./tabs.ts";
import { Technician } from "./technician.tsx";
import { walk } from "./walk.ts";
import { WhatIf } from "./what-if.tsx";

type Reasons = Schemas["ReasonsOut"];
type WhyNotOut = Schemas["WhyNotOut"];

export function Why() {
  const w = words.value.day.why;
  const { jobId, technicianId } = selected.value;
  if (jobId === null) return <div class="panel">{technicianId === null ? <Empty title={w.nothing} hint={w.nothingHint} /> : <Technician technicianId={technicianId} />}</div>;
  // another place, another price: those of before would only mislead
  const version = placed.value.get(jobId)?.stop.version ?? waiting.value.get(jobId)?.version;
  return (
    <div class="panel" key={jobId}>
      <What jobId={jobId} />
      <Because jobId={jobId} />
      <Give key={version} jobId={jobId} />
      {mayChange() && <WhyNot jobId={jobId} />}
      {mayChange() && <WhatIf jobId={jobId} />}
    </div>
  );
}

/** What it is and where it stands. */
export function What({ jobId }: { jobId: string }) {
  const w = words.value.day;
  const say = shapes.value;
  const at = placed.value.get(jobId);
  const job = waiting.value.get(jobId);
  const one = at?.stop ?? job;
  if (one === undefined) return <Empty title={w.why.gone} />;
  return (
    <header class="what-head">
      <h2>{one.title}</h2>
      <p class="aside">
        {one.jobNumber} · {one.subscriber}
      </p>
      <p>{one.address}</p>
      <dl class="facts">
        {at !== undefined && (
          <>
            <dt>{w.why.who}</dt>
            <dd>
              {at.technician.displayName}, {say.span(at.stop.plannedStartAt, at.stop.plannedEndAt)}
            </dd>
            <dt>{w.why.state}</dt>
            <dd>{w.state[at.stop.state]}</dd>
            {at.stop.expectedStartAt != null && at.stop.expectedArrivalAt != null && (
              <>
                <dt>{w.why.expected}</dt>
                <dd>
                  {say.time(at.stop.expectedStartAt)}
                  {at.stop.expectedArrivalAt < at.stop.expectedStartAt && <span class="aside"> · {w.why.there(say.time(at.stop.expectedArrivalAt))}</span>}
                </dd>
              </>
            )}
          </>
        )}
        {one.window != null && (
          <>
            <dt>{w.why.promised}</dt>
            <dd>
              {say.span(one.window.earliest, one.window.latest)}
              {at !== undefined && at.stop.lateSeconds > 0 && (
                <span class="warn">
                  {" "}
                  <TriangleAlert size={14} aria-hidden="true" /> {w.late(say.duration(at.stop.lateSeconds))}
                </span>
              )}
            </dd>
          </>
        )}
        {one.affected > 1 && (
          <>
            <dt>{w.why.dark}</dt>
            <dd>{w.affected(one.affected)}</dd>
          </>
        )}
      </dl>
      <Said jobId={jobId} />
      {at !== undefined && isMovable(at.stop) && (
        <div class="line-form">
          <button type="button" class="button small" onClick={() => void pin(at.stop)}>
            {at.stop.pinned ? <PinOff size={16} aria-hidden="true" /> : <Pin size={16} aria-hidden="true" />}
            {at.stop.pinned ? w.hand.unpin : w.hand.pin}
          </button>
          <button type="button" class="button small" onClick={() => void takeOut(jobId)}>
            <CalendarX2 size={16} aria-hidden="true" />
            {w.hand.takeOut}
          </button>
        </div>
      )}
      {job !== undefined && mayChange() && <Emergency jobId={jobId} />}
    </header>
  );
}

/** What was said of it when it came in, and until when it is owed. */
function Said({ jobId }: { jobId: string }) {
  const w = words.value.day.why;
  return (
    <Asked of={jobId} ask={() => read<Schemas["WholeJob"]>(`/v1/jobs/${jobId}`)}>
      {({ job, escalations, contact }) => (
        <>
          <Contact of={contact} />
          {escalations.at(-1)?.diagnosis.summary !== undefined && <p class="said">{escalations.at(-1)?.diagnosis.summary}</p>}
          <p class="aside">
            {w.priority(job.priority)} · {w.due(shapes.value.moment(job.dueAt))}
          </p>
        </>
      )}
    </Asked>
  );
}

/** What people do to a visit by hand, after which a reason of before is of before. */
const BY_HAND: ReadonlySet<string> = new Set(["visit.moved", "visit.unassigned", "visit.pinned", "visit.unpinned", "visit.taken_back"]);

/** The stored reason of the published version, and what people did since. */
function Because({ jobId }: { jobId: string }) {
  const w = words.value.day.why;
  const plan = board.value?.plan ?? null;
  if (plan === null) return <p class="aside">{w.noPlan}</p>;
  const version = placed.value.get(jobId)?.stop.version ?? waiting.value.get(jobId)?.version;
  const ask = () => Promise.all([read<Reasons>(inArea(`/v1/plans/${plan.planId}/reasons`, { jobId })), read<Schemas["WholeJob"]>(`/v1/jobs/${jobId}`)]);
  return (
    <section>
      <h3>{w.title}</h3>
      <Asked of={`${plan.planId} ${jobId} ${version}`} ask={ask}>
        {([{ items }, whole]) => {
          const byHand = whole.journal.filter((one) => BY_HAND.has(one.action)).at(-1);
          return (
            <>
              {byHand?.action === "visit.unassigned" && waiting.value.has(jobId) && <TakenOut by={byHand} names={whole.names} />}
              {items[0] === undefined ? <Unweighed jobId={jobId} isSaid={byHand?.action === "visit.unassigned"} /> : <Stored one={items[0]} since={byHand?.at} />}
            </>
          );
        }}
      </Asked>
    </section>
  );
}

function TakenOut({ by, names }: { by: Schemas["JournalEntryOut"]; names: Record<string, string> }) {
  const from = by.facts["from"];
  const named = (id: unknown) => (typeof id === "string" ? (names[id] ?? "") : "");
  return <p>{words.value.day.why.takenOut(named(by.actorId), named(from), shapes.value.moment(by.at))}</p>;
}

function Unweighed({ jobId, isSaid }: { jobId: string; isSaid: boolean }) {
  const w = words.value.day.why;
  const hasDraft = waiting.value.has(jobId) && board.value?.drafts.some((one) => one.changes > 0) === true;
  if (isSaid && !hasDraft) return null;
  return (
    <p class="aside">
      {!isSaid && w.noReason} {hasDraft && w.inDraft}
    </p>
  );
}

function Stored({ one, since }: { one: Reasons["items"][number]; since: string | undefined }) {
  const w = words.value.day.why;
  const isBefore = since !== undefined && Date.parse(since) > Date.parse(one.explainedAt);
  return (
    <>
      {isBefore ? <p class="notice warn">{w.let}</p> : one.stands !== "holds" && <p class="aside">{w.stands[one.stands] ?? ""}</p>}
      <p class="aside">{w.asOf(shapes.value.moment(one.explainedAt))}</p>
      {one.sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}

/** All who could take it, cheapest first: what dragging shows, for a keyboard. Choosing one moves nothing yet. */
function Give({ jobId }: { jobId: string }) {
  const w = words.value.day;
  const [found, setFound] = useState<Trial[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const at = placed.value.get(jobId);
  const movable = mayChange() && (at === undefined || isMovable(at.stop));
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (found === null || !giving.value) return;
    giving.value = false;
    list.current?.querySelector("button")?.focus();
  }, [found, giving.value]);
  // as fresh as the day beside it: each reading of that asks again
  const asOf = board.value?.now;
  useEffect(() => {
    if (!movable) return;
    let gone = false;
    ask(jobId).then(
      ({ rows }) => {
        if (gone) return;
        setTrouble(null);
        setFound([...rows].sort((a, b) => a.breaks.length - b.breaks.length || a.cost - b.cost));
      },
      (error: unknown) => !gone && setTrouble(meaning(error)),
    );
    return () => {
      gone = true;
    };
  }, [jobId, asOf]);
  if (!movable) return null;
  const carried = carriedOf(jobId);
  const names = new Map((board.value?.technicians ?? []).map((one) => [one.technicianId, one.displayName]));
  const others = (found ?? []).filter((one) => one.technicianId !== at?.technician.technicianId);
  return (
    <section>
      <h3>{w.why.give}</h3>
      <p class="aside">{w.why.giveHint(at === undefined)}</p>
      {trouble !== null && <p class="notice bad">{trouble}</p>}
      {found === null && trouble === null && <Skeleton lines={4} />}
      <ul class="offers" ref={list} onKeyDown={walk}>
        {others.slice(0, all ? undefined : 6).map((trial) => (
          <li key={trial.technicianId}>
            <button type="button" aria-expanded={chosen === trial.technicianId} disabled={carried === null} onClick={() => setChosen(chosen === trial.technicianId ? null : trial.technicianId)}>
              <b>{names.get(trial.technicianId)}</b>
              <span>{shapes.value.time(trial.startAt)}</span>
              {trial.breaks.length === 0 ? (
                <span>
                  <span class={trial.cost <= 0 ? "good" : ""}>
                    {w.hand.cost(trial.cost, shapes.value)} {at === undefined && w.why.against}
                  </span>{" "}
                  <span class="aside">{partsOf(trial)}</span>
                </span>
              ) : (
                <span class="warn">{trial.breaks.map((one) => one.sentence).join(" ")}</span>
              )}
            </button>
            {chosen === trial.technicianId && carried !== null && (
              <button type="button" class="button primary small" ref={focused} onClick={() => void place(carried, trial, false)}>
                {w.why.giveTo(names.get(trial.technicianId) ?? "")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 6 && !all && (
        <button type="button" class="button plain small" onClick={() => setAll(true)}>
          {w.why.all(others.length)}
        </button>
      )}
    </section>
  );
}

/** As it appears: Enter on a name, and Enter once more. */
function focused(button: HTMLButtonElement | null): void {
  button?.focus();
}

/** A question to a worker: why not this technician? */
function WhyNot({ jobId }: { jobId: string }) {
  const w = words.value.day.why;
  const [technicianId, setTechnicianId] = useState("");
  const [answer, setAnswer] = useState<WhyNotOut | "asking" | null>(null);
  const plan = board.value?.plan ?? null;
  if (plan === null) return null;
  const put = async () => {
    setAnswer("asking");
    const done = await attempt(async () => {
      const asked = await post<WhyNotOut>(inArea(`/v1/plans/${plan.planId}/why-not`), { jobId, technicianId });
      setAnswer(await until(() => read<WhyNotOut>(inArea(`/v1/plans/${plan.planId}/why-not/${asked.whyNotId}`)), (one) => one.answer !== null));
    });
    if (!done) setAnswer(null);
  };
  return (
    <section>
      <h3>{w.whyNot}</h3>
      <p class="aside">{w.whyNotHint}</p>
      <div class="line-form">
        <select aria-label={w.whom} value={technicianId} onChange={(event) => setTechnicianId(event.currentTarget.value)}>
          <option value="">{w.whom}</option>
          {(board.value?.technicians ?? []).map((one) => (
            <option key={one.technicianId} value={one.technicianId}>
              {one.displayName}
            </option>
          ))}
        </select>
        <button type="button" class="button" disabled={technicianId === "" || answer === "asking"} onClick={() => void put()}>
          {w.ask}
        </button>
      </div>
      <div role="status">
        {answer === "asking" && <Skeleton lines={2} />}
        {answer !== null && answer !== "asking" && answer.answer?.sentences.map((sentence) => <p key={sentence}>{sentence}</p>)}
      </div>
    </section>
  );
}
