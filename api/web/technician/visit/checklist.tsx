// The checklist: a tick is a record, and so is taking it back.
import { useState } from "preact/hooks";
import { record } from "../app.ts";
import { isOver, type Stop } from "./attendance.ts";

export function Tick({ stop: { job, visit, done }, code, text }: { stop: Stop; code: string; text: string }) {
  // a tick stays while it is being saved, and goes where it could not be
  const [saving, setSaving] = useState<boolean | null>(null);
  const tick = async (on: boolean) => {
    setSaving(on);
    try {
      await record({ jobId: job.jobId, kind: "checklist", body: { visitId: visit.visitId, code, done: on } });
    } finally {
      setSaving(null);
    }
  };
  return (
    <label class="tick">
      <input type="checkbox" disabled={isOver(done.state)} checked={saving ?? done.checked[code] === true} onChange={(event) => void tick(event.currentTarget.checked)} />
      {text}
    </label>
  );
}

export function Checklist({ stop }: { stop: Stop }) {
  if (stop.job.kind.checklist.length === 0) return null;
  return (
    <ul class="lines">
      {stop.job.kind.checklist.map(({ code, text }) => (
        <li key={code}>
          <Tick stop={stop} code={code} text={text} />
        </li>
      ))}
    </ul>
  );
}
