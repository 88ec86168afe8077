// Parts that the pages of the board share.
import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, meaning, words } from "./app.ts";

export function Tabs<T extends string>(props: { label: string; among: readonly T[]; chosen: T; choose: (one: T) => void; say: (one: T) => string }) {
  const turn = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = props.among[(props.among.indexOf(props.chosen) + step + props.among.length) % props.among.length] as T;
    props.choose(next);
    (event.currentTarget as HTMLElement).querySelectorAll("button")[props.among.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={props.label} onKeyDown={turn}>
      {props.among.map((one) => (
        <button key={one} type="button" role="tab" aria-selected={one === props.chosen} tabIndex={one === props.chosen ? 0 : -1} onClick={() => props.choose(one)}>
          {props.say(one)}
        </button>
      ))}
    </div>
  );
}

/** The browser's own dialog: it holds the focus, gives it back, and ends by Escape. */
export function Dialog({ title, close, children, wide = false }: { title: string; close: () => void; children: ComponentChildren; wide?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-label={title} onClose={close}>
      <div class="dialog-head">
        <h2>{title}</h2>
        <button type="button" class="icon-button" aria-label={words.value.close} onClick={() => dialog.current?.close()}>
          <X size={18} aria-hidden="true" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** What was read, a shape while it is, or what went wrong and a way to ask again. Sentences are of a language: another asks anew. */
export function Asked<T>({ ask, of: what, children }: { ask: () => Promise<T>; of: string; children: (found: T, again: () => void) => ComponentChildren }) {
  const [found, setFound] = useState<{ of: string; value: T } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const of = `${language.value} ${what}`;
  useEffect(() => {
    let gone = false;
    setTrouble(null);
    ask().then(
      (value) => !gone && setFound({ of, value }),
      (error: unknown) => !gone && setTrouble(meaning(error)),
    );
    return () => {
      gone = true;
    };
  }, [of, turn]);
  if (trouble !== null) {
    return (
      <div class="notice bad" role="alert">
        <p>{trouble}</p>
        <button type="button" class="button small" onClick={() => setTurn(turn + 1)}>
          {words.value.again}
        </button>
      </div>
    );
  }
  if (found === null || found.of !== of) return <Skeleton lines={3} />;
  return <>{children(found.value, () => setTurn(turn + 1))}</>;
}

export function Skeleton({ lines }: { lines: number }) {
  return (
    <div class="skeletons" aria-busy="true">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} class="skeleton line" />
      ))}
    </div>
  );
}
