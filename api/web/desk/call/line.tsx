// Line 2: the clock that everybody sees, what was measured with its limits, what can be done from afar and what needs consent.
import { Check, CircleAlert, Gauge, Pause, Play, TriangleAlert } from "lucide-preact";
import { useState } from "preact/hooks";
import { Field } from "../../shared/parts.tsx";
import { remove } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { shapes, words } from "../app.ts";
import { Doing } from "./keyed.tsx";
import { spoken } from "./spoken.ts";
import { desk, spent, step, type Ticket } from "./state.ts";
import { personOf } from "./who.tsx";

type Action = Schemas["RemoteAction"];
type Localisation = Schemas["Localisation"];
const FREE: readonly Action[] = ["restart_port", "configure_port", "restart_terminal"];
const THEIRS: readonly Action[] = ["reinstall_router", "wifi_on", "wifi_off", "wifi_name", "wifi_password"];
const TYPED: readonly Action[] = ["wifi_name", "wifi_password"];
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

/** What belongs to the subscriber is asked for first, and the answer is kept by the same click. */
export function Remote({ of }: { of: Ticket }) {
  const w = words.value.call.remote;
  const [asked, setAsked] = useState<Action | null>(null);
  const [value, setValue] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async (action: Action) => {
    setBusy(true);
    if (await step("actions", { action, ...(TYPED.includes(action) ? { value } : {}) })) {
      setAsked(null);
      setValue("");
    }
    setBusy(false);
  };
  const person = personOf(of);
  const answer = async (action: Action, accepted: boolean) => {
    setBusy(true);
    const kept = await step("agreements", { actions: [action], accepted, person });
    setBusy(false);
    if (!kept) return;
    if (accepted && !TYPED.includes(action)) await act(action);
    else if (!accepted) setAsked(null);
  };
  const isAgreed = asked !== null && of.agreed.includes(asked);
  return (
    <div class="stack">
      <div class="actions">
        {FREE.map((one) => (
          <button key={one} type="button" class="button small" disabled={busy} onClick={() => void act(one)}>
            {w.actions[one]}
          </button>
        ))}
        <select aria-label={w.theirs} value={asked ?? ""} onChange={(event) => setAsked((event.currentTarget.value || null) as Action | null)}>
          <option value="">{w.theirs}</option>
          {THEIRS.map((one) => (
            <option key={one} value={one}>
              {w.actions[one]}
            </option>
          ))}
        </select>
      </div>
      {asked !== null && of.verifiedBy === null && <p class="warn">{words.value.call.verify.first}</p>}
      {asked !== null && of.verifiedBy !== null && person === "" && <p class="warn">{words.value.call.who.nameless}</p>}
      {asked !== null && of.verifiedBy !== null && !isAgreed && (
        <div class="ask">
          <p class="aloud" lang={of.language}>
            {spoken(of.language).mayI(asked)}
          </p>
          <div class="two">
            <button type="button" class="button" disabled={busy || person === ""} onClick={() => void answer(asked, true)}>
              {w.agrees}
            </button>
            <button type="button" class="button" disabled={busy || person === ""} onClick={() => void answer(asked, false)}>
              {w.agreesNot}
            </button>
          </div>
        </div>
      )}
      {asked !== null && isAgreed && (
        <form
          class="ask"
          onSubmit={(event) => {
            event.preventDefault();
            void act(asked);
          }}
        >
          {TYPED.includes(asked) && (
            <Field label={w.values[asked] ?? ""} hint={w.notKept}>
              <input required maxLength={asked === "wifi_name" ? 32 : 63} minLength={asked === "wifi_name" ? 1 : 8} autocomplete="off" value={value} onInput={(event) => setValue(event.currentTarget.value)} />
            </Field>
          )}
          <button type="submit" class="button primary" disabled={busy}>
            {w.actions[asked]}
          </button>
        </form>
      )}
    </div>
  );
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

const RESOLUTIONS = ["self_check", "restarted", "settings", "cable_seated", "account", "visit_declined", "nothing_found"] as const;

/** How a call ends without a visit: handed on, or mended. */
export function Ending({ of }: { of: Ticket }) {
  const w = words.value.call.ending;
  const [note, setNote] = useState("");
  const [resolution, setResolution] = useState("");
  const lines = (desk.value?.said.lines ?? []).filter((one) => one.number !== of.line);
  const done = async (path: string, body: unknown) => {
    if (await step(path, body)) setNote("");
  };
  return (
    <div class="stack">
      <Field label={w.note}>
        <textarea rows={2} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <div class="actions">
        <button type="button" class="button small" disabled={note.trim() === ""} onClick={() => void done("notes", { note: note.trim() })}>
          {w.keep}
        </button>
        {lines.map((one) => (
          <button key={one.number} type="button" class="button small" onClick={() => void done("hand-over", { line: one.number, note: note.trim() })}>
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
