// What would be if: worked out beside the plan, which stays as it is.
import { useState } from "preact/hooks";
import { post, read } from "../../shared/server.ts";
import { attempt, inArea, words } from "../app.ts";
import { Skeleton } from "../parts.tsx";
import { until } from "../until.ts";
import { board, on, placed } from "./state.ts";

interface WhatIfOut {
  whatIfId: string;
  state: string;
  result: { sentence: string } | null;
}
type Change = { kind: "technician-more" } | { kind: "longer-shift"; technicianId: string; minutes: number } | { kind: "promise-dropped"; jobId: string };
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
      const asked = await post<WhatIfOut>(inArea("/v1/what-ifs"), { on: on.value, changes, seconds: SECONDS });
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
        <button type="button" class="button small" disabled={busy} onClick={() => void put([{ kind: "technician-more" }])}>
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
  if (answer.result === null) return <p class="notice bad">{w.failed}</p>;
  return (
    <>
      <p>{answer.result.sentence}</p>
      <p class="aside">{w.beside}</p>
    </>
  );
}
