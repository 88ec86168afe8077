// Closing: what blocks it stands at the top, and each line leads to where it is mended, before the technician leaves the flat.
import { shapes, words } from "../app.ts";
import type { Action } from "../model.ts";
import { Choices, codeName, Save, TextBox, TextLine } from "../ui.tsx";
import type { Stop } from "./attendance.ts";
import { Tick } from "./checklist.tsx";
import { useDraft } from "./draft.ts";
import { actionsAt, missing, type Fault } from "./gate.ts";
import { TakePhoto } from "./photo.tsx";
import { save } from "./sheets.tsx";

/** Where a fault is mended; a photo is taken and a check ticked where it is missed. */
const SHEET: Record<string, string> = {
  "line-test-missing": "/measure",
  "line-test-out-of-limits": "/measure",
  "part-missing": "/part",
  "serials-missing": "/part",
  "action-not-at-location": "/find",
  "cause-not-at-location": "/find",
  "nothing-found-has-no-cause": "/find",
  "consent-missing": "/price",
  "refusal-missing": "/price",
};

export function Close({ stop }: { stop: Stop }) {
  const { job, visit, done } = stop;
  const w = words.value.close;
  const found = done.found;
  const declined = done.agreed?.answer === "declined";
  const [draft, change] = useDraft(visit.visitId, "closure", { action: null as Action | null, confirmedBy: "", because: "", note: "" });
  if (found === null) {
    return (
      <a class="button primary wide" href={`#/visit/${visit.visitId}/find`}>
        {words.value.next.find}
      </a>
    );
  }
  const { location, cause } = found;
  const actions = actionsAt(location);
  const action = actions.find((one) => one === draft.action) ?? (declined ? "cancelled" : null);
  const faults = action === null ? [] : missing({ location, cause, action }, job, done);
  const consentId = done.agreed?.answer === "accepted" ? done.agreed.consentId : null;
  const needs = [...done.photos.map((photo) => photo.photoId), ...(done.agreed === null ? [] : [done.agreed.eventId])];
  const confirmedBy = draft.confirmedBy.trim();
  const body = { location, cause, action, consentId, confirmedBy, notConfirmedBecause: draft.because.trim(), note: draft.note.trim() };
  return (
    <div class="sheet">
      <p>
        {words.value.location[location]} · {words.value.cause[cause]}
      </p>
      {declined && <p class="notice warn">{w.declinedNote}</p>}
      <Choices label={w.action} name="action" among={actions} say={(one) => words.value.action[one]} chosen={action} choose={(one) => change({ action: one })} />
      {action !== null && faults.length > 0 && (
        <div class="notice bad">
          <b>{w.blocked}</b>
          <ul class="lines">
            {faults.map((fault) => (
              <li key={fault.code + fault.detail}>
                <Mend fault={fault} stop={stop} />
              </li>
            ))}
          </ul>
          <p class="aside">{w.anywayWhy}</p>
        </div>
      )}
      {action !== null && faults.length === 0 && <p class="notice good">{w.ready}</p>}
      <TextLine label={w.confirmedBy} value={draft.confirmedBy} change={(text) => change({ confirmedBy: text })} />
      {confirmedBy === "" && <TextLine label={w.notConfirmed} value={draft.because} change={(because) => change({ because })} />}
      <TextBox label={w.note} value={draft.note} change={(note) => change({ note })} />
      <Save
        look={faults.length === 0 ? "primary wide" : "wide"}
        label={faults.length === 0 ? w.save : w.anyway}
        disabled={action === null}
        act={() => save(stop, "closure", body, "", needs)}
      />
    </div>
  );
}

function Mend({ fault, stop }: { fault: Fault; stop: Stop }) {
  const text = told(fault, stop);
  if (fault.code === "photo-missing") return <TakePhoto stop={stop} purpose={fault.detail} label={text} />;
  if (fault.code === "checklist-open") return <Tick stop={stop} code={fault.detail} text={text} />;
  return <a href={`#/visit/${stop.visit.visitId}${SHEET[fault.code] ?? ""}`}>{text}</a>;
}

function told(fault: Fault, stop: Stop): string {
  const w = words.value.close;
  const item = stop.job.kind.checklist.find((one) => one.code === fault.detail)?.text;
  const detail = fault.code === "line-test-out-of-limits" ? fault.detail.replace(/^[^ ]+/, (value) => shapes.value.number(Number(value))) : (item ?? (fault.detail === "" || fault.detail.includes(" at ") ? "" : codeName(fault.detail)));
  return `${w.faults[fault.code] ?? fault.code}${detail === "" ? "" : `: ${detail}`}`;
}
