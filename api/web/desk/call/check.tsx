// The self-check: what is asked stands large, in the subscriber's language, and each answer is one key.
import { useState } from "preact/hooks";
import { words } from "../app.ts";
import { Keyed } from "./keyed.tsx";
import { caller, desk, openTicket, step, type Ticket } from "./state.ts";
import { NOBODY, saidOf, WhoCalls, type Said } from "./who.tsx";

/** What the trouble is: it opens the ticket. */
export function Symptom() {
  const w = words.value.call.check;
  const [said, setSaid] = useState<Said>(NOBODY);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const of = caller.value;
  const among = desk.value?.said.symptoms ?? [];
  if (of === null) return null;
  const open = async (symptom: string) => {
    setBusy(true);
    await openTicket({ subscriberId: of.subscriberId, channel: "phone", take: true, description: note.trim(), ...(symptom === "" ? {} : { symptom }), ...saidOf(said, of.language) });
    setBusy(false);
  };
  return (
    <div class="beside">
      <section class="stack">
        <h2>{words.value.call.panels.caller}</h2>
        <WhoCalls said={said} change={setSaid} />
      </section>
      <section class="stack">
        <h2>{w.symptom}</h2>
        <label class="field">
          <span>{w.description}</span>
          <textarea rows={2} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <Keyed label={w.symptom} busy={busy} among={[...among.map((one) => ({ code: one.code, says: one.title })), { code: "", says: w.other }]} choose={(code) => void open(code)} />
      </section>
    </div>
  );
}

export function SelfCheck({ of, keyed }: { of: Ticket; keyed: boolean }) {
  const w = words.value.call.check;
  /** The step whose answer is under way. */
  const [sent, setSent] = useState("");
  const asked = of.step;
  const answered = of.history.filter((one) => one.ticketId === of.ticketId && one.kind === "checked");
  if (asked === null || !of.inHand) {
    const last = answered[0]?.facts["outcome"];
    return <p class="aside">{of.symptom === "" ? w.none : last === "resolved" ? w.mended : asked === null ? w.over : w.notOver}</p>;
  }
  const answer = async (code: string) => {
    setSent(asked.code);
    if (!(await step("checks", { step: asked.code, answer: code }))) setSent("");
  };
  const busy = sent === asked.code;
  const among = asked.answers.map((one) => ({ code: one.code, says: one.text }));
  return (
    <div class="stack">
      <p class="aloud" lang={of.language}>
        {asked.spoken}
      </p>
      {asked.text !== asked.spoken && <p class="aside">{asked.text}</p>}
      {keyed ? (
        <Keyed label={asked.text} busy={busy} among={among} choose={(code) => void answer(code)} />
      ) : (
        <ol class="keyed">
          {among.map((one) => (
            <li key={one.code}>
              <button type="button" class="button" disabled={busy} onClick={() => void answer(one.code)}>
                {one.says}
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
