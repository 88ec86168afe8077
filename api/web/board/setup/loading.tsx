// What is asked of the server before something can be shown: while it is on its way, when it failed, when it is here.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { meaning } from "../app.ts";
import { Skeleton } from "../../office/parts.tsx";
import { w } from "./words.ts";

export interface Asked<T> {
  value: T | undefined;
  trouble: string | null;
  again: () => void;
}

/** Anew where `key` changes; what was there stays to be seen until then. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Asked<T> {
  const [count, setCount] = useState(0);
  const [state, setState] = useState<{ key: string; value?: T; trouble: string | null }>({ key, trouble: null });
  const again = useCallback(() => setCount((before) => before + 1), []);
  useEffect(() => {
    let isGone = false;
    load().then(
      (value) => !isGone && setState({ key, value, trouble: null }),
      (error: unknown) => !isGone && setState((before) => ({ ...before, key, trouble: meaning(error) })),
    );
    return () => {
      isGone = true;
    };
  }, [key, count]);
  return { value: state.value, trouble: state.trouble, again };
}

export function Loaded<T>({ of, children }: { of: Asked<T>; children: (value: T) => ComponentChildren }) {
  if (of.trouble !== null) {
    return (
      <div class="notice bad" role="alert">
        <p>{of.trouble}</p>
        <button type="button" class="button small" onClick={of.again}>
          {w().again}
        </button>
      </div>
    );
  }
  if (of.value === undefined) {
    return (
      <div role="status" aria-label={w().loading}>
        <Skeleton lines={6} />
      </div>
    );
  }
  return <>{children(of.value)}</>;
}
