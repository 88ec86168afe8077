// A job that no support line handed over: what a dispatcher hears of, or sees, goes the way that every escalation goes.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { Empty, Field } from "../../shared/parts.tsx";
import { post, read } from "../../shared/server.ts";
import { area, attempt, clock, inArea, language, me, shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import { load, OVER, placed, select, waiting } from "./state.ts";
import { tab } from "./tabs.ts";
import { walk } from "./walk.ts";

type Subscriber = Schemas["SubscriberSetupOut"];
type JobKind = Schemas["JobKindOut"];

export const raising = signal(false);
/** The job that was raised just now because it cannot wait: ways to serve it are looked for as soon as it is shown. */
export const urgent = signal<string | null>(null);

const FOUND = 6;
const PAUSE_MS = 250;
const LEAST = 2;

export function Raise() {
  if (!raising.value) return null;
  const close = () => (raising.value = false);
  return (
    <Dialog title={words.value.day.raise.title} close={close}>
      <Asked of="job-kinds" ask={() => read<{ items: JobKind[] }>(inArea("/v1/setup/job-kinds"))}>
        {({ items }) => <RaiseForm kinds={newest(items)} close={close} />}
      </Asked>
    </Dialog>
  );
}

/** Of each kind the version that new jobs get. */
function newest(kinds: readonly JobKind[]): JobKind[] {
  const found = new Map<string, JobKind>();
  for (const one of kinds) {
    const before = found.get(one.kind);
    if (Date.parse(one.validFrom) <= clock.value.getTime() && (before === undefined || before.kindVersion < one.kindVersion)) found.set(one.kind, one);
  }
  return [...found.values()].filter((one) => one.faultClasses.length > 0);
}

interface Draft {
  /** Of whom, and of which area: nobody finds what somebody else has typed. */
  of: string;
  /** Sent again after an answer that got lost, it is the same ticket: one job. */
  ticketNumber: string;
  subscriber: Subscriber | null;
  faultClass: string;
  summary: string;
  affected: number;
  isUrgent: boolean;
}

const owner = (): string => `${me.value?.staffId} ${area.value?.areaId}`;
const blank = (): Draft => ({ of: owner(), ticketNumber: uuidv7(), subscriber: null, faultClass: "", summary: "", affected: 1, isUrgent: false });
/** Outlives the dialog: who closes it to look something up finds what was typed. */
const draft = signal<Draft>(blank());

function RaiseForm({ kinds, close }: { kinds: readonly JobKind[]; close: () => void }) {
  const w = words.value.day.raise;
  const [busy, setBusy] = useState(false);
  if (draft.value.of !== owner()) draft.value = blank();
  const form = draft.value;
  const change = (some: Partial<Draft>) => (draft.value = { ...draft.value, ...some });
  const raise = async ({ contract }: Subscriber) => {
    setBusy(true);
    const { ticketNumber, faultClass, summary, affected, isUrgent } = form;
    const escalation = { source: "board", ticketNumber, sequence: 1, contract, faultClass, reportedAt: clock.value.toISOString(), diagnosis: { summary }, affected };
    const done = await attempt(async () => {
      const made = await post<Schemas["EscalationReceived"]>("/v1/escalations", escalation);
      await load();
      urgent.value = isUrgent ? made.jobId : null;
      tab.value = "why";
      select(made.jobId);
    }, w.done);
    setBusy(false);
    if (!done) return;
    draft.value = blank();
    close();
  };
  const title = (kind: JobKind) => kind.title[language.value] ?? kind.title["en"] ?? kind.kind;
  return (
    <form
      class="stack raise"
      onSubmit={(event) => {
        event.preventDefault();
        if (form.subscriber !== null) void raise(form.subscriber);
      }}
    >
      {form.subscriber === null ? (
        <Find choose={(subscriber) => change({ subscriber })} />
      ) : (
        <p class="found">
          <span>
            <b>{form.subscriber.holderName}</b> · {form.subscriber.contract}
            <br />
            <span class="aside">{form.subscriber.address}</span>
          </span>
          <button type="button" class="button plain small" onClick={() => change({ subscriber: null })}>
            {w.another}
          </button>
        </p>
      )}
      {form.subscriber !== null && <Already address={form.subscriber.address} />}
      <Field label={w.fault}>
        <select required value={form.faultClass} onChange={(event) => change({ faultClass: event.currentTarget.value })}>
          <option value="">{w.choose}</option>
          {kinds.map((kind) => (
            // which of its faults it is, whoever is on site finds out
            <option key={kind.kind} value={kind.faultClasses[0]}>
              {title(kind)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={w.summary} hint={w.summaryHint}>
        <textarea required rows={3} maxLength={4000} value={form.summary} onInput={(event) => change({ summary: event.currentTarget.value })} />
      </Field>
      <Field label={w.affected}>
        <input type="number" required min={0} max={100_000} value={form.affected} onInput={(event) => change({ affected: Number(event.currentTarget.value) })} />
      </Field>
      <label class="tick">
        <input type="checkbox" checked={form.isUrgent} onChange={(event) => change({ isUrgent: event.currentTarget.checked })} />
        <span>{w.urgent}</span>
      </label>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={close}>
          {words.value.cancel}
        </button>
        <button type="submit" class="button primary" disabled={form.subscriber === null || busy}>
          {w.raise}
        </button>
      </div>
    </form>
  );
}

/** Who calls twice gets one visit. */
function Already({ address }: { address: string }) {
  const w = words.value.day.raise;
  const visits = [...placed.value.values()].filter(({ stop }) => stop.address === address && !OVER.has(stop.state));
  const jobs = [...waiting.value.values()].filter((one) => one.address === address);
  if (visits.length + jobs.length === 0) return null;
  return (
    <ul class="notice warn">
      {visits.map(({ stop, technician }) => (
        <li key={stop.jobId}>{w.already(`${stop.title} ${stop.jobNumber}`, `${technician.displayName}, ${shapes.value.time(stop.plannedStartAt)}`)}</li>
      ))}
      {jobs.map((one) => (
        <li key={one.jobId}>{w.alreadyWaits(`${one.title} ${one.jobNumber}`)}</li>
      ))}
    </ul>
  );
}

/** By contract, name, address or phone. */
function Find({ choose }: { choose: (one: Subscriber) => void }) {
  const w = words.value.day.raise;
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const field = useRef<HTMLInputElement>(null);
  /** Down or Enter before anybody was found: the first is chosen from as soon as there is one. */
  const isAwaited = useRef(false);
  const list = useRef<HTMLUListElement>(null);
  const enter = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    const first = list.current?.querySelector("button");
    if (text.trim() === asked && first != null) first.focus();
    else {
      isAwaited.current = true;
      setAsked(text.trim());
    }
  };
  const shown = (found: HTMLUListElement | null) => {
    list.current = found;
    if (found === null || !isAwaited.current) return;
    isAwaited.current = false;
    found.querySelector("button")?.focus();
  };
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <>
      <Field label={w.subscriber} hint={w.subscriberHint}>
        <input type="search" ref={field} value={text} onKeyDown={enter} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      {asked.length >= LEAST && (
        <Asked of={asked} ask={() => read<{ items: Subscriber[] }>(inArea("/v1/setup/subscribers", { text: asked, limit: FOUND }))}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={w.nobody} hint={w.nobodyHint} />
            ) : (
              <ul class="offers found-list" ref={shown} onKeyDown={walk}>
                {items.map((one) => (
                  <li key={one.subscriberId}>
                    <button type="button" class="offer" onClick={() => choose(one)}>
                      <b>{one.holderName}</b>
                      <span>{one.contract}</span>
                      <span class="aside">{[one.address, one.phone].filter(Boolean).join(" · ")}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )
          }
        </Asked>
      )}
    </>
  );
}
