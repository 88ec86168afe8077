// What became of the job so far: who did what, newest first.
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import { shapes, words } from "../app.ts";
import type { Schemas } from "../model.ts";
import { Asked } from "../parts.tsx";
import { placed, selected, waiting } from "./state.ts";

type WholeJob = Schemas["WholeJob"];

export function History() {
  const w = words.value.day.history;
  const { jobId } = selected.value;
  if (jobId === null) {
    return (
      <div class="panel">
        <Empty title={w.nothing} hint={w.nothingHint} />
      </div>
    );
  }
  const version = placed.value.get(jobId)?.stop.version ?? waiting.value.get(jobId)?.version;
  return (
    <div class="panel">
      <Asked of={`${jobId} ${version}`} ask={() => read<WholeJob>(`/v1/jobs/${jobId}`)}>
        {(whole) => (
          <>
            <h2>{whole.subscriber.holderName}</h2>
            <p class="aside">
              {whole.job.number} · {whole.subscriber.contract}
            </p>
            {whole.place.accessNote !== "" && <p>{whole.place.accessNote}</p>}
            {whole.told !== null && (
              <p class="told-subscriber" lang={whole.told.language}>
                <span class="aside">{w.told}</span> {whole.told.sentence}
              </p>
            )}
            <ol class="story">
              {[...whole.journal].reverse().map((one) => (
                <li key={one.n}>
                  <span class="aside">{shapes.value.moment(one.at)}</span>
                  <span>{w.action[one.action] ?? one.action.replaceAll(/[._]/g, " ")}</span>
                </li>
              ))}
            </ol>
          </>
        )}
      </Asked>
    </div>
  );
}
