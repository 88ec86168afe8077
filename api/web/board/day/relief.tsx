// A technician who is late or silent: what would help, with what it does, and one click to do it.
import { Check, LifeBuoy, Phone, TriangleAlert } from "lucide-preact";
import { useState } from "preact/hooks";
import { post, read } from "../../shared/server.ts";
import { inArea, meaning, shapes, told, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import { Consequences } from "./consequences.tsx";
import { takeBack } from "./hand.ts";
import type { Attention } from "./model.ts";
import { board, load, on } from "./state.ts";
import { Became } from "./absence.tsx";

export type Trouble = Schemas["Trouble"];

/** What is wrong with the technician of whom this speaks; null: it is about something else. */
export function troubleOf(one: Attention): Trouble | null {
  return one.technicianId !== null && (one.kind === "late" || one.kind === "silent") ? one.kind : null;
}

export function Answers({ technicianId, trouble }: { technicianId: string; trouble: Trouble }) {
  const [open, setOpen] = useState(false);
  const w = words.value.day.relief;
  return (
    <div class="answers">
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        <LifeBuoy size={14} aria-hidden="true" />
        {w.help}
      </button>
      <Call technicianId={technicianId} />
      {open && <Relief technicianId={technicianId} trouble={trouble} close={() => setOpen(false)} />}
    </div>
  );
}

/** Where somebody said under which number. */
export function Call({ technicianId }: { technicianId: string }) {
  const phone = board.value?.technicians.find((one) => one.technicianId === technicianId)?.phone ?? "";
  if (phone === "") return null;
  return (
    <a class="button small" href={`tel:${phone}`} title={phone}>
      <Phone size={14} aria-hidden="true" />
      {words.value.day.relief.call}
    </a>
  );
}

function Relief({ technicianId, trouble, close }: { technicianId: string; trouble: Trouble; close: () => void }) {
  const w = words.value.day.relief;
  const name = board.value?.technicians.find((one) => one.technicianId === technicianId)?.displayName ?? "";
  const [busy, setBusy] = useState(false);
  const [outdated, setOutdated] = useState<string | null>(null);
  const act = async (answer: Schemas["ReliefOut"], again: () => void) => {
    setBusy(true);
    try {
      const made = await post<Schemas["VersionOut"]>(inArea(`/v1/technicians/${technicianId}/relief`), { onDay: on.value, trouble, seen: answer.seen });
      const planId = made.plan?.planId;
      // who is recorded as not coming does not come back by a click
      const back = trouble === "silent" || planId === undefined ? {} : { undo: () => takeBack(planId, name) };
      told.value = { text: w.done, tone: "good", ...back };
      close();
    } catch (error) {
      // the day has changed: the answer of now stands in the place of the one that was read
      setOutdated(meaning(error));
      again();
    }
    setBusy(false);
    await load();
  };
  return (
    <Dialog title={w.title[trouble](name)} close={close} wide>
      <p>{w.text[trouble]}</p>
      {outdated !== null && (
        <div class="notice bad" role="alert">
          {outdated}
        </div>
      )}
      <Asked of={technicianId + trouble} ask={() => read<Schemas["ReliefOut"]>(inArea(`/v1/technicians/${technicianId}/relief/${on.value}`, { trouble }))}>
        {(answer, again) => (
          <>
            <Found answer={answer} trouble={trouble} />
            <div class="dialog-foot">
              <Call technicianId={technicianId} />
              <button type="button" class="button" onClick={close}>
                {words.value.cancel}
              </button>
              <button type="button" class="button primary" disabled={busy || (trouble === "late" && answer.taken.length === 0 && answer.consequences.shifted.length === 0)} onClick={() => void act(answer, again)}>
                {trouble === "late" && answer.taken.length === 0 ? w.retime : w.act[trouble]}
              </button>
            </div>
          </>
        )}
      </Asked>
    </Dialog>
  );
}

function Found({ answer, trouble }: { answer: Schemas["ReliefOut"]; trouble: Trouble }) {
  const w = words.value.day.relief;
  const say = shapes.value;
  return (
    <>
      {trouble === "late" && answer.seen.length === 0 ? <p>{w.nothing}</p> : <Became taken={answer.taken} unplaced={trouble === "late" ? [] : answer.unplaced} />}
      {answer.promises.length > 0 && (
        <ul class="lines">
          {answer.promises.map((one) => (
            <li key={one.jobId} class={one.kept ? "kept" : "warn"}>
              {one.kept ? <Check size={14} aria-hidden="true" /> : <TriangleAlert size={14} aria-hidden="true" />}{" "}
              {one.startAt === null
                ? w.nobody(one.address, say.time(one.latestAt))
                : (one.kept ? w.kept : w.broken)(one.address, one.displayName ?? "", say.time(one.startAt), say.time(one.latestAt))}
            </li>
          ))}
        </ul>
      )}
      {(trouble === "late" || answer.seen.length > 0) && <Consequences of={answer.consequences} />}
    </>
  );
}
