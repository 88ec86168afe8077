// What is being filled in outlives its screen until it is saved: the camera may end the page, and a look elsewhere loses nothing.
import { useState } from "preact/hooks";

function keyOf(visitId: string, kind: string): string {
  return `line3-draft/${visitId}/${kind}`;
}

/** State as `useState` has it, of one kind of record of one visit. */
export function useDraft<T extends object>(visitId: string, kind: string, empty: T): [T, (change: Partial<T>) => void] {
  const at = keyOf(visitId, kind);
  const [draft, set] = useState<T>(() => ({ ...empty, ...(JSON.parse(sessionStorage.getItem(at) ?? "{}") as Partial<T>) }));
  const change = (some: Partial<T>) => {
    const next = { ...draft, ...some };
    sessionStorage.setItem(at, JSON.stringify(next));
    set(next);
  };
  return [draft, change];
}

export function dropDraft(visitId: string, kind: string): void {
  sessionStorage.removeItem(keyOf(visitId, kind));
}
