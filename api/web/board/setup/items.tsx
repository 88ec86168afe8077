// A list in an order of its own: each item a part of the form, moved up and down, taken out, one more below.
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { w } from "./words.ts";

interface ItemsProps<T> {
  legend: string;
  items: readonly T[];
  change: (items: T[]) => void;
  /** What buttons of it are called by. */
  name: (item: T) => string;
  blank: () => T;
  add: string;
  /** Beside the buttons, and below them. */
  head: (item: T, set: (some: Partial<T>) => void) => ComponentChildren;
  body: (item: T, set: (some: Partial<T>) => void) => ComponentChildren;
}

export function Items<T>({ legend, items, change, name, blank, add, head, body }: ItemsProps<T>) {
  const t = w().kinds;
  const move = (at: number, by: number) => {
    const next = [...items];
    const [taken] = next.splice(at, 1);
    if (taken !== undefined) next.splice(at + by, 0, taken);
    change(next);
  };
  return (
    <fieldset class="fields">
      <legend>{legend}</legend>
      <ol class="items">
        {items.map((item, at) => {
          const set = (some: Partial<T>) => change(items.map((one, index) => (index === at ? { ...one, ...some } : one)));
          return (
            <li key={at} class="item">
              <div class="abreast">
                {head(item, set)}
                <span class="item-buttons">
                  <button type="button" class="icon-button" aria-label={`${t.up}: ${name(item)}`} disabled={at === 0} onClick={() => move(at, -1)}>
                    <ArrowUp size={16} aria-hidden="true" />
                  </button>
                  <button type="button" class="icon-button" aria-label={`${t.down}: ${name(item)}`} disabled={at === items.length - 1} onClick={() => move(at, 1)}>
                    <ArrowDown size={16} aria-hidden="true" />
                  </button>
                  <button type="button" class="icon-button" aria-label={`${t.removeItem}: ${name(item)}`} onClick={() => change(items.filter((_, index) => index !== at))}>
                    <Trash2 size={16} aria-hidden="true" />
                  </button>
                </span>
              </div>
              {body(item, set)}
            </li>
          );
        })}
      </ol>
      <button type="button" class="button" onClick={() => change([...items, blank()])}>
        <Plus size={16} aria-hidden="true" />
        {add}
      </button>
    </fieldset>
  );
}
