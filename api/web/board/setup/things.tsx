// One look for all that is set up: a table, and beside it a form for the row that the address names.
import { FileUp, Plus, Search, Trash2, X } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { Empty } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { Problem, remove } from "../../shared/server.ts";
import { attempt, holds, inArea, meaning, told } from "../app.ts";
import { leaving, useDraft } from "../../office/unsaved.tsx";
import type { Written } from "./checked.tsx";
import { Inputs, type FieldSpec, type Form } from "./inputs.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import { ifMatch, type WaitingOut } from "./model.ts";
import { WaitingVisits } from "./waiting.tsx";
import { w } from "./words.ts";

export interface Column<T> {
  label: string;
  of: (thing: T) => ComponentChildren;
  isNumber?: boolean;
  /** It is short and not broken. */
  isCode?: boolean;
}

export interface ThingsSpec<T, F extends Form> {
  /** As in `#/setup/NAME`. */
  name: string;
  title: string;
  /** What is added. */
  fresh: string;
  /** Why there should be some, where there is none. */
  none: { title: string; hint: string };
  /** Tables of them are taken in, too. */
  isImported?: boolean;
  load: () => Promise<T[]>;
  /** A search that the server makes, instead of one in what was loaded. */
  find?: (text: string) => Promise<T[]>;
  id: (thing: T) => string;
  version: (thing: T) => number;
  columns: Column<T>[];
  blank: () => F | Promise<F>;
  formOf: (thing: T) => F | Promise<F>;
  fields: (isNew: boolean, form: F) => FieldSpec<F>[];
  /** What it answers are visits for whose sake something stays as it is, or the id that it has by now. */
  save: (id: string, form: F, version: number) => Promise<WaitingOut[] | string | void>;
  /** Whether what was just added stays open, because something more belongs to it. */
  stays?: boolean;
  roles: readonly string[];
  /** Whether one can be added at all. */
  canAdd?: boolean;
  remove?: { label: string; path: (thing: T) => string; where: (thing: T) => boolean };
  /** Something about the row that is changed by itself: above its form, and below it. */
  above?: (thing: T, isFresh: boolean) => JSX.Element | null;
  below?: (thing: T, isFresh: boolean) => JSX.Element | null;
  note?: (shown: T[]) => ComponentChildren;
  heading: (thing: T) => string;
}

export function Things<T, F extends Form>({ spec, chosen }: { spec: ThingsSpec<T, F>; chosen: string | undefined }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const found = useLoaded(() => (spec.find === undefined ? spec.load() : spec.find(asked)), `${spec.name} ${asked}`);
  const [waiting, setWaiting] = useState<WaitingOut[]>([]);
  const mayEdit = holds(...spec.roles);
  const mayAdd = mayEdit && spec.canAdd !== false;
  useEffect(() => {
    if (spec.find === undefined) return;
    const timer = setTimeout(() => setAsked(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  const shown = (things: T[]): T[] => {
    const sought = text.trim().toLowerCase();
    if (spec.find !== undefined || sought === "") return things;
    return things.filter((thing) => spec.columns.some((column) => String(column.of(thing) ?? "").toLowerCase().includes(sought)));
  };
  return (
    <div class={`things ${chosen === undefined ? "" : "with-form"}`}>
      <div class="thing-list">
        <div class="thing-head">
          <h1 id="thing-title">{spec.title}</h1>
          <label class="thing-search">
            <Search size={16} aria-hidden="true" />
            <span class="visually-hidden">{w().search}</span>
            <input type="search" placeholder={w().search} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          {mayAdd && (
            <a class="button primary" href={`#/setup/${spec.name}/new`}>
              <Plus size={16} aria-hidden="true" />
              {w().add}
            </a>
          )}
        </div>
        {!mayEdit && <p class="aside">{w().readOnly}</p>}
        <WaitingVisits visits={waiting} />
        <Loaded of={found}>
          {(things) => {
            const some = shown(things);
            if (things.length === 0 && text === "") return <Nothing spec={spec} mayAdd={mayAdd} />;
            if (some.length === 0) return <Empty title={w().noneFound} />;
            return <Rows spec={spec} things={some} chosen={chosen} />;
          }}
        </Loaded>
      </div>
      {chosen !== undefined && found.value !== undefined && (
        <Beside key={chosen} spec={spec} listed={found.value} chosen={chosen} mayEdit={mayEdit} again={found.again} wait={setWaiting} />
      )}
    </div>
  );
}

/** What to do next. */
function Nothing<T, F extends Form>({ spec: { name, none, fresh, isImported }, mayAdd }: { spec: ThingsSpec<T, F>; mayAdd: boolean }) {
  return (
    <Empty {...none}>
      {mayAdd && (
        <div class="form-end">
          <a class="button" href={`#/setup/${name}/new`}>
            <Plus size={16} aria-hidden="true" />
            {fresh}
          </a>
          {isImported === true && (
            <a class="button" href="#/setup/imports">
              <FileUp size={16} aria-hidden="true" />
              {w().fresh.imports}
            </a>
          )}
        </div>
      )}
    </Empty>
  );
}

/** A row that was just added may stand below all others. */
const intoView = (row: HTMLElement | null): void => row?.scrollIntoView({ block: "nearest" });

function Rows<T, F extends Form>({ spec, things, chosen }: { spec: ThingsSpec<T, F>; things: T[]; chosen: string | undefined }) {
  return (
    <>
      {spec.note?.(things)}
      <div class="table-scroll" tabIndex={0} role="region" aria-label={spec.title}>
        <table>
          <thead>
            <tr>
              {spec.columns.map(({ label, isNumber }) => (
                <th key={label} scope="col" class={isNumber === true ? "number" : undefined}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {things.map((thing) => {
              const id = spec.id(thing);
              return (
                <tr key={id} class={id === chosen ? "chosen" : undefined} ref={id === chosen ? intoView : null}>
                  {spec.columns.map(({ label, of, isNumber, isCode }, at) => (
                    <td key={label} class={isNumber === true ? "number" : isCode === true ? "code" : undefined}>
                      {at === 0 ? (
                        <a href={`#/setup/${spec.name}/${encodeURIComponent(id)}`} aria-current={id === chosen ? "true" : undefined}>
                          {of(thing)}
                        </a>
                      ) : (
                        of(thing)
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface BesideProps<T, F extends Form> {
  spec: ThingsSpec<T, F>;
  listed: T[];
  chosen: string;
  mayEdit: boolean;
  again: () => void;
  wait: (visits: WaitingOut[]) => void;
}

/** What was added last, while it is looked at. */
let fresh = "";

function Beside<T, F extends Form>({ spec, listed, chosen, mayEdit, again, wait }: BesideProps<T, F>) {
  const isNew = chosen === "new";
  const [newId] = useState(() => uuidv7());
  const isFresh = chosen === fresh;
  useEffect(
    () => () => {
      if (isFresh) fresh = "";
    },
    [],
  );
  // another search, or none that is answered, takes nobody's form away
  const last = useRef<T | null>(null);
  last.current = listed.find((one) => spec.id(one) === chosen) ?? last.current;
  const thing = last.current;
  const begun = useLoaded(async () => (isNew ? spec.blank() : thing === null ? null : spec.formOf(thing)), `${chosen} ${thing === null ? 0 : spec.version(thing)}`);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [chosen]);
  const close = () => go(`/setup/${spec.name}`);
  const drop = async (gone: T) => {
    const path = inArea(`/v1/setup/${spec.remove?.path(gone)}`);
    const isDone = await attempt(async () => wait((await remove<{ items: WaitingOut[] }>(path, ifMatch(spec.version(gone)))).items), w().saved);
    again();
    if (isDone) close();
  };
  return (
    <aside class="thing-form" aria-labelledby="form-title" onKeyDown={(event) => event.key === "Escape" && close()}>
      <div class="thing-head">
        <h2 id="form-title" tabIndex={-1} ref={heading}>
          {isNew ? spec.fresh : thing === null ? "" : spec.heading(thing)}
        </h2>
        <button type="button" class="icon-button" aria-label={w().cancel} onClick={close}>
          <X size={18} aria-hidden="true" />
        </button>
      </div>
      {thing !== null && spec.above?.(thing, isFresh)}
      <Loaded of={begun}>
        {(first) =>
          first === null ? (
            <Empty title={w().noneFound} />
          ) : (
            <ThingForm
              first={first as F}
              fields={(form) => spec.fields(isNew, form)}
              mayEdit={mayEdit}
              save={async (form) => {
                const answer = await spec.save(isNew ? newId : chosen, form, thing === null ? 0 : spec.version(thing));
                wait(Array.isArray(answer) ? answer : []);
                told.value = { text: w().saved, tone: "good" };
                again();
                if (!isNew) return undefined;
                if (spec.stays !== true) return close;
                fresh = typeof answer === "string" ? answer : newId;
                return () => go(`/setup/${spec.name}/${fresh}`);
              }}
              reload={again}
              close={close}
            />
          )
        }
      </Loaded>
      {thing !== null && mayEdit && spec.remove?.where(thing) === true && (
        <button type="button" class="button" onClick={() => leaving(() => void drop(thing))}>
          <Trash2 size={16} aria-hidden="true" />
          {spec.remove.label}
        </button>
      )}
      {thing !== null && spec.below?.(thing, isFresh)}
    </aside>
  );
}

interface ThingFormProps<F extends Form> {
  first: F;
  fields: (form: F) => FieldSpec<F>[];
  mayEdit: boolean;
  /** What it answers is done when nothing is unsaved any more. */
  save: (form: F) => Promise<(() => void) | void>;
  reload: () => void;
  close: () => void;
}

/** A form whose refusals stand beside what they are about. */
export function ThingForm<F extends Form>({ first, fields, mayEdit, save, reload, close }: ThingFormProps<F>) {
  const [form, setForm] = useState(first);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<{ text: string; isStale: boolean } | null>(null);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const stands = useDraft(form, first);
  const whole = useRef<HTMLFormElement>(null);
  // whoever saves at the end of a long form is shown what was refused further up
  useEffect(() => {
    whole.current?.querySelector(".fault")?.scrollIntoView({ block: "center" });
    whole.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus({ preventScroll: true });
  }, [faults]);
  // by what it says: who draws this form anew must not take away what somebody is writing, who may have begun before this runs
  const shown = useRef(JSON.stringify(first));
  useEffect(() => {
    if (shown.current === JSON.stringify(first)) return;
    shown.current = JSON.stringify(first);
    setForm(first);
    stands(first);
  }, [JSON.stringify(first)]);
  const cancel = () => {
    close();
    // for a form that stays; after it, because nothing may be unsaved again while one leaves
    setForm(first);
    stands(first);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    setFaults({});
    try {
      const after = await save(form);
      stands(form);
      after?.();
    } catch (error) {
      const shown = fields(form);
      const named = error instanceof Problem ? faultsOf(error, shown) : {};
      setFaults(named);
      const members = Object.keys(named);
      // what stands beside its field is not said twice
      const isSaid = members.length > 0 && members.every((member) => shown.some(({ name }) => name === member));
      setTrouble(isSaid ? null : { text: meaning(error), isStale: error instanceof Problem && error.status === 412 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="fields" ref={whole} onSubmit={(event) => void submit(event)}>
      <fieldset disabled={!mayEdit} class="fields">
        <Inputs specs={fields(form)} form={form} change={(change) => setForm((before) => ({ ...before, ...change }))} faults={faults} />
      </fieldset>
      {trouble !== null && (
        <div class="notice bad" role="alert">
          <p>{trouble.isStale ? w().stale.said : trouble.text}</p>
          {trouble.isStale && (
            <button type="button" class="button small" onClick={reload}>
              {w().stale.show}
            </button>
          )}
        </div>
      )}
      {mayEdit && (
        <div class="form-end">
          <button type="submit" class="button primary" disabled={isBusy}>
            {isBusy ? w().saving : w().save}
          </button>
          <button type="button" class="button" onClick={() => leaving(cancel)}>
            {w().cancel}
          </button>
        </div>
      )}
    </form>
  );
}

/** By the first member of the pointer that the form shows: `/skills/1` is about the skills, `/settings/offers` about the offers. */
export function faultsOf(problem: Problem, shown: readonly { name: string; kind: string; form?: Written }[] = []): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { pointer, code } of problem.body.errors ?? []) {
    const [, first = "", ...more] = pointer.split("/");
    const member = [first, ...more].find((one) => shown.some(({ name, kind }) => name === one && kind !== "heading" && kind !== "columns")) ?? first;
    const form = code === "invalid" ? shown.find(({ name }) => name === member)?.form : undefined;
    found[member] = (form === undefined ? w().faults[code] : w().limits[form]) ?? w().faults["invalid"] ?? code;
  }
  return found;
}
