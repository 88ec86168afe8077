// A visit while the subscriber is on the phone: the terms read out and answered, windows in one list, best first, taken in two clicks.
import { CalendarCheck, CalendarX } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Field } from "../../shared/parts.tsx";
import { post, Problem, put, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { attempt, language, shapes, today, told, words } from "../app.ts";
import { VisitLink } from "../link/link.tsx";
import { Keyed, useKeys } from "./keyed.tsx";
import { Aloud } from "./spoken.tsx";
import { desk, draftOf, keepDraft, reread, step, type Booked, type Quote, type Ticket } from "./state.ts";
import { personOf } from "./who.tsx";

type Job = Schemas["WholeJob"];
type Terms = Schemas["TermsOfVisit"];
const OPEN = ["received", "planned", "on_hold"];

/** The terms as the subscriber is to hear them: in their language, or in one that the area has. */
function termsFor(spoken: string): Terms | null {
  const all = desk.value?.said.terms ?? [];
  return all.find((one) => one.language === spoken) ?? all.find((one) => one.language === language.value) ?? all[0] ?? null;
}

export function Visit({ of, keyed }: { of: Ticket; keyed: boolean }) {
  const open = of.jobs.find((one) => OPEN.includes(one.state));
  if (open !== undefined) {
    return (
      <>
        <Windows key={open.jobId} of={of} jobId={open.jobId} keyed={keyed} />
        {of.state === "escalated" && of.line > 0 && <NoVisit key={of.ticketId} of={of} />}
      </>
    );
  }
  if (of.state !== "waiting" && of.state !== "in_progress") return null;
  if (!of.inHand) return <p class="aside">{words.value.call.visit.notInHand}</p>;
  return <Send of={of} keyed={keyed} />;
}

function Send({ of, keyed }: { of: Ticket; keyed: boolean }) {
  const w = words.value.call.visit;
  const faults = desk.value?.said.faults ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const faultClass = chosen ?? of.measured?.faultClass ?? "";
  const fault = faults.find((one) => one.faultClass === faultClass) ?? null;
  const summary = draftOf(of.ticketId, "summary") ?? summaryOf(of);
  const terms = termsFor(of.language);
  const person = personOf(of);
  const send = async () => {
    await attempt(async () => {
      await post(`/v1/tickets/${of.ticketId}/escalation`, { faultClass, summary });
      keepDraft(of.ticketId, "summary", undefined);
      await reread(of.ticketId);
    });
  };
  const answer = async (code: string) => {
    if (terms === null) return;
    setBusy(true);
    const said = { termsVersion: terms.termsVersion, language: terms.language, answer: code, person, capacity: of.callerRelation };
    if ((await step("terms", said)) && code === "accepted") await send();
    setBusy(false);
  };
  const without = async () => {
    setBusy(true);
    await send();
    setBusy(false);
  };
  const isReady = fault !== null && summary.trim() !== "" && of.verifiedBy !== null && person !== "";
  const refused = of.terms !== null && !of.terms.accepted;
  return (
    <div class="stack">
      <Field label={w.fault}>
        <select value={faultClass} onChange={(event) => setChosen(event.currentTarget.value)}>
          <option value="">{w.choose}</option>
          {faults.map((one) => (
            <option key={one.faultClass} value={one.faultClass}>
              {w.faults[one.faultClass] ?? one.title}
            </option>
          ))}
        </select>
      </Field>
      <Field label={w.summary}>
        <textarea rows={2} maxLength={4000} value={summary} onInput={(event) => keepDraft(of.ticketId, "summary", event.currentTarget.value)} />
      </Field>
      {of.verifiedBy === null && <p class="aside">{words.value.call.verify.first}</p>}
      {of.verifiedBy !== null && terms !== null && !refused && of.terms === null && (
        <div class="ask">
          <p class="aloud" lang={terms.language}>
            {terms.text}
          </p>
          {terms.language !== language.value && <p class="aside">{desk.value?.said.terms.find((one) => one.language === language.value)?.text}</p>}
          <Keyed label={w.terms} busy={busy || !isReady} silent={!keyed} among={[{ code: "accepted", says: w.agrees }, { code: "declined", says: w.agreesNot }]} choose={(code) => void answer(code)} />
          {person === "" ? <p class="warn">{words.value.call.who.nameless}</p> : <p class="aside">{fault === null ? w.chooseFirst : w.keptAs(person)}</p>}
        </div>
      )}
      {refused && (
        <div class="notice warn" role="status">
          <p>{fault !== null && !fault.chargeable ? w.refusedOurs : w.refusedTheirs}</p>
          <div class="two">
            <button type="button" class="button" disabled={busy} onClick={() => void step("resolution", { resolution: "visit_declined", note: summary })}>
              {w.noVisit}
            </button>
            {fault !== null && !fault.chargeable && (
              <button type="button" class="button primary" disabled={busy || !isReady} onClick={() => void without()}>
                {w.sendFree}
              </button>
            )}
          </div>
          <button type="button" class="button plain small" disabled={busy} onClick={() => void answer("accepted")}>
            {w.agreesAfterAll}
          </button>
        </div>
      )}
      {(terms === null || of.terms?.accepted === true) && of.verifiedBy !== null && (
        <button type="button" class="button primary" disabled={busy || !isReady} onClick={() => void without()}>
          {w.send}
        </button>
      )}
    </div>
  );
}

/** What the technician reads first: what was said and what was measured. */
function summaryOf(of: Ticket): string {
  const w = words.value.call.line;
  const bad = (of.measured?.measures ?? []).filter((one) => !one.good).map((one) => `${w.quantities[one.quantity] ?? one.quantity} ${shapes.value.number(one.value)} ${one.unit}`.trim());
  const dark = of.measured !== null && !of.measured.online ? [w.offline] : [];
  const symptom = desk.value?.said.symptoms.find((one) => one.code === of.symptom)?.title ?? "";
  return [of.description || symptom, ...dark, ...bad].filter(Boolean).join("; ");
}

/** The job's windows: offered, promised, moved, given back. */
function Windows({ of, jobId, keyed }: { of: Ticket; jobId: string; keyed: boolean }) {
  const w = words.value.call.visit;
  const [job, setJob] = useState<Job | null>(null);
  const [quote, setQuote] = useState<Quote | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const whole = async (): Promise<Job> => {
    const now = await read<Job>(`/v1/jobs/${jobId}`);
    setJob(now);
    return now;
  };
  const offer = async (firstOn?: string) => {
    setBusy(true);
    await attempt(async () => setQuote(await post<Quote>("/v1/slot-quotes", { jobId, ...(firstOn === undefined ? {} : { firstOn }) })));
    setChosen(null);
    setBusy(false);
  };
  useEffect(() => {
    void attempt(async () => {
      const now = await whole();
      if (promiseOf(now) === null && now.job.holdReason !== "outage") await offer();
    });
  }, [jobId]);
  const book = async () => {
    if (quote === null || chosen === null) return;
    setBusy(true);
    await attempt(async () => {
      try {
        await put<Booked>(`/v1/slot-quotes/${quote.slotQuoteId}/booking`, { offer: chosen });
        setQuote(null);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const others = error.body["quote"] as Quote | undefined;
        if (others === undefined) throw error;
        // somebody was faster: what is free now is offered at once
        setQuote(others);
        told.value = { text: w.taken, tone: "bad" };
      }
      setChosen(null);
      await whole();
      await reread(of.ticketId);
    });
    setBusy(false);
  };
  const cancel = async (reason: string) => {
    if (job === null) return;
    setBusy(true);
    setCancelling(false);
    await attempt(async () => {
      await post(`/v1/jobs/${jobId}/appointment/cancel`, { reason }, { "If-Match": `"${job.job.version}"` });
      await whole();
      await reread(of.ticketId);
    }, w.cancelled);
    setBusy(false);
  };
  useKeys((key, at) => {
    // Enter on any other button is that button's
    const isElsewhere = at.matches("button, a") && at.closest(".offers") === null;
    if (key !== "Enter" || chosen === null || busy || !keyed || isElsewhere) return false;
    void book();
    return true;
  });
  if (job === null) return <div class="skeleton line" aria-busy="true" />;
  const promise = promiseOf(job);
  return (
    <div class="stack">
      <p>
        <b>{job.job.number}</b> <span class="aside">{w.faults[job.job.faultClass] ?? job.job.faultClass}</span>
      </p>
      {promise !== null && (
        <div class="booked">
          <CalendarCheck size={24} aria-hidden="true" />
          <div>
            <b>
              {w.booked}: {windowOf(promise.earliestAt, promise.latestAt)}
            </b>
            {job.told !== null && <Told of={job.told} />}
            <p class="aside">{w.codeSent}</p>
          </div>
        </div>
      )}
      {promise === null && quote === null && job.told !== null && job.job.holdReason !== "outage" && <Told of={job.told} />}
      {job.job.holdReason === "outage" ? (
        <p class="notice warn">{w.dark}</p>
      ) : quote === null ? (
        <div class="actions">
          <button type="button" class="button small" disabled={busy} onClick={() => void offer()}>
            {promise === null ? w.offer : w.another}
          </button>
          {promise !== null && (
            <button type="button" class="button small" disabled={busy} aria-expanded={cancelling} onClick={() => setCancelling(!cancelling)}>
              <CalendarX size={16} aria-hidden="true" />
              {w.cancel}
            </button>
          )}
          <VisitLink jobId={jobId} />
        </div>
      ) : (
        <>
          <h3>{w.offers}</h3>
          <Field label={w.from}>
            <input type="date" min={today.value} disabled={busy} onChange={(event) => void offer(event.currentTarget.value || undefined)} />
          </Field>
          <Offers quote={{ ...quote, offers: quote.offers.filter((one) => one.earliest !== promise?.earliestAt) }} chosen={chosen} choose={setChosen} book={() => void book()} busy={busy} keyed={keyed} of={of} />
          {promise !== null && (
            <button type="button" class="button small" disabled={busy} onClick={() => setQuote(null)}>
              {w.keepWindow}
            </button>
          )}
        </>
      )}
      {cancelling && promise !== null && quote === null && (
        <div class="notice" role="group" aria-label={w.cancel}>
          <b>{w.why}</b>
          <div class="actions">
            {Object.values(w.reasons).map((reason) => (
              <button key={reason} type="button" class="button small" disabled={busy} onClick={() => void cancel(reason)}>
                {reason}
              </button>
            ))}
          </div>
          <button type="button" class="button plain small" onClick={() => setCancelling(false)}>
            {w.leave}
          </button>
        </div>
      )}
      {job.appointments.length > 0 && <Agreed of={job.appointments} />}
    </div>
  );
}

const NEEDLESS = ["works_again", "self_mended", "visit_declined", "nothing_found", "account"] as const;

/** Nobody is needed after all: not another window, but the end of it. */
function NoVisit({ of }: { of: Ticket }) {
  const w = words.value.call.visit;
  const [isAsking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const note = draftOf(of.ticketId, "note") ?? "";
  const callOff = async (resolution: string) => {
    setBusy(true);
    if (await step("no-visit", { resolution, note: note.trim() })) {
      keepDraft(of.ticketId, "note", undefined);
      told.value = { text: w.isNeedless, tone: "good" };
    }
    setBusy(false);
  };
  return (
    <div class="stack no-visit">
      <button type="button" class="button small" aria-expanded={isAsking} onClick={() => setAsking(!isAsking)}>
        {w.needless}
      </button>
      {isAsking && (
        <div class="notice" role="group" aria-label={w.needless}>
          <b>{w.why}</b>
          <p class="aside">{w.needlessHint}</p>
          {of.verifiedBy === null && <p class="warn">{words.value.call.verify.first}</p>}
          <div class="actions">
            {NEEDLESS.map((code) => (
              <button key={code} type="button" class="button small" disabled={busy || of.verifiedBy === null} onClick={() => void callOff(code)}>
                {words.value.call.ending.resolutions[code]}
              </button>
            ))}
          </div>
          <button type="button" class="button plain small" onClick={() => setAsking(false)}>
            {w.leave}
          </button>
        </div>
      )}
    </div>
  );
}

/** What the subscriber may be told of it by now; on the day, when somebody is to be there, also where that is late. */
function Told({ of }: { of: Schemas["ToldOut"] }) {
  const said = of.expected ?? of;
  return (
    <div class={of.expected?.late === true ? "notice warn" : undefined}>
      <p class="aloud" lang={of.language}>
        {said.sentence}
      </p>
      {said.readersSentence !== said.sentence && <p class="aside">{said.readersSentence}</p>}
    </div>
  );
}

/** Each window that was promised, the newest first, and what became of it. */
function Agreed({ of }: { of: Job["appointments"] }) {
  const w = words.value.call.visit;
  return (
    <section class="stack" aria-label={w.agreed}>
      <h3>{w.agreed}</h3>
      <ol class="history">
        {[...of].reverse().map((one) => (
          <li key={one.appointmentId}>
            <span class="aside">{shapes.value.moment(one.promisedAt)}</span>
            {windowOf(one.earliestAt, one.latestAt)}: {w.windows[one.state] ?? one.state}
          </li>
        ))}
      </ol>
    </section>
  );
}

function promiseOf(job: Job): Schemas["AppointmentOut"] | null {
  return job.appointments.find((one) => one.state === "confirmed") ?? null;
}

function windowOf(from: string, to: string): string {
  return `${shapes.value.day(shapes.value.dayOf(new Date(from)))} ${shapes.value.span(from, to)}`;
}

function Offers({ quote, chosen, choose, book, busy, keyed, of }: { quote: Quote; chosen: number | null; choose: (offer: number) => void; book: () => void; busy: boolean; keyed: boolean; of: Ticket }) {
  const w = words.value.call.visit;
  if (quote.nothing !== null) {
    return (
      <div class="notice warn" role="status">
        <b>{w.nothing}</b>
        <ul>
          {[...quote.nothing.blocks, ...quote.nothing.would].map((one) => (
            <li key={one.code + one.sentence}>{one.sentence}</li>
          ))}
        </ul>
      </div>
    );
  }
  const among = quote.offers.map((one) => ({
    code: String(one.offer),
    says: (
      <>
        <b>{windowOf(one.earliest, one.latest)}</b>
        <span class="aside">{one.sentence}</span>
      </>
    ),
    isChosen: one.offer === chosen,
  }));
  const taken = quote.offers.find((one) => one.offer === chosen);
  return (
    <div class="stack offers">
      <Keyed label={w.offers} busy={busy} silent={!keyed} among={among} choose={(code) => choose(Number(code))} />
      {taken !== undefined && (
        <>
          <Aloud of={of.language} say={(said) => said.comes(taken.earliest, taken.latest)} />
          <button type="button" class="button primary" disabled={busy} onClick={book}>
            {w.book(windowOf(taken.earliest, taken.latest))}
          </button>
        </>
      )}
    </div>
  );
}
