// Laying down what breaks something asks first, with the reasons; and a conflict with another dispatcher is shown and solved.
import { TriangleAlert } from "lucide-preact";
import { read } from "../../shared/server.ts";
import { inArea, shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Dialog } from "../../office/parts.tsx";
import { place, question, takeOut } from "./hand.ts";
import { board, placed } from "./state.ts";

export function Question() {
  const asked = question.value;
  if (asked === null) return null;
  const w = words.value.day.hand;
  const close = () => (question.value = null);
  const who = board.value?.technicians.find((one) => one.technicianId === asked.trial.technicianId)?.displayName ?? "";
  const window = placed.value.get(asked.carried.jobId)?.stop.window;
  const codes = asked.trial.breaks.map((one) => one.code);
  return (
    <Dialog title={asked.conflict === null ? (asked.leaves === true ? w.takeOutTitle(asked.carried.label) : w.breaksTitle(asked.carried.label, who)) : w.conflictTitle} close={close}>
      {asked.conflict !== null && (
        <>
          <p>{w.conflictText}</p>
          <ul class="lines">
            {asked.conflict.map((one) => (
              <li key={one.n}>
                {one.actor !== "" && <b>{one.actor} · </b>}
                {words.value.day.history.action[one.action] ?? one.action} · {shapes.value.time(one.at)}
              </li>
            ))}
          </ul>
        </>
      )}
      {asked.trial.breaks.length > 0 && (
        <ul class="lines">
          {asked.trial.breaks.map((one) => (
            <li key={one.code + (one.jobNumber ?? "")} class="warn">
              <TriangleAlert size={16} aria-hidden="true" /> {asked.leaves === true && one.code === "promise" && window != null ? w.nobodyGoes(shapes.value.span(window.earliest, window.latest)) : one.sentence}
            </li>
          ))}
        </ul>
      )}
      {asked.leaves !== true && <Messages jobId={asked.carried.jobId} technicianId={asked.trial.technicianId} startAt={asked.trial.startAt} />}
      <div class="dialog-foot">
        <button type="button" class="button" onClick={close}>
          {w.leave}
        </button>
        <button type="button" class="button primary" onClick={() => void (asked.leaves === true ? takeOut(asked.carried.jobId, codes) : place(asked.carried, asked.trial, asked.exact, codes))}>
          {asked.leaves === true ? w.takeOutAnyway : asked.trial.breaks.length === 0 ? w.stillMove : w.moveAnyway}
        </button>
      </div>
    </Dialog>
  );
}

/** What technicians and subscriber will hear of it, each in their language. */
function Messages({ jobId, technicianId, startAt }: { jobId: string; technicianId: string; startAt: string }) {
  const visitId = placed.value.get(jobId)?.stop.visitId;
  if (visitId === undefined) return null;
  return (
    <Asked of={`${visitId} ${technicianId} ${startAt}`} ask={() => read<Schemas["MoveMessages"]>(inArea("/v1/board/messages", { visitId, technicianId, startAt }))}>
      {({ items }) => (
        <>
          {items.length > 0 && <h3>{words.value.day.hand.told}</h3>}
          <dl class="messages">
            {items.map((one) => (
              <div key={one.to}>
                <dt>{one.to}</dt>
                <dd lang={one.language}>{one.text}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Asked>
  );
}
