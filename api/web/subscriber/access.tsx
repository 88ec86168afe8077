// How to get in, in the subscriber's words.
import { useEffect, useState } from "preact/hooks";
import { leaveNote, meaning, told, words } from "./app.ts";

const LONGEST = 500;

export function Access({ note }: { note: string }) {
  const w = words.value;
  const [text, setText] = useState(note);
  const [kept, setKept] = useState(note);
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  // what was left elsewhere shows, unless something is being written here
  useEffect(() => {
    if (text === kept) setText(note);
    setKept(note);
  }, [note]);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble("");
    told.value = null;
    try {
      await leaveNote(text.trim());
      setText(text.trim());
      told.value = { where: "access", text: text.trim() === "" ? w.savedEmpty : w.saved };
    } catch (error) {
      setTrouble(meaning(error));
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
              setTrouble("");
              told.value = null;
            }}
          />
        </label>
        <p class="aside" id="access-hint">
          {w.accessHint} {text.length > LONGEST - 100 && w.left.replace("{n}", String(LONGEST - text.length))}
        </p>
        <button type="submit" class="button" aria-busy={isBusy}>
          {w.save}
        </button>
        <p class={trouble === "" ? "done" : "notice bad"} role="status" aria-live="polite">
          {trouble !== "" ? trouble : told.value?.where === "access" && told.value.text}
        </p>
      </form>
    </section>
  );
}
