// What a browser would say in a bubble and in its own language stands below the input, in the reader's, as all else that is wrong with it.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { shapes } from "../app.ts";
import { w } from "./words.ts";

/** What is written in a form of its own, as the server takes it (`dispatch/bounded.py`). */
export const WRITTEN = {
  code: "[a-zA-Z0-9][a-zA-Z0-9_.:\\/#\\-]{0,63}",
  login: "[a-z0-9][a-z0-9_.@\\-]{1,63}",
  tel: "\\+[1-9][0-9]{6,14}",
};
export type Written = keyof typeof WRITTEN;

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function saidOf(input: Input): string {
  const t = w().limits;
  const { validity } = input;
  if (validity.badInput) return t.number;
  if (validity.valueMissing || !(input instanceof HTMLInputElement)) return w().faults["missing"] ?? "";
  if (validity.patternMismatch) return t[input.dataset["form"] as Written] ?? t.clock;
  if (input.type === "date") return t.from(shapes.value.day(input.min));
  const say = (bound: string) => shapes.value.number(Number(bound));
  if (validity.stepMismatch) return Number(input.step || 1) === 1 ? t.whole : t.step(say(input.step));
  if (input.min === "") return t.most(say(input.max));
  return input.max === "" ? t.least(say(input.min)) : t.between(say(input.min), say(input.max));
}

/** What is wrong with an input since its form was to be sent; `clear` once something else is written. */
export function useCheck() {
  const [said, setSaid] = useState<string>();
  const onInvalid = (event: Event) => {
    event.preventDefault();
    const input = event.currentTarget as Input;
    setSaid(saidOf(input));
    // the first of all, which no browser does for whoever takes its bubble away
    if (input === input.form?.querySelector("input:invalid, select:invalid, textarea:invalid")) input.focus();
  };
  return { said, onInvalid, clear: () => setSaid(undefined) };
}

/** An input that says so itself. */
export function Checked({ onInput, ...props }: JSX.IntrinsicElements["input"] & { onInput: (event: JSX.TargetedInputEvent<HTMLInputElement>) => void }) {
  const { said, onInvalid, clear } = useCheck();
  const id = useId();
  return (
    <>
      <input
        {...props}
        aria-invalid={said !== undefined}
        aria-describedby={said === undefined ? undefined : id}
        onInvalid={onInvalid}
        onInput={(event) => {
          onInput(event);
          clear();
        }}
      />
      {said !== undefined && (
        <span class="fault" id={id}>
          {said}
        </span>
      )}
    </>
  );
}
