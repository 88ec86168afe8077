// What is never edited: versions in a list, and a form that makes a new one from any of them.
import { Copy, Plus, Trash2 } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { amountOf, leastOf, minorOf } from "../../shared/money.ts";
import { Empty } from "../../shared/parts.tsx";
import { post } from "../../shared/server.ts";
import { area, clock, holds, inArea, language, shapes, today, told } from "../app.ts";
import { leaving } from "../../office/unsaved.tsx";
import { Checked } from "./checked.tsx";
import { own, type FieldSpec, type Form } from "./inputs.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import type { AgreementOut, TariffOut, TermsOut } from "./model.ts";
import { listed } from "./sections.tsx";
import { inWords, spoken, TextsField, type Texts } from "./texts.tsx";
import { ThingForm } from "./things.tsx";
import { w } from "./words.ts";

export interface VersionsSpec<T, F extends Form> {
  title: string;
  none: { title: string; hint: string };
  load: () => Promise<T[]>;
  number: (version: T) => number;
  validFrom: (version: T) => string;
  /** From a day on, not from an instant. */
  byDay?: true;
  show: (version: T) => ComponentChildren;
  formOf: (version: T | null) => F;
  fields: (form: F) => FieldSpec<F>[];
  path: string;
  said: (form: F) => object;
}

export interface Dated {
  /** By the area's clock, or a day; empty for now. */
  validFrom: string;
}

/** Of `2027-01-01T00:00` on the area's clock. */
function instantOf(wall: string, timeZone: string): string {
  const asUtc = new Date(`${wall}Z`);
  const there = new Date(`${asUtc.toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);
  return new Date(2 * asUtc.getTime() - there.getTime()).toISOString();
}

export function Versions<T, F extends Form & Dated>({ spec }: { spec: VersionsSpec<T, F> }) {
  const found = useLoaded(spec.load, spec.path);
  const [made, setMade] = useState<{ from: T | null } | null>(null);
  const mayEdit = holds("supervisor");
  const t = w();
  return (
    <div class={`things ${made === null ? "" : "with-form"}`}>
      <div class="thing-list">
        <div class="thing-head">
          <h1 id="thing-title">{spec.title}</h1>
        </div>
        <p class="aside">{mayEdit ? t.follows : t.readOnly}</p>
        <Loaded of={found}>
          {(versions) => {
            const now = spec.byDay === true ? today.value : new Date(clock.value.getTime() + LAG_MS).toISOString();
            const begins = (one: T): string => (spec.byDay === true ? spec.validFrom(one) : new Date(spec.validFrom(one)).toISOString());
            const valid = versions.find((one) => begins(one) <= now);
            if (versions.length === 0) {
              return (
                <Empty {...spec.none}>
                  {mayEdit && (
                    <button type="button" class="button" onClick={() => setMade({ from: null })}>
                      <Plus size={16} aria-hidden="true" />
                      {t.fresh.versions}
                    </button>
                  )}
                </Empty>
              );
            }
            return (
              <ol class="version-list">
                {versions.map((one) => (
                  <li key={spec.number(one)}>
                    <div class="thing-head">
                      <h2>
                        {t.version} {spec.number(one)}
                      </h2>
                      <span class={`version-mark ${one === valid ? "good" : ""}`}>{one === valid ? t.current : begins(one) > now ? t.ahead : t.past}</span>
                      <span class="aside">
                        {t.validFrom} {spec.byDay === true ? shapes.value.days(spec.validFrom(one), spec.validFrom(one)) : shapes.value.dated(spec.validFrom(one))}
                      </span>
                      {mayEdit && (
                        <button type="button" class="button small" disabled={made?.from != null && spec.number(made.from) === spec.number(one)} onClick={() => leaving(() => setMade({ from: one }))}>
                          <Copy size={16} aria-hidden="true" />
                          {t.newFrom}
                        </button>
                      )}
                    </div>
                    {spec.show(one)}
                  </li>
                ))}
              </ol>
            );
          }}
        </Loaded>
      </div>
      {made !== null && (
        <aside class="thing-form" aria-labelledby="form-title">
          <h2 id="form-title">{made.from === null ? t.fresh.versions : `${t.newFrom}: ${t.version} ${spec.number(made.from)}`}</h2>
          <ThingForm
            key={made.from === null ? 0 : spec.number(made.from)}
            first={spec.formOf(made.from)}
            fields={(form) => [...spec.fields(form), ...validity<F>(spec.byDay === true)]}
            mayEdit
            save={async (form) => {
              const after = Math.max(0, ...(found.value ?? []).map(spec.number));
              const validFrom = form.validFrom === "" ? null : spec.byDay === true ? form.validFrom : instantOf(form.validFrom, area.value?.timeZone ?? "UTC");
              await post(inArea(`/v1/setup/${spec.path}`), { ...spec.said(form), after, validFrom });
              told.value = { text: t.saved, tone: "good" };
              setMade(null);
              found.again();
            }}
            reload={found.again}
            close={() => setMade(null)}
          />
        </aside>
      )}
    </div>
  );
}

function validity<F extends Form & Dated>(byDay: boolean): FieldSpec<F>[] {
  return [
    own<F, "validFrom">("validFrom", w().validFrom, (value, change) => (
      <label class="field">
        <span>
          {w().validFrom} <span class="aside">({byDay ? w().credits.today : w().now})</span>
        </span>
        <input type={byDay ? "date" : "datetime-local"} {...(byDay ? { min: today.value } : {})} value={value} onInput={(event) => change(event.currentTarget.value as F["validFrom"])} />
      </label>
    )),
  ];
}

/** The board's clock moves every ten seconds: what begins now is not ahead. */
const LAG_MS = 15_000;

interface LineForm {
  code: string;
  text: Texts;
  amount: number;
  tax: number;
}

const BLANK: LineForm = { code: "", text: {}, amount: 0, tax: 0 };

export function Tariffs({ currency }: { currency: string }) {
  const t = w().tariffs;
  const spec: VersionsSpec<TariffOut, Dated & { lines: LineForm[] }> = {
    title: w().sections.tariffs,
    none: t.none,
    load: () => listed<TariffOut>("tariffs"),
    number: ({ tariffVersion }) => tariffVersion,
    validFrom: ({ validFrom }) => validFrom,
    show: ({ lines, currency: of }) => (
      <table>
        <thead>
          <tr>
            <th scope="col">{t.text}</th>
            <th scope="col">{t.code}</th>
            <th scope="col" class="number">{`${t.amount} (${t.gross})`}</th>
            <th scope="col" class="number">
              {t.tax}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.code}>
              <td>{inWords(line.text, language.value)}</td>
              <td>{line.code}</td>
              <td class="number">{shapes.value.money(line.amountMinor, of)}</td>
              <td class="number">{shapes.value.number(line.taxBasisPoints / 100)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    ),
    formOf: (from) => ({
      validFrom: "",
      lines: from === null ? [BLANK] : from.lines.map(({ code, text, amountMinor, taxBasisPoints }) => ({ code, text, amount: amountOf(amountMinor, currency), tax: taxBasisPoints / 100 })),
    }),
    fields: () => [own("lines", t.lines, (value, change) => <Lines lines={value} change={change} step={leastOf(currency)} />)],
    path: "tariffs",
    said: ({ lines }) => ({
      lines: lines.map(({ code, text, amount, tax }) => ({ code, text: spoken(text), amountMinor: minorOf(amount, currency), taxBasisPoints: Math.round(tax * 100) })),
    }),
  };
  return <Versions spec={spec} />;
}

function Lines({ lines, change, step }: { lines: LineForm[]; change: (lines: LineForm[]) => void; step: number }): JSX.Element {
  const t = w().tariffs;
  const set = (at: number, some: Partial<LineForm>) => change(lines.map((line, index) => (index === at ? { ...line, ...some } : line)));
  return (
    <fieldset class="fields">
      <legend>{t.lines}</legend>
      {lines.map((line, at) => (
        <fieldset key={at} class="item">
          <legend class="visually-hidden">{`${t.lines} ${at + 1}`}</legend>
          <div class="triple">
            <label class="field">
              <span>{t.code}</span>
              <Checked required value={line.code} onInput={(event) => set(at, { code: event.currentTarget.value })} />
            </label>
            <label class="field">
              <span>{t.amount}</span>
              <Checked type="number" required min={0} step={step} value={line.amount} onInput={(event) => set(at, { amount: event.currentTarget.valueAsNumber || 0 })} />
            </label>
            <label class="field">
              <span>{t.tax}</span>
              <Checked type="number" required min={0} max={100} step={0.01} value={line.tax} onInput={(event) => set(at, { tax: event.currentTarget.valueAsNumber || 0 })} />
            </label>
          </div>
          <TextsField legend={t.text} value={line.text} change={(text) => set(at, { text })} />
          <button type="button" class="button small" onClick={() => change(lines.filter((_, index) => index !== at))}>
            <Trash2 size={16} aria-hidden="true" />
            {w().kinds.removeItem} {line.code}
          </button>
        </fieldset>
      ))}
      <button type="button" class="button" onClick={() => change([...lines, { ...BLANK, tax: lines.at(-1)?.tax ?? 0 }])}>
        <Plus size={16} aria-hidden="true" />
        {t.addLine}
      </button>
    </fieldset>
  );
}

export function Terms({ currency }: { currency: string }) {
  const t = w().terms;
  const spec: VersionsSpec<TermsOut, Dated & { texts: Texts; callOut: number }> = {
    title: w().sections.terms,
    none: t.none,
    load: () => listed<TermsOut>("terms"),
    number: ({ termsVersion }) => termsVersion,
    validFrom: ({ validFrom }) => validFrom,
    show: ({ texts, callOutMinor, currency: of }) => (
      <>
        <p>
          {t.callOut}: <b>{shapes.value.money(callOutMinor, of)}</b>
        </p>
        <Said texts={texts} />
      </>
    ),
    formOf: (from) => ({ validFrom: "", texts: from?.texts ?? {}, callOut: amountOf(from?.callOutMinor ?? 0, currency) }),
    fields: () => [
      { name: "callOut", label: t.callOut, kind: "number", min: 0, step: leastOf(currency), required: true },
      own("texts", t.texts, (value, change) => <TextsField legend={t.texts} lines={4} value={value} change={change} />),
    ],
    path: "terms",
    said: ({ texts, callOut }) => ({ texts: spoken(texts), callOutMinor: minorOf(callOut, currency) }),
  };
  return <Versions spec={spec} />;
}

export function Agreements() {
  const t = w().agreements;
  const spec: VersionsSpec<AgreementOut, Dated & { texts: Texts }> = {
    title: w().sections.agreements,
    none: t.none,
    load: () => listed<AgreementOut>("agreements"),
    number: ({ agreementVersion }) => agreementVersion,
    validFrom: ({ validFrom }) => validFrom,
    show: ({ texts }) => <Said texts={texts} />,
    formOf: (from) => ({ validFrom: "", texts: from?.texts ?? {} }),
    fields: () => [{ ...own<Dated & { texts: Texts }, "texts">("texts", t.texts, (value, change) => <TextsField legend={t.texts} lines={4} value={value} change={change} />), hint: t.hint }],
    path: "agreements",
    said: ({ texts }) => ({ texts: spoken(texts) }),
  };
  return <Versions spec={spec} />;
}

function Said({ texts }: { texts: Texts }) {
  return (
    <dl class="said">
      {Object.entries(texts).map(([code, text]) => (
        <div key={code}>
          <dt>{code}</dt>
          <dd lang={code}>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
