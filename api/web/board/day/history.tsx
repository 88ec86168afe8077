// What became of the job so far: who did what, newest first.
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import { language, shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { Contact } from "./contact.tsx";
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
            {whole.place.accessNote !== "" && (
              <p>
                <span class="aside">{w.access}</span> {whole.place.accessNote}
              </p>
            )}
            <Contact of={whole.contact} />
            {whole.told !== null && <ToldSubscriber told={whole.told} />}
            <ol class="story">
              {[...whole.journal].reverse().map((one) => (
                <li key={one.n}>
                  <span class="aside">{shapes.value.moment(one.at)}</span>
                  <span>
                    {w.action[one.action] ?? one.action.replaceAll(/[._]/g, " ")}
                    <Details of={one} whole={whole} />
                  </span>
                </li>
              ))}
            </ol>
          </>
        )}
      </Asked>
    </div>
  );
}

/** From where to where, and who did it. */
function Details({ of, whole: { names, appointments } }: { of: WholeJob["journal"][number]; whole: WholeJob }) {
  const say = shapes.value;
  const named = (id: unknown) => (typeof id === "string" ? names[id] : undefined);
  const window = (one: { earliestAt: string; latestAt: string } | undefined) => (one === undefined ? undefined : `${say.moment(one.earliestAt)}–${say.time(one.latestAt)}`);
  const isPromise = of.action === "appointment.moved";
  const promised = [...appointments].sort((one, other) => Date.parse(one.promisedAt) - Date.parse(other.promisedAt));
  const at = promised.findIndex((one) => one.appointmentId === of.subjectId);
  const [from, to] = isPromise ? [window(promised[at - 1]), window(promised[at])] : [named(of.facts["from"]), named(of.facts["to"])];
  const start = of.facts["startAt"];
  const where = from === undefined && to === undefined ? "" : `: ${[from, to].map((one) => one ?? "–").join(" → ")}${!isPromise && typeof start === "string" ? `, ${say.moment(start)}` : ""}`;
  const who = of.actorKind === "subscriber" ? words.value.day.history.bySubscriber : named(of.actorId);
  return (
    <>
      {where}
      {who !== undefined && <span class="aside"> · {who}</span>}
    </>
  );
}

/** What the subscriber is told, for the reader to understand; below it the very words, where they are of another language. */
function ToldSubscriber({ told }: { told: Schemas["ToldOut"] }) {
  const w = words.value.day.history;
  return (
    <div class="told-subscriber">
      <p>
        <span class="aside">{w.told}</span> {told.readersSentence}
      </p>
      {told.language !== language.value && (
        <blockquote>
          <span class="aside">{w.theirs(shapes.value.language(told.language))}</span>
          <p lang={told.language}>{told.sentence}</p>
        </blockquote>
      )}
    </div>
  );
}
