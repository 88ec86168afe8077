// What is done from afar: what needs consent is asked for first; what was agreed to is not done by that.
import { CircleCheck, CircleDashed, CircleHelp, CircleSlash } from "lucide-preact";
import { useState } from "preact/hooks";
import { Field } from "../../shared/parts.tsx";
import type { Schemas } from "../../office/model.ts";
import { shapes, told, words } from "../app.ts";
import { Aloud } from "./spoken.tsx";
import { draftOf, keepDraft, step, type Ticket } from "./state.ts";
import { personOf } from "./who.tsx";

type Action = Schemas["RemoteAction"];
const FREE: readonly Action[] = ["restart_port", "configure_port", "restart_terminal"];
const THEIRS: readonly Action[] = ["reinstall_router", "wifi_on", "wifi_off", "wifi_name", "wifi_password"];
const TYPED: readonly Action[] = ["wifi_name", "wifi_password"];

type One = Ticket["askedFor"][number];

/** What the subscriber is being asked for: chosen here, or left so by the line before. */
export function askedNow(of: Ticket): Action | null {
  const chosen = draftOf(of.ticketId, "asked") ?? of.askedFor.find((one) => one.accepted === null && one.doneAt === null)?.action ?? "";
  return chosen === "" ? null : (chosen as Action);
}

/** Each thing as it stands: asked, agreed to, done. */
export function AskedFor({ of }: { of: Ticket }) {
  const w = words.value.call.remote;
  const stands = (one: One) => {
    if (one.doneAt !== null) return { Icon: CircleCheck, tone: "done", says: w.doneAt(shapes.value.time(one.doneAt)) };
    if (one.accepted === null) return { Icon: CircleHelp, tone: "open", says: w.unanswered };
    return one.accepted ? { Icon: CircleDashed, tone: "open", says: w.agreedOnly(one.person) } : { Icon: CircleSlash, tone: "", says: w.refused(one.person) };
  };
  return (
    <ul class="asked-for" aria-label={w.soFar}>
      {of.askedFor.map((one) => {
        const { Icon, tone, says } = stands(one);
        return (
          <li key={one.action} class={tone}>
            <Icon size={18} aria-hidden="true" />
            <span>
              {w.actions[one.action] ?? one.action} <span class="aside">{says}</span>
            </span>
            {of.inHand && one.accepted === true && one.doneAt === null && askedNow(of) !== one.action && (
              <button type="button" class="button small" onClick={() => keepDraft(of.ticketId, "asked", one.action)}>
                {w.goOn}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What belongs to the subscriber is asked for first, and the answer is kept by the same click. */
export function Remote({ of }: { of: Ticket }) {
  const w = words.value.call.remote;
  const asked = askedNow(of);
  const setAsked = (action: Action | null) => keepDraft(of.ticketId, "asked", action ?? "");
  const [value, setValue] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async (action: Action) => {
    setBusy(true);
    if (await step("actions", { action, ...(TYPED.includes(action) ? { value } : {}) })) {
      if (action === asked) setAsked(null);
      setValue("");
      told.value = { text: w.isDone(w.actions[action] ?? action), tone: "good" };
    }
    setBusy(false);
  };
  const person = personOf(of);
  const answer = async (action: Action, accepted: boolean) => {
    setBusy(true);
    const kept = await step("agreements", { actions: [action], accepted, person });
    setBusy(false);
    if (!kept) return;
    if (accepted && !TYPED.includes(action)) await act(action);
    else if (!accepted) setAsked(null);
  };
  // what was done is asked for again before it is done again
  const isAgreed = of.askedFor.some((one) => one.action === asked && one.accepted === true && one.doneAt === null);
  return (
    <div class="stack">
      <div class="actions">
        {FREE.map((one) => (
          <button key={one} type="button" class="button small" disabled={busy} onClick={() => void act(one)}>
            {w.actions[one]}
          </button>
        ))}
        <select aria-label={w.theirs} value={asked ?? ""} onChange={(event) => setAsked((event.currentTarget.value || null) as Action | null)}>
          <option value="">{w.theirs}</option>
          {THEIRS.map((one) => (
            <option key={one} value={one}>
              {w.actions[one]}
            </option>
          ))}
        </select>
      </div>
      {asked !== null && of.verifiedBy === null && <p class="warn">{words.value.call.verify.first}</p>}
      {asked !== null && of.verifiedBy !== null && person === "" && <p class="warn">{words.value.call.who.nameless}</p>}
      {asked !== null && of.verifiedBy !== null && !isAgreed && (
        <div class="ask">
          <Aloud of={of.language} say={(said) => said.mayI(asked)} />
          <div class="two">
            <button type="button" class="button" disabled={busy || person === ""} onClick={() => void answer(asked, true)}>
              {w.agrees}
            </button>
            <button type="button" class="button" disabled={busy || person === ""} onClick={() => void answer(asked, false)}>
              {w.agreesNot}
            </button>
          </div>
        </div>
      )}
      {asked !== null && isAgreed && (
        <form
          class="ask"
          onSubmit={(event) => {
            event.preventDefault();
            void act(asked);
          }}
        >
          {TYPED.includes(asked) && (
            <Field label={w.values[asked] ?? ""} hint={w.notKept}>
              <input required maxLength={asked === "wifi_name" ? 32 : 63} minLength={asked === "wifi_name" ? 1 : 8} autocomplete="off" value={value} onInput={(event) => setValue(event.currentTarget.value)} />
            </Field>
          )}
          <button type="submit" class="button primary" disabled={busy}>
            {w.actions[asked]}
          </button>
        </form>
      )}
    </div>
  );
}
