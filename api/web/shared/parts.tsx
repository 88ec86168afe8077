// Parts that all faces are made of: their looks are in look.css, sized by each face.
import { Circle, CircleCheck, CirclePause, CircleSlash, Clock3, Footprints, MapPin, Wrench } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import type { components } from "../generated/api.d.ts";

export type VisitState = components["schemas"]["VisitState"];

/** A state is a shape and a word, never a colour alone. */
export const STATE_ICON: Record<VisitState, typeof Circle> = {
  draft: Circle,
  published: Clock3,
  on_my_way: Footprints,
  arrived: MapPin,
  working: Wrench,
  done: CircleCheck,
  no_access: CircleSlash,
  declined: CircleSlash,
  part_missing: CirclePause,
  paused: CirclePause,
  cancelled: CircleSlash,
};

export function Field(props: { label: string; hint?: string | undefined; children: JSX.Element }) {
  return (
    <label class="field">
      <span>{props.label}</span>
      {props.children}
      {props.hint !== undefined && <span class="hint">{props.hint}</span>}
    </label>
  );
}

export function Choices<T extends string>(props: { label: string; quiet?: boolean; name: string; among: readonly T[]; say: (one: T) => string; chosen: T | null; choose: (one: T) => void }) {
  return (
    <fieldset>
      <legend class={props.quiet === true ? "visually-hidden" : undefined}>{props.label}</legend>
      <div class="choices">
        {props.among.map((one) => (
          <label class="choice" key={one}>
            <input type="radio" name={props.name} checked={props.chosen === one} onChange={() => props.choose(one)} />
            <span>{props.say(one)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <b>{title}</b>
      {hint !== undefined && <p>{hint}</p>}
      {children}
    </div>
  );
}
