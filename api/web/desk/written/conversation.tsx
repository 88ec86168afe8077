// One written request: what was written and answered, what was read from it, and what a person does with it.
import { ArrowLeft, CircleAlert, CircleCheck, Send } from "lucide-preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { Choices, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, put, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { attempt, shapes, words } from "../app.ts";
import { Who } from "../call/finder.tsx";
import { lookUp, type CallerFound } from "../call/state.ts";
import { RELATIONS } from "../call/who.tsx";

type Conversation = Schemas["ConversationOut"];
type Symptom = Schemas["SymptomOut"];
type Act = (ask: () => Promise<Conversation>, said: string) => Promise<boolean>;
const WRITERS: readonly Schemas["Relation"][] = [...RELATIONS.filter((one) => one !== "unknown"), "unknown"];
const READ = ["contract", "contact", "address", "trouble"] as const;

export function Opened({ conversationId }: { conversationId: string }) {
  return (
    <div class="page written">
      <Asked of={`written ${conversationId}`} ask={() => readAll(conversationId)}>
        {({ first, symptoms }) => <Whole first={first} symptoms={symptoms} />}
      </Asked>
    </div>
  );
}

async function readAll(conversationId: string): Promise<{ first: Conversation; symptoms: Symptom[] }> {
  const first = await read<Conversation>(`/v1/written-conversations/${conversationId}`);
  const { symptoms } = await read<Schemas["DeskOut"]>(`/v1/desk?areaId=${first.areaId}`);
  return { first, symptoms };
}

function Whole({ first, symptoms }: { first: Conversation; symptoms: Symptom[] }) {
  const w = words.value.written;
  const [of, setOf] = useState(first);
  const [busy, setBusy] = useState(false);
  const act: Act = async (ask, said) => {
    setBusy(true);
    const went = await attempt(async () => setOf(await ask()), said);
    setBusy(false);
    return went;
  };
  const path = `/v1/written-conversations/${of.conversationId}`;
  return (
    <>
      <header class="written-head">
        <a class="button plain" href={`#/written/${of.state}`}>
          <ArrowLeft size={16} aria-hidden="true" />
          {w.back}
        </a>
        <h1>{of.subject === "" ? (of.sender === "" ? w.nobody : of.sender) : of.subject}</h1>
        <span class="aside">
          {w.channels[of.channel]} · {of.sender === "" ? w.nobody : of.sender} · {w.states[of.state]}
          {of.reason !== "" && `: ${w.automatic[of.reason] ?? of.reason}`}
        </span>
      </header>
      <div class="conversation">
        <section class="stack" aria-label={w.thread}>
          <Thread of={of} />
          <Answer of={of} path={path} act={act} busy={busy} />
        </section>
        <section class="stack deciding-written" aria-label={w.read}>
          <h2>{w.read}</h2>
          <WhatWasRead of={of} />
          {of.ticketId !== null && (
            <a class={of.state === "ticket" ? "button primary" : "button"} href={`#/call/${of.ticketId}`}>
              {w.openTicket(of.ticketNumber)}
            </a>
          )}
          {of.state !== "ticket" && <Deciding of={of} symptoms={symptoms} path={path} act={act} busy={busy} />}
        </section>
      </div>
    </>
  );
}

/** In the order in which it was written; what we wrote is indented. */
function Thread({ of }: { of: Conversation }) {
  const w = words.value.written;
  const theirs = of.messages.map((one) => ({ at: one.receivedAt, key: one.messageId, what: <Theirs of={one} /> }));
  const ours = of.answers.map((one) => ({
    at: one.madeAt,
    key: one.answerId,
    what: (
      <li class="ours">
        <p class="aside">
          {one.by} · {shapes.value.moment(one.madeAt)} · {one.refusedAt !== null ? <b class="warn">{w.refused}</b> : one.deliveredAt === null ? w.waits : <CircleCheck size={14} aria-label={w.delivered} />}
        </p>
        <p class="words">{one.text}</p>
      </li>
    ),
  }));
  const all = [...theirs, ...ours].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return (
    <ol class="thread">
      {all.map((one) => (
        <Fragment key={one.key}>{one.what}</Fragment>
      ))}
    </ol>
  );
}

function Theirs({ of }: { of: Schemas["WrittenMessageOut"] }) {
  const w = words.value.written;
  return (
    <>
      <li>
        <p class="aside">
          {of.sender === "" ? w.nobody : of.sender} · {shapes.value.moment(of.receivedAt)}
          {of.automatic !== "" && <b> · {w.automatic[of.automatic]}</b>}
        </p>
        {of.text !== "" && <p class="words">{of.text}</p>}
        {of.address !== "" && <p class="words">{of.address}</p>}
        {of.attachments.length > 0 && <p class="aside">{w.attachments(of.attachments.join(", "))}</p>}
        {of.cut && <p class="aside">{w.cut}</p>}
      </li>
      {of.reply !== "" && (
        <li class="ours">
          <p class="aside">
            {w.byItself}
            {of.replyRefusedAt !== null && <b class="warn"> · {w.refused}</b>}
          </p>
          <p class="words">{of.reply}</p>
        </li>
      )}
    </>
  );
}

function WhatWasRead({ of }: { of: Conversation }) {
  const w = words.value.written;
  // of a contract that is known, the address is, too: it has to be said all the same
  const said: Record<string, string> = { contract: of.contract, contact: of.phone, address: of.address, trouble: of.missing.includes("trouble") ? "" : w.told };
  return (
    <>
      <dl class="facts read">
        {READ.map((what) => {
          const isMissing = of.missing.includes(what);
          return (
            <Fragment key={what}>
              <dt>{w.missing[what]}</dt>
              <dd class={isMissing ? "warn" : ""}>
                {isMissing ? <CircleAlert size={16} aria-hidden="true" /> : <CircleCheck size={16} aria-hidden="true" />} {said[what]} {isMissing && (said[what] === "" ? w.unsaid : w.unconfirmed)}
                {what === "contract" && of.byHand && <span class="aside"> {w.byHand}</span>}
              </dd>
            </Fragment>
          );
        })}
      </dl>
      {of.missing.length === 0 && of.state !== "ticket" && <p class="aside">{w.complete}</p>}
    </>
  );
}

function Deciding({ of, symptoms, path, act, busy }: { of: Conversation; symptoms: Symptom[]; path: string; act: Act; busy: boolean }) {
  const w = words.value.written;
  const check = words.value.call.check;
  const [symptom, setSymptom] = useState("");
  // an address or the number of a contract does not tell who wrote
  const [relation, setRelation] = useState<Schemas["Relation"] | null>(null);
  const [name, setName] = useState("");
  const another = of.openTickets.length > 0;
  const makeTicket = () => {
    if (relation === null) return;
    const made: Schemas["TicketOfIn"] = { relation, name: name.trim(), another, ...(symptom === "" ? {} : { symptom }) };
    void act(() => post<Conversation>(`${path}/ticket`, made), w.made);
  };
  return (
    <>
      <Assigning of={of} path={path} act={act} busy={busy} />
      {another && <Open of={of} symptoms={symptoms} path={path} act={act} busy={busy} />}
      <div class="stack making">
        <Choices label={w.who} name="writer" among={WRITERS} say={(one) => words.value.relations[one]} chosen={relation} choose={setRelation} />
        <div class="pair">
          <Field label={words.value.call.who.name}>
            <input maxLength={200} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </Field>
          <Field label={check.symptom}>
            <select value={symptom} onChange={(event) => setSymptom(event.currentTarget.value)}>
              <option value="">{check.other}</option>
              {symptoms.map((one) => (
                <option key={one.code} value={one.code}>
                  {one.title}
                </option>
              ))}
            </select>
          </Field>
        </div>
        <button type="button" class={another ? "button" : "button primary"} disabled={busy || of.subscriberId === null || relation === null} onClick={makeTicket}>
          {another ? w.another : w.makeTicket}
        </button>
        {(of.subscriberId === null || relation === null) && <p class="aside">{of.subscriberId === null ? w.first : w.firstWho}</p>}
      </div>
      {of.state !== "set_aside" && <SettingAside path={path} act={act} busy={busy} />}
    </>
  );
}

/** The same trouble again is no second ticket: whoever has the first reads what was written. */
function Open({ of, symptoms, path, act, busy }: { of: Conversation; symptoms: Symptom[]; path: string; act: Act; busy: boolean }) {
  const w = words.value.written;
  const call = words.value.call;
  const join = (ticketId: string, number: string) => void act(() => put<Conversation>(`${path}/ticket`, { ticketId }), w.joined(number));
  return (
    <section class="notice warn stack open-already" aria-label={w.open}>
      <b>{w.open}</b>
      {of.openTickets.map((one) => (
        <div class="stack" key={one.ticketId}>
          <p>
            <a href={`#/call/${one.ticketId}`}>{one.ticketNumber}</a> · {call.states[one.state]} · {call.lineOf(one.line)} · {w.since(shapes.value.moment(one.reportedAt))}
          </p>
          <p class="aside">
            {[one.callerName, words.value.relations[one.callerRelation]].filter(Boolean).join(", ")}
            {" · "}
            {symptoms.find(({ code }) => code === one.symptom)?.title ?? call.check.other}
          </p>
          {one.description !== "" && <p class="one-line">{one.description}</p>}
          <button type="button" class="button primary" disabled={busy} onClick={() => join(one.ticketId, one.ticketNumber)}>
            {w.join}
          </button>
        </div>
      ))}
    </section>
  );
}

function SettingAside({ path, act, busy }: { path: string; act: Act; busy: boolean }) {
  const w = words.value.written;
  const [reason, setReason] = useState("");
  const setAside = async (event: Event) => {
    event.preventDefault();
    const went = await act(() => post<Conversation>(`${path}/setting-aside`, { reason: reason.trim() }), w.aside);
    if (went) go("/written");
  };
  return (
    <form class="set-aside" onSubmit={(event) => void setAside(event)}>
      <Field label={w.whyNot} hint={w.whyHint}>
        <input required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button" disabled={busy}>
        {w.setAside}
      </button>
    </form>
  );
}

/** Where the words do not tell, a person looks: by contract, phone or address, as in a call. */
function Assigning({ of, path, act, busy }: { of: Conversation; path: string; act: Act; busy: boolean }) {
  const w = words.value.written;
  const find = words.value.call.find;
  const [text, setText] = useState("");
  const [among, setAmong] = useState<readonly CallerFound[] | null>(null);
  const search = (event: Event) => {
    event.preventDefault();
    void attempt(async () => setAmong((await lookUp(text)).filter((one) => one.areaId === of.areaId)));
  };
  const choose = async (subscriberId: string) => {
    if (await act(() => put<Conversation>(`${path}/subscriber`, { subscriberId }), w.isTheirs)) setAmong(null);
  };
  return (
    <form role="search" class="assigning" onSubmit={search}>
      <Field label={w.whose}>
        <input type="search" required maxLength={200} placeholder={find.label} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button" disabled={busy}>
        {find.find}
      </button>
      {among?.length === 0 && <p class="warn wide">{w.notHere}</p>}
      {among !== null && among.length > 0 && (
        <ul class="lines wide">
          {among.map((one) => (
            <li key={one.subscriberId}>
              <Who of={one} />{" "}
              <button type="button" class="button small" disabled={busy} onClick={() => void choose(one.subscriberId)}>
                {w.useThis}
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

function Answer({ of, path, act, busy }: { of: Conversation; path: string; act: Act; busy: boolean }) {
  const w = words.value.written;
  const [text, setText] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  if (of.channel === "email" && of.sender === "") return null;
  const send = async (event: Event) => {
    event.preventDefault();
    const went = await act(() => post<Conversation>(`${path}/answers`, { text: text.trim() }, { "Idempotency-Key": key }), of.channel === "email" ? w.sent : w.keptForChat);
    if (!went) return;
    setText("");
    setKey(crypto.randomUUID());
  };
  return (
    <form class="stack" onSubmit={(event) => void send(event)}>
      <Field label={of.answerTo === "" ? w.answer : w.answerTo(of.answerTo)} hint={w.answerIn(shapes.value.language(of.language))}>
        <textarea rows={4} required maxLength={4000} lang={of.language} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button" disabled={busy}>
        <Send size={16} aria-hidden="true" />
        {w.send}
      </button>
    </form>
  );
}
