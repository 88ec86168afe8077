// Answers that are one key each. One question is asked at a time, so its keys are never somebody else's.
import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";

export interface Choice {
  code: string;
  says: ComponentChildren;
  isChosen?: boolean;
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, select, textarea") || target.closest("dialog") !== null);
}

/** Does what a key stands for, while nobody types. What is shown and what its keys do never differ: they change together. */
export function useKeys(act: (key: string, at: HTMLElement) => boolean): void {
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (act(event.key, event.target as HTMLElement)) event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}

/** `silent`: the keys are another question's just now. Nothing changes its place by it. */
export function Keyed({ label, among, choose, busy, silent = false }: { label: string; among: readonly Choice[]; choose: (code: string) => void; busy: boolean; silent?: boolean }) {
  useKeys((key) => {
    const one = among[Number(key) - 1];
    if (one === undefined || busy || silent) return false;
    choose(one.code);
    return true;
  });
  return (
    <ol class="keyed" aria-label={label}>
      {among.map((one, index) => (
        <li key={one.code}>
          <button type="button" class={`button ${one.isChosen === true ? "chosen" : ""}`} disabled={busy} aria-pressed={one.isChosen} aria-keyshortcuts={silent ? undefined : String(index + 1)} onClick={() => choose(one.code)}>
            <kbd class={silent ? "silent" : undefined} aria-hidden="true">
              {index + 1}
            </kbd>
            <span>{one.says}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** A list of which each choice does something at once. It holds no value, so that nothing drawn anew takes one away from under a hand. */
export function Doing({ label, of, among, act }: { label: string; of?: string; among: readonly Choice[]; act: (code: string) => void }) {
  const chosen = (list: HTMLSelectElement) => {
    const code = list.value;
    list.value = "";
    act(code);
  };
  return (
    <select aria-label={of === undefined ? label : `${label}: ${of}`} onChange={(event) => chosen(event.currentTarget)}>
      <option value="">{label}</option>
      {among.map((one) => (
        <option key={one.code} value={one.code}>
          {one.says}
        </option>
      ))}
    </select>
  );
}
