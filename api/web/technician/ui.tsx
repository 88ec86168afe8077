// The parts that every screen is made of.
import { ArrowLeft, ChevronRight, Circle, CircleCheck, CircleDot } from "lucide-preact";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { VisitState } from "./model.ts";
import type { Status } from "./outbox/outbox.ts";
import { Field, STATE_ICON } from "../shared/parts.tsx";
import { go } from "../shared/route.ts";
import { van, words } from "./app.ts";

export { Choices, Empty, Field } from "../shared/parts.tsx";

/** A state is a shape and a word, never a colour alone. */
export function State({ of }: { of: VisitState }) {
  const Icon = STATE_ICON[of];
  return (
    <span class={`state ${of}`}>
      <Icon size={16} aria-hidden="true" />
      {words.value.state[of]}
    </span>
  );
}

/** Where a record is: on this phone, received, or being checked. */
export function Mark({ status, reason }: { status: Status; reason?: string | null }) {
  const Icon = status === "waiting" ? Circle : status === "applied" ? CircleCheck : CircleDot;
  const why = status === "review" && reason ? `: ${words.value.reason[reason] ?? reason}` : "";
  return (
    <span class={`mark ${status}`}>
      <Icon size={14} aria-hidden="true" />
      {words.value.record[status]}
      {why}
    </span>
  );
}

export function Heading({ title, aside, back }: { title: string; aside?: ComponentChildren; back?: string | undefined }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="heading">
      {back !== undefined && (
        <button type="button" class="icon-button" aria-label={words.value.visit.back} onClick={() => go(back)}>
          <ArrowLeft aria-hidden="true" />
        </button>
      )}
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {aside !== undefined && <div class="aside">{aside}</div>}
    </div>
  );
}

/** A part of a visit that opens and closes; `tone` says whether something is still needed. */
export function Section(props: { id: string; title: string; aside?: string | undefined; tone?: "needed" | "complete" | undefined; open?: boolean; children: ComponentChildren }) {
  return (
    <details class="section" id={props.id} open={props.open}>
      <summary>
        <ChevronRight class="turn" size={20} aria-hidden="true" />
        <h2>{props.title}</h2>
        {props.aside !== undefined && <span class={`aside ${props.tone ?? ""}`}>{props.aside}</span>}
      </summary>
      <div class="inside">{props.children}</div>
    </details>
  );
}

interface Typed {
  label: string;
  value: string;
  change: (value: string) => void;
}

/** One line, as long as the server takes it. */
export function TextLine({ label, value, change, ...rest }: Typed & Pick<JSX.InputHTMLAttributes, "inputMode" | "autocapitalize" | "autocomplete">) {
  return (
    <Field label={label}>
      <input maxLength={200} autocomplete="off" {...rest} value={value} onInput={(event) => change(event.currentTarget.value)} />
    </Field>
  );
}

/** Several lines. */
export function TextBox({ label, value, change }: Typed) {
  return (
    <Field label={label}>
      <textarea maxLength={4000} value={value} onInput={(event) => change(event.currentTarget.value)} />
    </Field>
  );
}

/** A button that records something, once: it is deaf while that is under way, and for `deafMs` after it has come or has changed
 * its words, for a second tap was meant for what stood there before. What could not be kept has been told by `record`. */
export function Save({ label, act, look = "primary wide", disabled = false, deafMs = 0 }: { label: string; act: () => Promise<unknown>; look?: string; disabled?: boolean; deafMs?: number }) {
  const deaf = useSignal(deafMs > 0);
  const busy = useSignal(false);
  useLayoutEffect(() => {
    if (deafMs === 0) return;
    deaf.value = true;
    const timer = setTimeout(() => (deaf.value = false), deafMs);
    return () => clearTimeout(timer);
  }, [label]);
  const press = async () => {
    if (deaf.value || busy.value) return;
    busy.value = true;
    try {
      await act();
    } catch (error) {
      console.error(error);
    } finally {
      busy.value = false;
    }
  };
  // not `disabled`, which would take the focus away
  return (
    <button type="button" class={`button ${look}`} disabled={disabled} aria-disabled={deaf.value || busy.value} aria-busy={busy.value} onClick={() => void press()}>
      {label}
    </button>
  );
}

/** The operator's codes as words: ours where we know them, else as they are written. */
export function codeName(code: string): string {
  return words.value.code[code] ?? code.replaceAll("_", " ");
}

/** A part or a tool as the operator calls it. */
export function partName(code: string): string {
  return van.value?.names[code] ?? codeName(code);
}
