// What was changed and not saved yet: whoever leaves it is asked first, by whichever way they leave.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { guardRoute } from "../shared/route.ts";
import { words } from "./app.ts";
import { Dialog } from "./parts.tsx";

interface Draft {
  isChanged: () => boolean;
  forget: () => void;
}

const drafts = new Set<Draft>();
/** What happens once the changes are given up. */
const asked = signal<(() => void) | null>(null);

const isAnyChanged = (): boolean => [...drafts].some((draft) => draft.isChanged());

function isHeld(leave: () => void): boolean {
  if (!isAnyChanged()) return false;
  asked.value = leave;
  return true;
}
guardRoute(isHeld);

/** Does it, at once where nothing is lost by it. */
export function leaving(act: () => void): void {
  if (!isHeld(act)) act();
}

// the browser asks in words of its own
const closing = (event: BeforeUnloadEvent): void => {
  if (isAnyChanged()) event.preventDefault();
};

/** Watches what is being written; what it gives back is told what stands saved by now. */
export function useDraft<T>(now: T, first: T): (saved: T) => void {
  const both = useRef({ now, saved: first });
  both.current.now = now;
  useEffect(() => {
    const draft: Draft = {
      isChanged: () => JSON.stringify(both.current.now) !== JSON.stringify(both.current.saved),
      forget: () => (both.current.saved = both.current.now),
    };
    // a browser keeps no page ready for "back" that listens for this, so only a page with something to lose does
    if (drafts.size === 0) addEventListener("beforeunload", closing);
    drafts.add(draft);
    return () => {
      drafts.delete(draft);
      if (drafts.size === 0) removeEventListener("beforeunload", closing);
    };
  }, []);
  return (saved) => (both.current.saved = saved);
}

export function Leaving() {
  const leave = asked.value;
  if (leave === null) return null;
  const w = words.value.unsaved;
  const discard = () => {
    asked.value = null;
    for (const draft of drafts) draft.forget();
    leave();
  };
  return (
    <Dialog title={w.title} close={() => (asked.value = null)}>
      <p>{w.said}</p>
      {/* closing the dialog is what gives the focus back */}
      <form method="dialog" class="dialog-foot">
        <button type="button" class="button" onClick={discard}>
          {w.discard}
        </button>
        <button type="submit" class="button primary" autofocus>
          {w.keep}
        </button>
      </form>
    </Dialog>
  );
}
