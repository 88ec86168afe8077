// Line 2: the clock that everybody sees, what was measured with its limits, how it goes on.
import { Check, CircleAlert, Gauge, Pause, Play, TriangleAlert } from "lucide-preact";
import { useState } from "preact/hooks";
import { Field } from "../../shared/parts.tsx";
import { remove } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { shapes, words } from "../app.ts";
import { Doing } from "./keyed.tsx";
import { askedNow } from "./remote.tsx";
import { desk, draftOf, keepDraft, spent, step, type Ticket } from "./state.ts";

type Localisation = Schemas["Localisation"];
const PLACES: readonly Localisation[] = ["subscriber", "line", "equipment", "network"];
const PAUSES = ["subscriber_away", "device_restarts", "call_cut", "system_down"] as const;

/** "3:07". */
function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function Clock({ of }: { of: Ticket }) {
  const w = words.value.call.clock;
  const passed = spent.value;
  const clock = of.clock;
  if (clock === null || passed === null) return null;
  const limit = clock.limitSeconds;
  const state = limit === null ? "" : passed >= limit ? "over" : clock.warning || passed >= limit - 180 ? "near" : "";
  return (
    <div class={`line-clock ${state}`}>
      {state === "" ? null : <TriangleAlert size={18} aria-hidden="true" />}
      <b>{minutes(passed)}</b>
      {limit !== null && <span class="aside">{w.of(minutes(limit))}</span>}
      {clock.paused && <span>{w.paused}</span>}
      {state !== "" && <span role="status">{state === "over" ? w.over : w.near}</span>}
      {limit !== null && <progress max={limit} value={Math.min(passed, limit)} aria-label={w.label} />}
      {of.inHand && (clock.paused ? <GoOn /> : limit !== null && <PauseFor />)}
    </div>
  );
}

function GoOn() {
  return (
    <button type="button" class="button small" onClick={() => void step("pause", undefined, (path) => remove<Ticket>(path))}>
      <Play size={16} aria-hidden="true" />
      {words.value.call.clock.goOn}
    </button>
  );
}

function PauseFor() {
  const w = words.value.call.clock;
  return (
    <span class="pause">
      <Pause size={16} aria-hidden="true" />
      <Doing label={w.pause} among={PAUSES.map((code) => ({ code, says: w.reasons[code] }))} act={(reason) => void step("pause", { reason })} />
    </span>
  );
}

export function Measured({ of }: { of: Ticket }) {
  const w = words.value.call.line;
  const [busy, setBusy] = useState(false);
  const measured = of.measured;
  const measure = async () => {
    setBusy(true);
    await step("measurements");
    setBusy(false);
  };
  return (
    <div class="stack">
      {of.inHand && (
        <button type="button" class="button measure" aria-busy={busy} disabled={busy} onClick={() => void measure()}>
          <Gauge size={18} aria-hidden="true" />
          {busy ? w.measuring : measured === null ? w.measure : w.again}
        </button>
      )}
      {measured === null ? (
        <p class="aside">{w.notYet}</p>
      ) : (
        <>
          {!measured.online && (
            <p class="warn">
              <CircleAlert size={18} aria-hidden="true" /> {w.offline}
            </p>
          )}
          {measured.measures.length > 0 && (
            <table class="readings">
              <thead>
                <tr>
                  <th scope="col">{w.reading}</th>
                  <th scope="col" class="number">
                    {w.value}
                  </th>
                  <th scope="col">{w.limits}</th>
                </tr>
              </thead>
              <tbody>
                {measured.measures.map((one) => (
                  <tr key={one.quantity} class={one.good ? "" : "bad"}>
                    <th scope="row">
                      {one.good ? <Check size={16} aria-label={w.good} /> : <CircleAlert size={16} aria-label={w.bad} />} {w.quantities[one.quantity] ?? one.quantity}
                    </th>
                    <td class="number">{valueOf(one)}</td>
                    <td class="aside">{limitsOf(one)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <p>
            {w.seems(w.places[measured.localised] ?? measured.localised)}
          </p>
        </>
      )}
    </div>
  );
}

const isYesNo = (one: Schemas["MeasureOut"]): boolean => one.unit === "" && one.minimum === 1;

function valueOf(one: Schemas["MeasureOut"]): string {
  const w = words.value.call.line;
  return isYesNo(one) ? (one.value >= 1 ? w.works : w.worksNot) : `${shapes.value.number(one.value)} ${one.unit}`;
}

function limitsOf(one: Schemas["MeasureOut"]): string {
  const w = words.value.call.line;
  if (isYesNo(one)) return "";
  const { minimum, maximum } = one;
  if (minimum !== null && maximum !== null) return w.between(shapes.value.number(minimum), shapes.value.number(maximum));
  if (minimum !== null) return w.least(shapes.value.number(minimum));
  return maximum === null ? "" : w.most(shapes.value.number(maximum));
}

export function Localise({ of }: { of: Ticket }) {
  const w = words.value.call.line;
  return (
    <Field label={w.where}>
      <select value={of.localised ?? ""} disabled={!of.inHand} onChange={(event) => void step("localisation", { localised: event.currentTarget.value })}>
        <option value="" disabled>
          {w.choose}
        </option>
        {PLACES.map((one) => (
          <option key={one} value={one}>
            {w.places[one]}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** What was said; also in a later call, while the field has it. */
export function Note({ of }: { of: Ticket }) {
  const w = words.value.call.ending;
  const note = draftOf(of.ticketId, "note") ?? "";
  const keep = async () => {
    if (await step("notes", { note: note.trim() })) keepDraft(of.ticketId, "note", undefined);
  };
  return (
    <div class="note">
      <Field label={w.note}>
        <textarea rows={2} maxLength={4000} value={note} onInput={(event) => keepDraft(of.ticketId, "note", event.currentTarget.value)} />
      </Field>
      <button type="button" class="button small" disabled={note.trim() === ""} onClick={() => void keep()}>
        {w.keep}
      </button>
    </div>
  );
}

const RESOLUTIONS = ["self_check", "restarted", "settings", "cable_seated", "account", "visit_declined", "nothing_found"] as const;

/** How a call ends without a visit: handed on with all that is under way, or mended. */
export function Ending({ of }: { of: Ticket }) {
  const w = words.value.call.ending;
  const note = draftOf(of.ticketId, "note") ?? "";
  const [resolution, setResolution] = useState("");
  const lines = (desk.value?.said.lines ?? []).filter((one) => one.number !== of.line);
  const done = async (path: string, body: unknown) => {
    if (!(await step(path, body))) return;
    keepDraft(of.ticketId, "note", undefined);
    if (path === "hand-over") keepDraft(of.ticketId, "asked", undefined);
  };
  return (
    <div class="stack">
      <Note of={of} />
      <div class="actions">
        {lines.map((one) => (
          <button key={one.number} type="button" class="button small" onClick={() => void done("hand-over", { line: one.number, note: note.trim(), asked: askedNow(of) })}>
            {w.handOver(one.number)}
          </button>
        ))}
      </div>
      <div class="actions">
        <select aria-label={w.resolve} value={resolution} onChange={(event) => setResolution(event.currentTarget.value)}>
          <option value="">{w.resolve}</option>
          {RESOLUTIONS.map((code) => (
            <option key={code} value={code}>
              {w.resolutions[code]}
            </option>
          ))}
        </select>
        <button type="button" class="button small" disabled={resolution === ""} onClick={() => void done("resolution", { resolution, note: note.trim() })}>
          {w.resolveNow}
        </button>
      </div>
    </div>
  );
}
