// Inputs by their description: what a form holds, what each is called, what the server had against it.
import { Undo2 } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { shapes } from "../app.ts";
import { useCheck, WRITTEN, type Written } from "./checked.tsx";
import { w } from "./words.ts";

export type Form = object;

export interface Option {
  value: string;
  label: string;
}

interface Named<F extends Form> {
  name: keyof F & string;
  label: string;
  hint?: string | undefined;
  required?: boolean;
  /** It can be seen and not changed. */
  fixed?: boolean;
}

interface Heading {
  kind: "heading";
  name: string;
  label: string;
  hint?: string;
}

/** Above what stands like a table. */
interface Columns {
  kind: "columns";
  name: string;
  labels: readonly string[];
}

/** `product`: what counts where nobody says otherwise. */
interface Weighed {
  kind: "weight";
  unit: string;
  product: number;
  min: number;
  max: number;
  step: number | "any";
}

export type FieldSpec<F extends Form> = Heading | Columns | ValueSpec<F>;

type ValueSpec<F extends Form> = Named<F> &
  (
    | { kind: "text"; form?: Written; lines?: number }
    | { kind: "number"; min?: number; max?: number; step?: number }
    | Weighed
    | { kind: "tick" }
    | { kind: "date"; min?: string }
    | { kind: "select"; options: readonly Option[]; empty?: string }
    | { kind: "many"; options: readonly Option[] }
    | { kind: "own"; render: (value: never, change: (value: never) => void) => JSX.Element }
  );

interface InputsProps<F extends Form> {
  specs: readonly FieldSpec<F>[];
  form: F;
  change: (change: Partial<F>) => void;
  faults: Record<string, string>;
}

export function Inputs<F extends Form>({ specs, form, change, faults }: InputsProps<F>) {
  return (
    <>
      {specs.map((spec) =>
        spec.kind === "heading" ? (
          <header class="fields-head" key={spec.name}>
            <h2>{spec.label}</h2>
            {spec.hint !== undefined && <p class="aside">{spec.hint}</p>}
          </header>
        ) : spec.kind === "columns" ? (
          <p class="weight columns" key={spec.name} aria-hidden="true">
            {spec.labels.map((label) => (
              <span key={label}>{label}</span>
            ))}
          </p>
        ) : (
          <One key={spec.name} spec={spec} value={form[spec.name]} fault={faults[spec.name]} change={(value) => change({ [spec.name]: value } as Partial<F>)} />
        ),
      )}
    </>
  );
}

interface OneProps<F extends Form> {
  spec: ValueSpec<F>;
  value: unknown;
  fault: string | undefined;
  change: (value: unknown) => void;
}

function One<F extends Form>({ spec, value, fault: refused, change: write }: OneProps<F>) {
  const id = `field-${spec.name}`;
  const { said: wrong, onInvalid, clear } = useCheck();
  const fault = wrong ?? refused;
  const change = (value: unknown) => {
    clear();
    write(value);
  };
  const said = [fault !== undefined && `${id}-fault`, spec.hint !== undefined && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  const shared = { id, disabled: spec.fixed === true, "aria-invalid": fault !== undefined, "aria-describedby": said, onInvalid } as const;
  if (spec.kind === "tick") {
    return (
      <Around spec={spec} id={id} fault={fault} bare>
        <label class="tick">
          <input type="checkbox" {...shared} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />
          <span>{spec.label}</span>
        </label>
      </Around>
    );
  }
  if (spec.kind === "many") {
    const among = value as readonly string[];
    return (
      <fieldset class="many" aria-describedby={said}>
        <legend>{spec.label}</legend>
        {spec.options.length === 0 && <p class="hint">{w().noneToChoose}</p>}
        <div class="choices">
          {spec.options.map((option) => (
            <label class="choice" key={option.value}>
              <input
                type="checkbox"
                checked={among.includes(option.value)}
                onChange={(event) => change(event.currentTarget.checked ? [...among, option.value] : among.filter((one) => one !== option.value))}
              />
              <span>{option.label}</span>
            </label>
          ))}
        </div>
        <Below spec={spec} id={id} fault={fault} />
      </fieldset>
    );
  }
  if (spec.kind === "weight") {
    const say = (value: number) => shapes.value.number(value);
    return (
      <div class="weight">
        <div class="field">
          <label class="field-label" for={id}>
            {spec.label}
          </label>
          <Below spec={spec} id={id} fault={fault} />
        </div>
        <div class="weight-value field">
          <input
            type="number"
            {...shared}
            aria-describedby={`${id}-unit ${said ?? ""}`}
            required
            min={spec.min}
            max={spec.max}
            step={spec.step}
            value={value as number | ""}
            onInput={(event) => change(event.currentTarget.value === "" ? "" : event.currentTarget.valueAsNumber)}
          />
          <span id={`${id}-unit`}>{spec.unit}</span>
        </div>
        <p class="hint">
          <span>
            <b>{say(spec.product)}</b> ({w().weights.range(say(spec.min), say(spec.max))})
          </span>
          {value !== spec.product && (
            <button type="button" class="button plain small" aria-label={`${w().weights.back}: ${spec.label}`} onClick={() => change(spec.product)}>
              <Undo2 size={14} aria-hidden="true" />
              {w().weights.back}
            </button>
          )}
        </p>
      </div>
    );
  }
  if (spec.kind === "own") {
    return (
      <div class="own">
        {spec.render(value as never, change as (value: never) => void)}
        <Below spec={spec} id={id} fault={fault} />
      </div>
    );
  }
  return (
    <Around spec={spec} id={id} fault={fault}>
      {spec.kind === "select" ? (
        <select {...shared} required={spec.required} value={(value as string | null) ?? ""} onChange={(event) => change(event.currentTarget.value === "" ? null : event.currentTarget.value)}>
          {(spec.empty !== undefined || spec.required === true) && <option value="">{spec.empty ?? ""}</option>}
          {spec.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : spec.kind === "number" ? (
        <input
          type="number"
          {...shared}
          required={spec.required}
          min={spec.min}
          max={spec.max}
          step={spec.step ?? 1}
          value={value as number | ""}
          onInput={(event) => change(event.currentTarget.value === "" ? "" : event.currentTarget.valueAsNumber)}
        />
      ) : spec.kind === "date" ? (
        <input type="date" {...shared} required={spec.required} min={spec.min} value={value as string} onInput={(event) => change(event.currentTarget.value)} />
      ) : spec.lines !== undefined ? (
        <textarea {...shared} required={spec.required} rows={spec.lines} value={value as string} onInput={(event) => change(event.currentTarget.value)} />
      ) : (
        <input
          type={spec.form === "tel" ? "tel" : "text"}
          {...shared}
          {...(spec.form === undefined ? {} : { pattern: WRITTEN[spec.form], "data-form": spec.form })}
          required={spec.required}
          autocomplete="off" value={value as string} onInput={(event) => change(event.currentTarget.value)} />
      )}
    </Around>
  );
}

interface AroundProps<F extends Form> {
  spec: ValueSpec<F>;
  id: string;
  fault: string | undefined;
  /** The label stands inside already. */
  bare?: boolean;
  children: ComponentChildren;
}

function Around<F extends Form>({ spec, id, fault, bare, children }: AroundProps<F>) {
  return (
    <div class="field">
      {bare !== true && (
        <label class="field-label" for={id}>
          {spec.label}
          {spec.required === true && spec.fixed !== true && spec.kind !== "number" && <span class="aside"> ({w().required})</span>}
        </label>
      )}
      {children}
      <Below spec={spec} id={id} fault={fault} />
    </div>
  );
}

function Below<F extends Form>({ spec, id, fault }: { spec: ValueSpec<F>; id: string; fault: string | undefined }) {
  return (
    <>
      {fault !== undefined && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      {spec.hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {spec.hint}
        </p>
      )}
    </>
  );
}

/** A field of its own kind, with its types kept. */
export function own<F extends Form, K extends keyof F & string>(
  name: K,
  label: string,
  render: (value: F[K], change: (value: F[K]) => void) => JSX.Element,
): FieldSpec<F> {
  return { name, label, kind: "own", render: render as unknown as (value: never, change: (value: never) => void) => JSX.Element };
}

/** Codes with spaces between. */
export const codesIn = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
