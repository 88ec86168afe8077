// How to get in, in the subscriber's words.
import { useEffect, useState } from "preact/hooks";
import { leaveNote, meaning, words } from "./app.ts";

const LONGEST = 500;

export function Access({ note }: { note: string }) {
  const w = words.value;
  const [text, setText] = useState(note);
  const [kept, setKept] = useState(note);
  const [said, setSaid] = useState<{ text: string; good: boolean } | null>(null);
  const [isBusy, setBusy] = useState(false);
  // what was left elsewhere shows, unless something is being written here
  useEffect(() => {
    if (text === kept) setText(note);
    setKept(note);
  }, [note]);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setSaid(null);
    try {
      await leaveNote(text.trim());
      setText(text.trim());
      setSaid({ text: text.trim() === "" ? w.savedEmpty : w.saved, good: true });
    } catch (error) {
      setSaid({ text: meaning(error), good: false });
    }
    setBusy(false);
  };
  return (
    <section class="card">
      <form onSubmit={(event) => void save(event)}>
        <label class="field">
          <span class="heading">{w.access}</span>
          <textarea
            value={text}
            maxLength={LONGEST}
            rows={3}
            aria-describedby="access-hint"
            onInput={(event) => {
              setText(event.currentTarget.value);
              setSaid(null);
            }}
          />
        </label>
        <p class="aside" id="access-hint">
          {w.accessHint} {text.length > LONGEST - 100 && w.left.replace("{n}", String(LONGEST - text.length))}
        </p>
        <button type="submit" class="button" aria-busy={isBusy}>
          {w.save}
        </button>
        <p class={said?.good === false ? "notice bad" : "done"} role="status" aria-live="polite" hidden={said === null}>
          {said?.text}
        </p>
      </form>
    </section>
  );
}
