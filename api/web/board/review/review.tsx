// What phones reported and a person has to decide, both versions side by side; and what phones have not delivered.
import { Check, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { Empty, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, read } from "../../shared/server.ts";
import { attempt, inArea, shapes, words } from "../app.ts";
import type { Schemas } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Asked } from "../parts.tsx";
import "./review.css";

type Reviews = Schemas["Reviews"];
type One = Reviews["items"][number] & { technicianName?: string; jobNumber?: string | null; sides?: { field: string; label: string; phone: string | null; server: string | null; differs: boolean }[] };
type Gaps = Schemas["Gaps"];

export function Review({ path: [chosen] }: PageProps) {
  const w = words.value.review;
  return (
    <div class="page review-page">
      <h1>{w.title}</h1>
      <Asked of="reviews" ask={() => read<Reviews>(inArea("/v1/reviews", { limit: 500 }))}>
        {({ items }: { items: One[] }, again) =>
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
                        {one.technicianName} · {shapes.value.moment(one.openedAt)}
                        {one.jobNumber != null && ` · ${one.jobNumber}`}
                      </span>
                    </button>
                  </li>
                ))}
              </ol>
              <Decide key={chosen} one={items.find((some) => some.reviewId === chosen) ?? (items[0] as One)} again={again} />
            </div>
          )
        }
      </Asked>
      <h2>{w.gaps}</h2>
      <Asked of="gaps" ask={() => read<Gaps>(inArea("/v1/gaps"))}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="aside">{w.noGaps}</p>
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
          )
        }
      </Asked>
    </div>
  );
}

function Decide({ one, again }: { one: One; again: () => void }) {
  const w = words.value.review;
  const [note, setNote] = useState("");
  const decide = (accepted: boolean) =>
    attempt(() => post(inArea(`/v1/reviews/${one.reviewId}/decision`), { accepted, note }, { "If-Match": `"${one.version}"` }), accepted ? w.accepted : w.dismissed).then((done) => {
      if (!done) return;
      go("/review");
      again();
    });
  return (
    <section class="decide" aria-label={w.reasons[one.reason] ?? one.reason}>
      <h2>{w.reasons[one.reason] ?? one.reason}</h2>
      <p class="aside">
        {one.technicianName} · {shapes.value.moment(one.openedAt)}
      </p>
      <p>{w.explain[one.reason] ?? ""}</p>
      {one.sides !== undefined && one.sides.length > 0 && (
        <table class="sides">
          <thead>
            <tr>
              <th scope="col">{w.field}</th>
              <th scope="col">{w.phoneSays}</th>
              <th scope="col">{w.serverHas}</th>
            </tr>
          </thead>
          <tbody>
            {one.sides.map((side) => (
              <tr key={side.field} class={side.differs ? "differs" : ""}>
                <th scope="row">{side.label}</th>
                <td>{side.phone ?? "–"}</td>
                <td>{side.server ?? "–"}</td>
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
        <Field label={w.note} hint={w.noteHint}>
          <textarea required maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </Field>
        <div class="line-form">
          <button type="submit" class="button" value="dismiss">
            <X size={16} aria-hidden="true" />
            {w.dismiss}
          </button>
          <button type="submit" class="button primary" value="accept">
            <Check size={16} aria-hidden="true" />
            {w.accept}
          </button>
        </div>
      </form>
    </section>
  );
}
