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
          <span>{said(one)}</span>
        </li>
      ))}
    </ol>
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function said(one: Entry): string {
  const w = words.value.call.history;
  const kind = w.kinds[one.kind] ?? one.kind;
  const f = one.facts;
  switch (one.kind) {
    case "opened":
      return [kind, symptomOf(text(f["symptom"])), text(f["description"])].filter(Boolean).join(" · ");
    case "verified":
    case "not_verified":
      return `${kind}: ${text(f["said"])}`;
    case "handed_over":
      return [w.handedOver(Number(f["from"]), Number(f["to"])), text(f["note"])].filter(Boolean).join(" · ");
    case "noted":
      if (f["complaint"] !== undefined) return w.complaint(text(f["complaint"]));
      return text(f["note"]) || w.whoCalls;
    case "paused":
      return `${kind}: ${words.value.call.clock.reasons[text(f["reason"])] ?? text(f["reason"])}`;
    case "agreed": {
      const what = f["terms"] === undefined ? (Array.isArray(f["actions"]) ? f["actions"] : []).map((action) => words.value.call.remote.actions[String(action)] ?? String(action)).join(", ") : w.terms;
      return `${f["accepted"] === true ? w.agreed : w.declined}: ${what} (${text(f["person"])})`;
    }
    case "acted":
      return `${kind}: ${words.value.call.remote.actions[text(f["action"])] ?? text(f["action"])}`;
    case "localised":
      return `${kind}: ${words.value.call.line.places[text(f["localised"])] ?? text(f["localised"])}`;
    case "tested":
      return `${kind}: ${f["online"] === true ? w.online : words.value.call.line.offline}`;
    case "resolved":
      return [kind, words.value.call.ending.resolutions[text(f["resolution"])] ?? text(f["resolution"]), text(f["note"])].filter(Boolean).join(" · ");
    case "reopened":
      return `${kind}: ${text(f["note"])}`;
    default:
      return kind;
  }
}

function symptomOf(code: string): string {
  return desk.value?.said.symptoms.find((one) => one.code === code)?.title ?? code;
}
