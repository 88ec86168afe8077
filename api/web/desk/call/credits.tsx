// What the subscriber gets back for the time without service, line by line, and a claim where something is still owed.
import { useState } from "preact/hooks";
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import { Field } from "../../shared/parts.tsx";
import { attempt, shapes, told, words } from "../app.ts";
import { Lines } from "../credits/lines.tsx";
import { reread, type Ticket } from "./state.ts";

export function Credits({ of }: { of: Ticket }) {
  const w = words.value.call.credits;
  return (
    <Asked of={`credits ${of.ticketId} ${of.version}`} ask={() => read<Schemas["TicketCredits"]>(`/v1/tickets/${of.ticketId}/credits`)}>
      {(found, again) => (
        <div class="stack credits">
          {!found.isOver && <p class="aside">{w.notOver}</p>}
          {found.isOver && found.items.length === 0 && found.dueMinor === 0 && <p class="aside">{w.none}</p>}
          {found.items.map((one) => (
            <div key={one.creditId}>
              <p>
                <b>{shapes.value.money(one.amountMinor, one.currency)}</b> <span class="aside">{w.credited(shapes.value.moment(one.creditedAt))}</span>
              </p>
              <Lines lines={one.lines} />
            </div>
          ))}
          <Lines lines={found.refused} />
          {found.dueMinor > 0 && (
            <button type="button" class="button small" onClick={() => void attempt(async () => void (await post(`/v1/tickets/${of.ticketId}/credit-claims`, {})), w.done).then(again)}>
              {w.claim(shapes.value.money(found.dueMinor, found.currency))}
            </button>
          )}
        </div>
      )}
    </Asked>
  );
}

/** A complaint is taken down as it is said, and answered in writing. */
export function Complaint({ of }: { of: Ticket }) {
  const w = words.value.call.complaint;
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [about, setAbout] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    const kept = await attempt(async () => {
      const { number } = await post<Schemas["ComplaintOut"]>("/v1/complaints", { subscriberId: of.subscriberId, ticketId: of.ticketId, text, about });
      // long enough to be read out; the history keeps it
      told.value = { text: w.kept(number), tone: "news" };
    });
    if (!kept) return;
    setOpen(false);
    setText("");
    await attempt(() => reread(of.ticketId));
  };
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        {w.open}
      </button>
      {isOpen && (
        <Dialog title={w.title} close={() => setOpen(false)}>
          <form class="stack" onSubmit={(event) => void save(event)}>
            <Field label={w.text}>
              <textarea required rows={4} maxLength={4000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            </Field>
            <Field label={w.about} hint={w.hint}>
              <input maxLength={200} value={about} onInput={(event) => setAbout(event.currentTarget.value)} />
            </Field>
            <div class="dialog-foot">
              <button type="button" class="button" onClick={() => setOpen(false)}>
                {words.value.cancel}
              </button>
              <button type="submit" class="button primary">
                {w.keep}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
