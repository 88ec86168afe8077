// The self-check: what is asked stands large, in the subscriber's language, and each answer is one key.
import { useState } from "preact/hooks";
import { words } from "../app.ts";
import { Doing, Keyed } from "./keyed.tsx";
import { desk, draftOf, keepDraft, openTicket, step, type CallerFound, type Ticket } from "./state.ts";
import { NOBODY, saidOf, WhoCalls, type Said } from "./who.tsx";

/** What the trouble is: it opens the ticket. */
export function Symptom({ of, follows }: { of: CallerFound; follows: CallerFound["recent"][number] | null }) {
  const w = words.value.call.check;
  const [said, setSaid] = useState<Said>(NOBODY);
  const note = draftOf(of.subscriberId, "description") ?? "";
  const [busy, setBusy] = useState(false);
  const among = desk.value?.said.symptoms ?? [];
  const open = async (symptom: string) => {
    setBusy(true);
    const made = { subscriberId: of.subscriberId, channel: "phone" as const, take: true, description: note.trim(), follows: follows?.ticketId ?? null };
    if (await openTicket({ ...made, ...(symptom === "" ? {} : { symptom }), ...saidOf(said, of.language) })) keepDraft(of.subscriberId, "description", undefined);
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
        {follows !== null && <p class="aside">{w.follows(follows.ticketNumber)}</p>}
        <label class="field">
          <span>{w.description}</span>
          <textarea rows={2} maxLength={4000} value={note} onInput={(event) => keepDraft(of.subscriberId, "description", event.currentTarget.value)} />
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
      <Keyed label={asked.text} busy={busy} silent={!keyed} among={among} choose={(code) => void answer(code)} />
    </div>
  );
}

/** What was answered, as it stands; whoever has it in hand puts right what was answered wrongly. */
export function Checked({ of }: { of: Ticket }) {
  const w = words.value.call.check;
  if (of.checked.length === 0) return null;
  return (
    <ul class="checked" aria-label={w.answered}>
      {of.checked.map((one) => (
        <li key={`${one.symptom} ${one.step}`}>
          <span class="aside">{one.text}</span>
          <b>{one.said}</b>
          {of.inHand && (
            <Doing
              label={w.change}
              of={one.text}
              among={one.answers.filter((answer) => answer.code !== one.answer).map((answer) => ({ code: answer.code, says: answer.text }))}
              act={(answer) => void step("checks", { symptom: one.symptom, step: one.step, answer })}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
