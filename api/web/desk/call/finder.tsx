// Who calls: by contract, phone or address; the holder's name is said by the caller, never read out.
import { Search } from "lucide-preact";
import { useState } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { attempt, words } from "../app.ts";
import { Keyed } from "./keyed.tsx";
import { caller, found, look, type CallerFound } from "./state.ts";

export function Finder({ first }: { first: boolean }) {
  const w = words.value.call.find;
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const search = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await attempt(() => look(text));
    setBusy(false);
    // what comes next is answered by keys
    if (found.value !== null && found.value.length > 0) (document.activeElement as HTMLElement | null)?.blur();
  };
  return (
    <form role="search" class="finder" onSubmit={(event) => void search(event)}>
      <Search size={18} aria-hidden="true" />
      <input id="search" type="search" aria-label={w.label} placeholder={w.label} required maxLength={200} autofocus={first} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit" class="button primary" disabled={busy}>
        {w.find}
      </button>
    </form>
  );
}

/** Where one house has several contracts, or nobody was found. */
export function Found() {
  const w = words.value.call.find;
  const among = found.value;
  if (among === null) return <Empty title={w.nobodyYet} hint={w.nobodyYetHint} />;
  if (among.length === 0) return <Empty title={w.nobody} hint={w.nobodyHint} />;
  if (caller.value !== null) return null;
  return (
    <section class="found">
      <h2>{w.which}</h2>
      <Keyed
        label={w.which}
        busy={false}
        among={among.map((one) => ({ code: one.subscriberId, says: <Who of={one} /> }))}
        choose={(subscriberId) => (caller.value = among.find((one) => one.subscriberId === subscriberId) ?? null)}
      />
    </section>
  );
}

export function Who({ of }: { of: CallerFound }) {
  return (
    <>
      <b>{of.contract}</b> · {of.holderHint} · {of.address}
    </>
  );
}
