// Closing: what blocks it stands at the top, and each line leads to where it is mended, before the technician leaves the flat.
import { useState } from "preact/hooks";
import { shapes, words } from "../app.ts";
import type { Action } from "../model.ts";
import { Choices, codeName, Field } from "../ui.tsx";
import type { Stop } from "./attendance.ts";
import { actionsAt, gate, isPaid, isWithoutWork, type Fault } from "./gate.ts";
import { save } from "./sheets.tsx";

/** Where a fault is mended. */
const SHEET: Record<string, string> = {
  "line-test-missing": "/measure",
  "line-test-out-of-limits": "/measure",
  "part-missing": "/part",
  "serials-missing": "/part",
  "action-not-at-location": "/find",
  "cause-not-at-location": "/find",
  "nothing-found-has-no-cause": "/find",
  "consent-missing": "/price",
};

export function Close({ stop }: { stop: Stop }) {
  const { job, visit, done } = stop;
  const w = words.value.close;
  const found = done.found;
  const declined = done.agreed?.answer === "declined";
  const [action, setAction] = useState<Action | null>(declined ? "cancelled" : null);
  const [confirmedBy, setConfirmedBy] = useState("");
  const [because, setBecause] = useState("");
  const [note, setNote] = useState("");
  if (found === null) {
    return (
      <a class="button primary wide" href={`#/visit/${visit.visitId}/find`}>
        {words.value.next.find}
      </a>
    );
  }
  const { location, cause } = found;
  const faults: Fault[] = action === null ? [] : gate({ location, cause, action }, job.kind, done);
  if (action !== null && !isWithoutWork(action) && isPaid(job, found) && done.agreed === null) faults.push({ code: "consent-missing", detail: "" });
  const consentId = done.agreed?.answer === "accepted" ? done.agreed.consentId : null;
  const needs = [...done.photos.map((photo) => photo.photoId), ...(done.agreed === null ? [] : [done.agreed.eventId])];
  const close = () => save(stop, "closure", { location, cause, action, consentId, confirmedBy: confirmedBy.trim(), notConfirmedBecause: because.trim(), note: note.trim() }, "", needs);
  return (
    <div class="sheet">
      <p>
        {words.value.location[location]} · {words.value.cause[cause]}
      </p>
      {declined && <p class="notice warn">{w.declinedNote}</p>}
      <Choices label={w.action} name="action" among={actionsAt(location)} say={(one) => words.value.action[one]} chosen={action} choose={setAction} />
      {action !== null && faults.length > 0 && (
        <div class="notice bad">
          <b>{w.blocked}</b>
          <ul class="lines">
            {faults.map((fault) => (
              <li key={fault.code + fault.detail}>
                <a href={`#/visit/${visit.visitId}${SHEET[fault.code] ?? ""}`}>{told(fault, stop)}</a>
              </li>
            ))}
          </ul>
          <p class="aside">{w.anywayWhy}</p>
        </div>
      )}
      {action !== null && faults.length === 0 && <p class="notice good">{w.ready}</p>}
      <Field label={w.confirmedBy}>
        <input value={confirmedBy} onInput={(event) => setConfirmedBy(event.currentTarget.value)} autocomplete="off" />
      </Field>
      {confirmedBy.trim() === "" && (
        <Field label={w.notConfirmed}>
          <input value={because} onInput={(event) => setBecause(event.currentTarget.value)} autocomplete="off" />
        </Field>
      )}
      <Field label={w.note}>
        <textarea value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <button type="button" class={`button wide ${faults.length === 0 ? "primary" : ""}`} disabled={action === null} onClick={() => void close()}>
        {faults.length === 0 ? w.save : w.anyway}
      </button>
    </div>
  );
}

function told(fault: Fault, stop: Stop): string {
  const w = words.value.close;
  const item = stop.job.kind.checklist.find((one) => one.code === fault.detail)?.text;
  const detail = fault.code === "line-test-out-of-limits" ? fault.detail.replace(/^[^ ]+/, (value) => shapes.value.number(Number(value))) : (item ?? (fault.detail === "" || fault.detail.includes(" at ") ? "" : codeName(fault.detail)));
  return `${w.faults[fault.code] ?? fault.code}${detail === "" ? "" : `: ${detail}`}`;
}
