// What phones reported and a person has to decide, both versions side by side; and what phones have not delivered.
import { Check, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { Empty, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, read } from "../../shared/server.ts";
import { attempt, inArea, shapes, words, wordsOf } from "../app.ts";
import { en } from "../../technician/words/en.ts";
import { hu } from "../../technician/words/hu.ts";
import { ru } from "../../technician/words/ru.ts";
import type { Schemas } from "../../office/model.ts";
import type { PageProps } from "../../office/shell.tsx";
import { Asked } from "../../office/parts.tsx";
import { useDraft } from "../../office/unsaved.tsx";
import "./review.css";

type Reviews = Schemas["Reviews"];
type One = Reviews["items"][number];
type Gaps = Schemas["Gaps"];

export function Review({ path: [chosen] }: PageProps) {
  const w = words.value.review;
  return (
    <div class="page review-page">
      <h1>{w.title}</h1>
      <Asked of="reviews" ask={() => read<Reviews>(inArea("/v1/reviews", { limit: 500 }))}>
        {({ items }, again) =>
          items.length === 0 ? (
            <Empty title={w.none} hint={w.noneHint} />
          ) : (
            <div class="beside">
              <ol class="queue">
                {items.map((one) => (
                  <li key={one.reviewId}>
                    <button type="button" aria-pressed={one.reviewId === (chosen ?? items[0]?.reviewId)} onClick={() => go(`/review/${one.reviewId}`)}>
                      <b>{w.reasons[one.reason] ?? one.reason}</b>
                      <span class="aside">
                        {one.displayName} · {shapes.value.moment(one.openedAt)}
                        {one.jobNumber != null && ` · ${one.jobNumber}`}
                      </span>
                    </button>
                  </li>
                ))}
              </ol>
              {[items.find((some) => some.reviewId === chosen) ?? (items[0] as One)].map((one) => (
                <Decide key={one.reviewId} one={one} again={again} />
              ))}
            </div>
          )
        }
      </Asked>
      <h2>{w.gaps}</h2>
      <Asked of="gaps" ask={() => read<Gaps>(inArea("/v1/gaps"))}>
        {({ items, unheard }) => (
          <>
            {unheard.length > 0 && <p>{w.unheard(unheard.length, unheard.join(", "))}</p>}
            {items.length === 0 ? (
              <p class="aside">{unheard.length > 0 ? w.noOtherGaps : w.noGaps}</p>
            ) : (
              <table>
                <thead>
                  <tr>
                    <th scope="col">{w.technician}</th>
                    <th scope="col">{w.phone}</th>
                    <th scope="col">{w.missing}</th>
                    <th scope="col">{w.since}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((one) => (
                    <tr key={one.deviceId}>
                      <th scope="row">{one.technicianName}</th>
                      <td>{one.deviceName}</td>
                      <td>
                        {w.records(one.count)}
                        {one.missing.length > 0 && `: ${one.missing.map(({ first, last }) => (first === last ? first : `${first}–${last}`)).join(", ")}`}
                      </td>
                      <td>{one.storageLostAt !== null ? w.lost(shapes.value.moment(one.storageLostAt)) : one.since === null ? "" : shapes.value.moment(one.since)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </>
        )}
      </Asked>
    </div>
  );
}

/** What the phone calls its codes: one term for one thing. */
const phone = wordsOf({ en, hu, ru });

function named(code: string): string {
  const { kinds, location, cause, action, capacity, state } = phone.value;
  const all: Record<string, string> = { ...phone.value.code, ...state, ...action, ...cause, ...location, ...capacity, ...words.value.review.jobStates, ...kinds };
  return all[code] ?? code;
}

/** As people read it: nothing is a dash, and of what has parts the parts. */
function spelled(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return shapes.value.moment(value);
  if (typeof value === "number") return shapes.value.number(value);
  if (Array.isArray(value)) return value.map(spelled).join(", ") || "–";
  if (typeof value !== "object") return named(String(value));
  const parts = Object.entries(value).map(([name, part]) => `${named(name)}: ${spelled(part)}`);
  return parts.join(", ") || "–";
}

/** The job of this number, or null: then the server says that it needs one. */
async function jobOf(number: string): Promise<string | null> {
  if (number.trim() === "") return null;
  const { items } = await read<Schemas["Jobs"]>(inArea("/v1/jobs", { number: number.trim() }));
  return items[0]?.jobId ?? null;
}

function Decide({ one, again }: { one: One; again: () => void }) {
  const w = words.value.review;
  const [note, setNote] = useState("");
  const [jobNumber, setJobNumber] = useState("");
  const written = { note, jobNumber };
  const stands = useDraft(written, written);
  const attaches = one.choices.some((choice) => choice.decision === "attach");
  const decide = (accepted: boolean) =>
    attempt(async () => {
      const jobId = accepted && attaches ? await jobOf(jobNumber) : null;
      await post(inArea(`/v1/reviews/${one.reviewId}/decision`), { accepted, note, ...(jobId === null ? {} : { jobId }) }, { "If-Match": `"${one.version}"` });
    }, accepted ? w.accepted : w.dismissed).then((done) => {
      if (!done) return;
      stands(written);
      go("/review");
      again();
    });
  return (
    <section class="decide" aria-label={w.reasons[one.reason] ?? one.reason}>
      <h2>{w.reasons[one.reason] ?? one.reason}</h2>
      <p class="aside">
        {one.displayName} · {shapes.value.moment(one.openedAt)}
        {one.jobNumber !== null && ` · ${one.jobNumber}`}
      </p>
      <p>{one.sentence}</p>
      {one.rows.length > 0 && (
        <table class="sides">
          <thead>
            <tr>
              <th scope="col">{w.field}</th>
              <th scope="col">{w.phoneSays}</th>
              <th scope="col">{w.serverHas}</th>
            </tr>
          </thead>
          <tbody>
            {one.rows.map((row) => (
              <tr key={row.field} class={spelled(row.phone) === spelled(row.server) ? "" : "differs"}>
                <th scope="row">{row.label}</th>
                <td>{spelled(row.phone)}</td>
                <td>{spelled(row.server)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void decide((event.submitter as HTMLButtonElement | null)?.value === "accept");
        }}
      >
        {attaches && (
          <Field label={w.job}>
            <input maxLength={20} autocomplete="off" value={jobNumber} onInput={(event) => setJobNumber(event.currentTarget.value)} />
          </Field>
        )}
        <Field label={w.note} hint={w.noteHint}>
          <textarea required maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </Field>
        {one.choices.map((choice) => (
          <p key={choice.decision} class="aside">
            {choice.sentence}
          </p>
        ))}
        <div class="line-form">
          <button type="submit" class="button" value="dismiss">
            <X size={16} aria-hidden="true" />
            {w.dismiss}
          </button>
          {one.choices.some((choice) => choice.decision !== "dismiss") && (
            <button type="submit" class="button primary" value="accept">
              <Check size={16} aria-hidden="true" />
              {w.accept}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
