// The terms of credit: versions, and a form that makes a new one, with what it would give for one case worked out beside it.
import { Plus, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { amountOf, leastOf, minorOf } from "../../shared/money.ts";
import { Choices } from "../../shared/parts.tsx";
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { inArea, language, meaning, shapes } from "../app.ts";
import { Checked } from "./checked.tsx";
import { own } from "./inputs.tsx";
import { Versions, type Dated, type VersionsSpec } from "./versions.tsx";
import { w } from "./words.ts";

type Table = Schemas["CreditTableOut"];
type Terms = Schemas["CreditTableIn"];
type Daily = Schemas["DailyIn"];
type Amount = Schemas["AmountIn"];
type Stop = Schemas["StopReason"];
const STOPS: readonly Stop[] = ["no_access", "subscriber_wish", "force_majeure"];
const ROUNDING = ["half_up", "down", "up"] as const;
const WAIT_MS = 400;
const PLAIN: Daily = { steps: [{ fromDay: 1, amount: { minor: 0, percent: 0 } }], startsNextDay: true, freeWorkingDays: 0, restorationDayCounts: true, stopsDay: "whole" };
const BLANK: Terms = { after: 0, scheme: "own", validFrom: null, daily: PLAIN, appointment: null, stops: [...STOPS], completeOnly: true, rounding: "half_up" };

interface Made extends Dated {
  terms: Terms;
}

export function CreditTables({ currency }: { currency: string }) {
  const [known, setKnown] = useState<Table[]>([]);
  const spec: VersionsSpec<Table, Made> = {
    title: w().sections.credits,
    none: w().credits.none,
    load: async () => {
      const tables = await read<Schemas["CreditTables"]>(inArea("/v1/setup/credit-tables"));
      setKnown(tables.known);
      return tables.items;
    },
    number: ({ tableVersion }) => tableVersion,
    validFrom: ({ validFrom }) => validFrom,
    byDay: true,
    show: (table) => <Said terms={table.terms} currency={table.currency} />,
    formOf: (from) => ({ validFrom: "", terms: from?.terms ?? BLANK }),
    fields: () => [own("terms", w().sections.credits, (value, change) => <TermsField terms={value} change={change} currency={currency} known={known} />)],
    path: "credit-tables",
    said: ({ terms }) => terms,
  };
  return <Versions spec={spec} />;
}

function amount({ minor = 0, percent = 0 }: Amount, currency: string): string {
  const t = w().credits;
  const [fixed, share] = [shapes.value.money(minor, currency), shapes.value.percent(percent / 100)];
  return percent === 0 ? fixed : minor === 0 ? t.ofFee(share) : t.higher(fixed, t.ofFee(share));
}

/** A version in sentences. */
function Said({ terms, currency }: { terms: Terms; currency: string }) {
  const t = w().credits;
  const { daily, appointment } = terms;
  return (
    <ul class="lines">
      <li>
        <b>{t.schemes[terms.scheme] ?? terms.scheme}</b>
      </li>
      {daily == null ? (
        <li>{t.byMonth}</li>
      ) : (
        <>
          {daily.steps.map((step) => (
            <li key={step.fromDay}>{t.aDay(step.fromDay, amount(step.amount, currency))}</li>
          ))}
          <li>{[daily.startsNextDay === false ? t.sameDay : t.nextDay, t.free(daily.freeWorkingDays ?? 0), daily.restorationDayCounts === false ? t.restorationNot : t.restoration].filter(Boolean).join("; ")}</li>
        </>
      )}
      <li>{appointment == null ? t.noAppointment : t.missed(amount(appointment.amount, currency), appointment.noticeHours ?? null)}</li>
      <li>
        {t.stops}: {terms.stops.map((one) => t.reasons[one]).join(", ") || t.nothing}
      </li>
      <li>{terms.completeOnly ? t.complete : t.partial}</li>
    </ul>
  );
}

interface FieldProps {
  terms: Terms;
  change: (terms: Terms) => void;
  currency: string;
}

function TermsField({ terms, change, currency, known }: FieldProps & { known: Table[] }) {
  const t = w().credits;
  const set = (some: Partial<Terms>) => change({ ...terms, ...some });
  const { daily } = terms;
  return (
    <div class="stack credit-terms">
      <div class="field">
        <span>{t.begin}</span>
        <div class="actions">
          {known.map((one) => (
            <button key={one.terms.scheme} type="button" class="button small" aria-pressed={one.terms.scheme === terms.scheme} onClick={() => change(one.terms)}>
              {t.schemes[one.terms.scheme] ?? one.terms.scheme}
            </button>
          ))}
          <button type="button" class="button small" aria-pressed={known.every((one) => one.terms.scheme !== terms.scheme)} onClick={() => set({ scheme: "own" })}>
            {t.schemes["own"]}
          </button>
        </div>
        <span class="hint">{t.beginHint(currency)}</span>
      </div>
      <Choices label={t.how} name="how" among={["daily", "month"] as const} say={(one) => t.ways[one]} chosen={daily == null ? "month" : "daily"} choose={(one) => set({ daily: one === "month" ? null : PLAIN })} />
      {daily != null && <Days daily={daily} change={(some) => set({ daily: { ...daily, ...some } })} currency={currency} />}
      <Appointments terms={terms} change={change} currency={currency} />
      <fieldset>
        <legend>{t.stops}</legend>
        {STOPS.map((one) => (
          <label key={one} class="tick">
            <input type="checkbox" checked={terms.stops.includes(one)} onChange={(event) => set({ stops: STOPS.filter((each) => (each === one ? event.currentTarget.checked : terms.stops.includes(each))) })} />
            <span>{t.reasons[one]}</span>
          </label>
        ))}
      </fieldset>
      <label class="tick">
        <input type="checkbox" checked={terms.completeOnly} onChange={(event) => set({ completeOnly: event.currentTarget.checked })} />
        <span>{t.complete}</span>
      </label>
      <label class="field">
        <span>{t.rounding}</span>
        <select value={terms.rounding} onChange={(event) => set({ rounding: event.currentTarget.value as (typeof ROUNDING)[number] })}>
          {ROUNDING.map((one) => (
            <option key={one} value={one}>
              {t.roundings[one]}
            </option>
          ))}
        </select>
      </label>
      <Example terms={terms} currency={currency} />
    </div>
  );
}

interface AmountProps {
  amount: Amount;
  change: (amount: Amount) => void;
  currency: string;
}

/** The higher of the two. */
function AmountField({ amount: { minor = 0, percent = 0 }, change, currency }: AmountProps) {
  const t = w().credits;
  return (
    <>
      <label class="field">
        <span>{t.fixed(currency)}</span>
        <Checked type="number" required min={0} step={leastOf(currency)} value={amountOf(minor, currency)} onInput={(event) => change({ minor: minorOf(event.currentTarget.valueAsNumber || 0, currency), percent })} />
      </label>
      <label class="field">
        <span>{t.percent}</span>
        <Checked type="number" required min={0} max={100} step={1} value={percent} onInput={(event) => change({ minor, percent: event.currentTarget.valueAsNumber || 0 })} />
      </label>
    </>
  );
}

function Days({ daily, change, currency }: { daily: Daily; change: (some: Partial<Daily>) => void; currency: string }) {
  const t = w().credits;
  const { steps } = daily;
  const last = steps.at(-1)?.fromDay ?? 0;
  return (
    <fieldset class="fields">
      <legend>{t.days}</legend>
      {steps.map((step, at) => (
        <fieldset key={at} class="item">
          <legend class="visually-hidden">{t.step(at + 1)}</legend>
          <div class="triple">
            <label class="field">
              <span>{t.fromDay}</span>
              <Checked type="number" required min={(steps[at - 1]?.fromDay ?? 0) + 1} max={365} step={1} value={step.fromDay} onInput={(event) => change({ steps: steps.map((one, index) => (index === at ? { ...one, fromDay: event.currentTarget.valueAsNumber || 0 } : one)) })} />
            </label>
            <AmountField amount={step.amount} change={(amount) => change({ steps: steps.map((one, index) => (index === at ? { ...one, amount } : one)) })} currency={currency} />
          </div>
          {steps.length > 1 && (
            <button type="button" class="button small" onClick={() => change({ steps: steps.filter((_, index) => index !== at) })}>
              <Trash2 size={16} aria-hidden="true" />
              {t.removeStep(step.fromDay)}
            </button>
          )}
        </fieldset>
      ))}
      <button type="button" class="button" onClick={() => change({ steps: [...steps, { fromDay: last + 1, amount: { minor: 0, percent: 0 } }] })}>
        <Plus size={16} aria-hidden="true" />
        {t.addStep}
      </button>
      <label class="field">
        <span>{t.freeDays}</span>
        <Checked type="number" required min={0} max={365} step={1} value={daily.freeWorkingDays ?? 0} onInput={(event) => change({ freeWorkingDays: event.currentTarget.valueAsNumber || 0 })} />
      </label>
      <label class="tick">
        <input type="checkbox" checked={daily.startsNextDay !== false} onChange={(event) => change({ startsNextDay: event.currentTarget.checked })} />
        <span>{t.nextDay}</span>
      </label>
      <label class="tick">
        <input type="checkbox" checked={daily.restorationDayCounts !== false} onChange={(event) => change({ restorationDayCounts: event.currentTarget.checked })} />
        <span>{t.restoration}</span>
      </label>
      <label class="tick">
        <input type="checkbox" checked={daily.stopsDay === "any"} onChange={(event) => change({ stopsDay: event.currentTarget.checked ? "any" : "whole" })} />
        <span>{t.stopsAny}</span>
      </label>
    </fieldset>
  );
}

function Appointments({ terms, change, currency }: FieldProps) {
  const t = w().credits;
  const { appointment } = terms;
  const notice = appointment?.noticeHours ?? null;
  return (
    <fieldset class="fields">
      <legend>{t.appointments}</legend>
      <label class="tick">
        <input type="checkbox" checked={appointment != null} onChange={(event) => change({ ...terms, appointment: event.currentTarget.checked ? { amount: { minor: 0, percent: 0 }, noticeHours: null } : null })} />
        <span>{t.credited}</span>
      </label>
      {appointment != null && (
        <div class="triple">
          <AmountField amount={appointment.amount} change={(amount) => change({ ...terms, appointment: { ...appointment, amount } })} currency={currency} />
          <label class="field">
            <span>{t.notice}</span>
            <Checked type="number" min={0} max={720} step={1} value={notice ?? ""} onInput={(event) => change({ ...terms, appointment: { ...appointment, noticeHours: Number.isNaN(event.currentTarget.valueAsNumber) ? null : event.currentTarget.valueAsNumber } })} />
          </label>
        </div>
      )}
    </fieldset>
  );
}

type Worked = { example: Schemas["CreditExampleOut"] } | { trouble: string };

/** Worked out by the server, by the rules that credit: a moment after the last change. */
function Example({ terms, currency }: { terms: Terms; currency: string }) {
  const t = w().credits;
  const s = shapes.value;
  const [fee, setFee] = useState(40);
  const [worked, setWorked] = useState<Worked | null>(null);
  const asked = JSON.stringify({ terms: { ...terms, validFrom: null }, feeMinor: minorOf(fee, currency) });
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      post<Schemas["CreditExampleOut"]>(inArea("/v1/setup/credit-tables/example"), JSON.parse(asked)).then(
        (example) => isWanted && setWorked({ example }),
        (error: unknown) => isWanted && setWorked({ trouble: meaning(error) }),
      );
    }, WAIT_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [asked, language.value]);
  return (
    <section class="worked" aria-live="polite" aria-label={t.example}>
      <h3>{t.example}</h3>
      <label class="field">
        <span>{t.fee(currency)}</span>
        <input type="number" min={0} step={leastOf(currency)} value={fee} onInput={(event) => setFee(event.currentTarget.valueAsNumber || 0)} />
      </label>
      {worked === null ? (
        <div class="skeleton line" />
      ) : "trouble" in worked ? (
        <p class="aside">{worked.trouble}</p>
      ) : (
        <>
          <p class="aside">{t.case(s.dated(worked.example.reportedAt), s.dated(worked.example.restoredAt))}</p>
          <ul class="lines">
            {worked.example.sentences.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
          <p>
            {t.sum} <b>{s.money(worked.example.amountMinor, currency)}</b>
          </p>
        </>
      )}
    </section>
  );
}
