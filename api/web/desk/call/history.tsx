// What was said and done with this subscriber, newest first: who, when, at which line.
import { shapes, words } from "../app.ts";
import { desk, type Ticket } from "./state.ts";

type Entry = Ticket["history"][number];

export function History({ of }: { of: Ticket }) {
  const w = words.value.call.history;
  return (
    <ol class="history">
      {of.history.map((one) => (
        <li key={one.contactEntryId}>
          <span class="aside">
            {shapes.value.moment(one.at)} · {one.staff === "" ? w.nobody : one.staff}
            {one.ticketId !== of.ticketId && ` · ${w.before}`}
          </span>
          <span>{said(one, of)}</span>
        </li>
      ))}
    </ol>
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Whether what was agreed to then was done afterwards. */
function isDone(action: string, agreed: Entry, of: Ticket): boolean {
  return of.history.some((one) => one.ticketId === agreed.ticketId && one.kind === "acted" && one.facts["action"] === action && one.at >= agreed.at);
}

function said(one: Entry, of: Ticket): string {
  const w = words.value.call.history;
  const kind = w.kinds[one.kind] ?? one.kind;
  const f = one.facts;
  switch (one.kind) {
    case "opened":
      return [kind, text(f["follows"]) && words.value.call.check.follows(text(f["follows"])), symptomOf(text(f["symptom"])), text(f["description"])].filter(Boolean).join(" · ");
    case "checked":
      return one.question === null ? kind : [w.answered(one.question.text, one.question.said), one.question.instead && w.instead(one.question.instead)].filter(Boolean).join(" ");
    case "verified":
    case "not_verified":
      return `${kind}: ${text(f["said"])}`;
    case "handed_over":
      return [w.handedOver(Number(f["from"]), Number(f["to"])), text(f["note"]), text(f["asked"]) && w.wasAsked(actionOf(f["asked"]))].filter(Boolean).join(" · ");
    case "noted":
      if (f["complaint"] !== undefined) return (f["state"] === "answered" ? w.complaintAnswered : w.complaint)(text(f["complaint"]));
      return text(f["note"]) || w.whoCalls;
    case "paused":
      return `${kind}: ${words.value.call.clock.reasons[text(f["reason"])] ?? text(f["reason"])}`;
    case "agreed": {
      const accepted = f["accepted"] === true;
      const actions = Array.isArray(f["actions"]) ? f["actions"].map(String) : [];
      const open = (action: string) => (accepted && !isDone(action, one, of) ? ` – ${w.notDone}` : "");
      const what = f["terms"] === undefined ? actions.map((action) => actionOf(action) + open(action)).join(", ") : w.terms;
      return `${accepted ? w.agreed : w.declined} (${text(f["person"])}): ${what}`;
    }
    case "acted":
      return `${kind}: ${actionOf(f["action"])}`;
    case "localised":
      return `${kind}: ${words.value.call.line.places[text(f["localised"])] ?? text(f["localised"])}`;
    case "tested":
      return `${kind}: ${f["online"] === true ? w.online : words.value.call.line.offline}`;
    case "resolved":
      return [f["calledOff"] === true ? w.calledOff : kind, words.value.call.ending.resolutions[text(f["resolution"])] ?? text(f["resolution"]), text(f["note"])].filter(Boolean).join(" · ");
    case "reopened":
      return `${kind}: ${text(f["note"])}`;
    default:
      return kind;
  }
}

function actionOf(action: unknown): string {
  return words.value.call.remote.actions[text(action)] ?? text(action);
}

function symptomOf(code: string): string {
  return desk.value?.said.symptoms.find((one) => one.code === code)?.title ?? code;
}
