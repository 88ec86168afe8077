// A call from its first word to a booked visit: who, what, measured, sent, promised. Keys answer the question that is next.
import { PhoneOff, TriangleAlert } from "lucide-preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { PageProps } from "../../office/shell.tsx";
import { attempt, language, shapes, words } from "../app.ts";
import { Checked, SelfCheck, Symptom } from "./check.tsx";
import { Complaint, Credits } from "./credits.tsx";
import { Finder, Found } from "./finder.tsx";
import { History } from "./history.tsx";
import { useKeys } from "./keyed.tsx";
import { Clock, Ending, Localise, Measured, Note } from "./line.tsx";
import { AskedFor, Remote } from "./remote.tsx";
import { areaId, callAgain, caller, desk, enter, leave, openAgain, readDesk, running, step, ticket, type CallerFound, type Ticket } from "./state.ts";
import { Visit } from "./visit.tsx";
import { Caller, mayAsk, Verify } from "./who.tsx";

export function Call({ path: [named] }: PageProps) {
  // without a name it is the call that is under way, should there be one
  const ticketId = named ?? running.value ?? undefined;
  // what was looked at before goes at once
  const of = ticketId === undefined ? null : ticket.value;
  const dark = (of ?? caller.value)?.outage ?? null;
  const wanted = `${areaId.value} ${language.value}`;
  // the server's sentences are of a language: another asks anew
  const asked = `${ticketId} ${language.value}`;
  // before anybody can type
  useLayoutEffect(() => {
    if (ticketId === undefined) {
      ticket.value = null;
      return;
    }
    // where somebody reads or answers, what is typed next is no search
    document.getElementById("search")?.blur();
    void attempt(() => enter(ticketId));
  }, [asked]);
  // what is asked and said is of an area, and partly in the reader's language
  useEffect(() => {
    if (areaId.value !== "" && desk.value?.of !== wanted) void attempt(() => readDesk(wanted));
  }, [wanted]);
  useKeys((key) => {
    if (key !== "/") return false;
    document.getElementById("search")?.focus();
    return true;
  });
  return (
    <div class="call">
      <header class="call-head">
        <Finder first={ticketId === undefined} />
        {of !== null && <Whose of={of} />}
      </header>
      {dark !== null && <Dark told={dark} of={of} />}
      {of !== null ? <Work of={of} /> : ticketId !== undefined ? <div class="skeleton page" aria-busy="true" /> : <Before />}
    </div>
  );
}

/** A known outage is told first, so that nobody waits in vain. */
function Dark({ told, of }: { told: NonNullable<Ticket["outage"]>; of: Ticket | null }) {
  const w = words.value.call.outage;
  const spokenIn = (of ?? caller.value)?.language ?? "";
  return (
    <section class="dark" aria-label={w.title}>
      <TriangleAlert size={20} aria-hidden="true" />
      <div class="stack">
        <b>{w.known(told.elementName)}</b>
        <p class="aloud" lang={spokenIn}>
          {told.text}
        </p>
      </div>
      {of?.state === "linked" && (
        <button type="button" class="button small" onClick={() => void step("unlinking", { note: w.another })}>
          {w.notIt}
        </button>
      )}
    </section>
  );
}

function Whose({ of }: { of: Ticket }) {
  const w = words.value.call;
  return (
    <div class="whose">
      <div>
        <h1>
          {of.contract} · {of.holderName || of.holderHint}
        </h1>
        <span class="aside">
          {of.address} · {w.speaksLanguage(shapes.value.language(of.language))}
        </span>
      </div>
      <Clock of={of} />
      <button type="button" class="button small" onClick={leave}>
        <PhoneOff size={16} aria-hidden="true" />
        {w.end}
      </button>
    </div>
  );
}

/** Somebody was found: what is open already, then what the trouble is. */
function Before() {
  const of = caller.value;
  return (
    <div class="before">
      <Found />
      {of !== null && <Begins key={of.subscriberId} of={of} />}
    </div>
  );
}

type Brief = CallerFound["recent"][number];

function Begins({ of }: { of: CallerFound }) {
  const [follows, setFollows] = useState<Brief | null>(null);
  return (
    <>
      <Known of={of} follows={follows} follow={setFollows} />
      <Symptom of={of} follows={follows} />
    </>
  );
}

function Known({ of, follows, follow }: { of: CallerFound; follows: Brief | null; follow: (one: Brief | null) => void }) {
  const w = words.value.call;
  const titleOf = (one: Brief) => desk.value?.said.symptoms.find((known) => known.code === one.symptom)?.title;
  return (
    <section class="known">
      <h1>
        {of.contract} · {of.holderHint}
      </h1>
      <p class="aside">
        {of.address} · {w.speaksLanguage(shapes.value.language(of.language))}
      </p>
      {of.tickets.length > 0 && (
        <div class="notice warn">
          <b>{w.already}</b>
          <ul class="lines">
            {of.tickets.map((one) => (
              <li key={one.ticketId}>
                {[one.ticketNumber, titleOf(one), w.states[one.state], shapes.value.moment(one.reportedAt)].filter(Boolean).join(" · ")}{" "}
                <button type="button" class="button small" onClick={() => void callAgain(one.ticketId)}>
                  {w.openIt}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {of.recent.length > 0 && (
        <div class="notice recent">
          <b>{w.recent}</b>
          <ul class="lines">
            {of.recent.map((one) => (
              <li key={one.ticketId}>
                {[one.ticketNumber, titleOf(one), w.over(one.resolvedAt === null ? "" : shapes.value.moment(one.resolvedAt))].filter(Boolean).join(" · ")}{" "}
                <button type="button" class="button small" onClick={() => void openAgain(one.ticketId)}>
                  {w.reopen}
                </button>{" "}
                <button type="button" class="button small" aria-pressed={follows === one} onClick={() => follow(follows === one ? null : one)}>
                  {w.follows}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

const OVER: readonly string[] = ["resolved", "closed"];

type Stage = "check" | "visit";

/** Whose keys count: the self-check until it is over, then the visit. */
function stageOf(of: Ticket): Stage {
  return of.inHand && of.step !== null && of.jobs.length === 0 ? "check" : "visit";
}

function Work({ of }: { of: Ticket }) {
  const w = words.value.call;
  const stage = stageOf(of);
  return (
    <div class="work">
      <section class="panel" aria-label={w.panels.caller}>
        <h2>{w.panels.caller}</h2>
        <State of={of} />
        <Verify key={of.ticketId} of={of} />
        <Caller of={of} />
        {of.description !== "" && <p class="description">{of.description}</p>}
        <h3>{w.panels.check}</h3>
        <SelfCheck of={of} keyed={stage === "check"} />
        <Checked of={of} />
        {mayAsk(of) && (
          <>
            <h3>{w.panels.ending}</h3>
            {of.inHand ? <Ending of={of} /> : <Note of={of} />}
          </>
        )}
        {OVER.includes(of.state) && (
          <>
            <h3>{w.panels.credits}</h3>
            <Credits of={of} />
          </>
        )}
        <div class="actions">
          <Complaint of={of} />
        </div>
      </section>
      {/* it scrolls, and may have nothing that takes the focus */}
      <section class="panel" aria-label={w.panels.line} tabIndex={0}>
        <h2>{w.panels.line}</h2>
        <Measured of={of} />
        {(of.inHand || of.localised !== null) && <Localise of={of} />}
        {(of.inHand || of.askedFor.length > 0) && <h3>{w.panels.remote}</h3>}
        <AskedFor of={of} />
        {of.inHand && <Remote of={of} />}
        <h3>{w.panels.history}</h3>
        <History of={of} />
      </section>
      <section class="panel" aria-label={w.panels.visit}>
        <h2>{w.panels.visit}</h2>
        <Visit of={of} keyed={stage === "visit"} />
      </section>
    </div>
  );
}

function State({ of }: { of: Ticket }) {
  const w = words.value.call;
  return (
    <p class="state">
      <b>{of.ticketNumber}</b> · {w.states[of.state]} · {w.lineOf(of.line)}{" "}
      {!of.inHand && (of.state === "waiting" || of.state === "in_progress") && (
        <button type="button" class="button small" onClick={() => void step("take")}>
          {w.take}
        </button>
      )}
      {OVER.includes(of.state) && <Reopen />}
    </p>
  );
}

function Reopen() {
  const w = words.value.call;
  return (
    <button type="button" class="button small" onClick={() => void step("reopening", { note: w.stillBroken })}>
      {w.reopen}
    </button>
  );
}

