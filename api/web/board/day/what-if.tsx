// What would be if: worked out beside the plan, which stays as it is.
import { useState } from "preact/hooks";
import { post, read } from "../../shared/server.ts";
import { area, attempt, inArea, shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Skeleton } from "../../office/parts.tsx";
import { until } from "../../office/until.ts";
import { board, on, placed, skills, waiting } from "./state.ts";

type WhatIfOut = Schemas["WhatIfOut"];
type Change = { kind: Schemas["SupposedIn"]["kind"]; technicianId?: string; jobId?: string; minutes?: number; skills?: string[] };
const SECONDS = 5;
const LONGER_MINUTES = 60;

export function WhatIf({ jobId }: { jobId: string }) {
  const w = words.value.day.whatIf;
  const [answer, setAnswer] = useState<WhatIfOut | "asking" | null>(null);
  const at = placed.value.get(jobId);
  const day = board.value;
  if (day === null) return null;
  const put = async (changes: Change[]) => {
    setAnswer("asking");
    const done = await attempt(async () => {
      const asked = await post<WhatIfOut>("/v1/what-ifs", { areaId: area.value?.areaId, on: on.value, changes, seconds: SECONDS });
      setAnswer(await until(() => read<WhatIfOut>(inArea(`/v1/what-ifs/${asked.whatIfId}`)), (one) => one.result !== null || one.state === "failed"));
    });
    if (!done) setAnswer(null);
  };
  const busy = answer === "asking";
  const technicianId = at?.technician.technicianId ?? null;
  return (
    <section>
      <h3>{w.title}</h3>
      <div class="line-form">
        <button type="button" class="button small" disabled={busy} onClick={() => void put([{ kind: "technician-more", skills: waiting.value.get(jobId)?.skills ?? skills.value }])}>
          {w.more}
        </button>
        {technicianId !== null && (
          <button type="button" class="button small" disabled={busy} onClick={() => void put([{ kind: "longer-shift", technicianId, minutes: LONGER_MINUTES }])}>
            {w.longer(at?.technician.displayName ?? "")}
          </button>
        )}
        {at?.stop.window != null && (
          <button type="button" class="button small" disabled={busy} onClick={() => void put([{ kind: "promise-dropped", jobId }])}>
            {w.noPromise}
          </button>
        )}
      </div>
      <div role="status">
        {busy && <Skeleton lines={3} />}
        {answer !== null && answer !== "asking" && <Answer answer={answer} />}
      </div>
    </section>
  );
}

function Answer({ answer }: { answer: WhatIfOut }) {
  const w = words.value.day.whatIf;
  const say = shapes.value;
  if (answer.result === null) return <p class="notice bad">{w.failed}</p>;
  const { before, after, moved, sentence } = answer.result;
  const kept = (one: typeof before.promises) => `${one.kept} / ${one.kept + one.late + one.unplaced}`;
  const rows: [string, string, string][] = [
    [w.weighed, say.duration(before.cost["total"] ?? 0), say.duration(after.cost["total"] ?? 0)],
    [words.value.day.waiting, say.number(before.unassigned.length), say.number(after.unassigned.length)],
    [w.kept, kept(before.promises), kept(after.promises)],
    [words.value.day.costs.driving, say.duration(before.drivingSeconds), say.duration(after.drivingSeconds)],
    [w.moved, say.number(before.moved), say.number(after.moved)],
  ];
  return (
    <>
      <p>{sentence}</p>
      <table class="cost-table">
        <thead>
          <tr>
            <td />
            <th scope="col">{w.without}</th>
            <th scope="col">{w.with}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, one, other]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{one}</td>
              <td>{other}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {moved.length > 0 && (
        <details>
          <summary>{w.would(moved.length)}</summary>
          <ul class="lines">
            {moved.map((one) => (
              <li key={one.jobId}>
                {one.jobNumber}: {one.fromDisplayName} {say.time(one.fromStartAt)} → {one.toDisplayName ?? "–"} {one.toStartAt === null ? "" : say.time(one.toStartAt)}
              </li>
            ))}
          </ul>
        </details>
      )}
      <p class="aside">
        {w.anew} {w.beside}
      </p>
    </>
  );
}
