// Quality control: whoever had a visit is asked whether it is mended. One call at a time, the answer is one key.
import { PhoneCall } from "lucide-preact";
import { useState } from "preact/hooks";
import { Empty, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { areas, attempt, clock, language, shapes, told, words } from "../app.ts";
import { Keyed } from "../call/keyed.tsx";
import { isItMended } from "../call/spoken.tsx";

type Callback = Schemas["CallbackOut"];
const OUTCOMES = ["fixed", "not_fixed", "not_reached", "declined"] as const;

export function Callbacks() {
  return (
    <div class="page callbacks">
      <Asked of="callbacks" ask={async () => (await read<Schemas["Callbacks"]>("/v1/callbacks")).items}>
        {(items, again) => <List items={items} again={again} />}
      </Asked>
    </div>
  );
}

function List({ items, again }: { items: Callback[]; again: () => void }) {
  const w = words.value.callbacks;
  const mine = items.find((one) => one.inHand) ?? null;
  const takeNext = () =>
    void attempt(async () => {
      const next = await post<Callback | null>("/v1/callbacks/next", {});
      if (next === null) told.value = { text: w.nothing, tone: "news" };
      again();
    });
  return (
    <>
      <header class="queue-head">
        <h1>{w.title}</h1>
        {mine === null && (
          <button type="button" class={`button ${items.length > 0 ? "primary" : ""}`} onClick={takeNext}>
            <PhoneCall size={18} aria-hidden="true" />
            {w.next}
          </button>
        )}
      </header>
      {mine !== null && <Calling key={mine.callbackId} of={mine} again={again} />}
      {items.length === 0 ? (
        <Empty title={w.nothing} hint={w.nothingHint} />
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{w.due}</th>
              <th scope="col">{w.contract}</th>
              <th scope="col">{w.job}</th>
              <th scope="col" class="number">
                {w.tries}
              </th>
              <th scope="col">{w.state}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.callbackId}>
                <td>
                  {shapes.value.moment(one.dueAt)} <span class="aside">{w.since(shapes.value.passed(one.dueAt, clock.value))}</span>
                </td>
                <td>
                  {one.contract}
                  {areas.value.length > 1 && <span class="aside"> {areas.value.find((known) => known.areaId === one.areaId)?.name}</span>}
                </td>
                <td>{one.jobNumber}</td>
                <td class="number">{one.tries}</td>
                <td>{one.inHand ? w.mine : one.state === "taken" ? w.taken : w.waits}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Calling({ of, again }: { of: Callback; again: () => void }) {
  const w = words.value.callbacks;
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const record = async (outcome: string) => {
    setBusy(true);
    await attempt(() => post(`/v1/callbacks/${of.callbackId}/outcome`, { outcome, note: note.trim() }), w.kept[outcome]);
    again();
    setBusy(false);
  };
  return (
    <article class="calling" aria-label={w.calling}>
      <h2>
        {of.name === "" ? of.contract : of.name} {of.phone !== "" && <a href={`tel:${of.phone}`}>{of.phone}</a>}
      </h2>
      <p class="aside">
        {of.contract} · {of.address} · {words.value.call.speaksLanguage(shapes.value.language(of.language))}
        {of.reopened > 0 && ` · ${w.reopened(of.reopened)}`}
      </p>
      <p>
        {w.done(of.jobNumber, of.closedAt === null ? "" : shapes.value.moment(of.closedAt))}{" "}
        <button type="button" class="button plain small" onClick={() => go(`/call/${of.ticketId}`)}>
          {of.ticketNumber}
        </button>
      </p>
      <p class="aloud" lang={of.language}>
        {isItMended(of.language)}
      </p>
      {isItMended(language.value) !== isItMended(of.language) && <p class="aside">{isItMended(language.value)}</p>}
      <Field label={words.value.call.ending.note}>
        <textarea rows={2} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <Keyed label={w.outcome} busy={busy} among={OUTCOMES.map((code) => ({ code, says: w.outcomes[code] }))} choose={(code) => void record(code)} />
    </article>
  );
}
