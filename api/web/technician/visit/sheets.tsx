// What is filled in on a visit: one screen each, its button at the bottom, back to the visit when it is saved.
import { useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { now, record, shapes, stopOf, words } from "../app.ts";
import type { Cause, Location } from "../model.ts";
import { replace } from "../route.ts";
import { Choices, codeName, Field, Heading } from "../ui.tsx";
import type { Line, Stop } from "./attendance.ts";
import { Close } from "./close.tsx";
import { causesAt, LOCATIONS } from "./gate.ts";
import { TakePhoto } from "./photo.tsx";
import { Scan } from "./scan.tsx";
import { limits } from "./visit.tsx";

const FORMS: Record<string, (props: { stop: Stop }) => preact.JSX.Element | null> = {
  find: Find,
  measure: Measure,
  part: Part,
  price: Price,
  close: Close,
  "no-access": NoAccess,
  pause: Pause,
  missing: Missing,
  help: Help,
  note: Note,
};

export function Sheet({ stop, name }: { stop: Stop; name: string }) {
  const Form = FORMS[name];
  if (Form === undefined) return null;
  const w = words.value;
  const titles: Record<string, string> = {
    find: w.found.title,
    measure: w.measured.title,
    part: w.parts.add,
    price: w.price.title,
    close: w.close.title,
    "no-access": w.noAccess.title,
    pause: w.pause.title,
    missing: w.missing.title,
    help: w.help.title,
    note: w.note.title,
  };
  return (
    <>
      <Heading title={titles[name] ?? ""} back={`/visit/${stop.visit.visitId}`} />
      <div class="content">
        <p class="aside">{stop.job.place.address}</p>
        <Form stop={stop} />
      </div>
    </>
  );
}

/** Records one event of this visit; then back to the visit, or on to `then`. Where it could not be kept, one stays. */
export async function save(stop: Stop, kind: string, body: Record<string, unknown>, then = "", needs: string[] = []): Promise<void> {
  const { job, visit } = stop;
  await record({ jobId: job.jobId, kind, body: { visitId: visit.visitId, ...body }, needs });
  replace(`/visit/${visit.visitId}${then}`);
}

function Find({ stop }: { stop: Stop }) {
  const w = words.value;
  const known = stop.done.found;
  const [location, setLocation] = useState<Location | null>(known?.location ?? null);
  const [cause, setCause] = useState<Cause | null>(known?.cause ?? null);
  const [note, setNote] = useState(known?.note ?? "");
  const causes = location === null ? [] : causesAt(location);
  const fits = cause !== null && causes.includes(cause);
  return (
    <div class="sheet">
      <Choices label={w.found.location} name="location" among={LOCATIONS} say={(one) => w.location[one]} chosen={location} choose={setLocation} />
      {location !== null && <Choices label={w.found.cause} name="cause" among={causes} say={(one) => w.cause[one]} chosen={cause} choose={setCause} />}
      <Field label={w.found.note}>
        <textarea value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <button type="button" class="button primary wide" disabled={location === null || !fits} onClick={() => void save(stop, "finding", { location, cause, note })}>
        {w.found.save}
      </button>
    </div>
  );
}

function Measure({ stop }: { stop: Stop }) {
  const w = words.value.measured;
  const test = stop.job.kind.lineTest;
  const [moment, setMoment] = useState<"before" | "after">(stop.done.measured.some((one) => one.moment === "before") ? "after" : "before");
  const [text, setText] = useState("");
  if (test === null) return <p class="aside">{w.noTest}</p>;
  const value = Number(text.replace(",", ".").replace("−", "-"));
  const given = text.trim() !== "" && Number.isFinite(value);
  const bad = given && (value < test.minimum || value > test.maximum);
  const weak = given && !bad && ((test.warnBelow !== null && value < test.warnBelow) || (test.warnAbove !== null && value > test.warnAbove));
  return (
    <div class="sheet">
      <Choices label={codeName(test.quantity)} name="moment" among={["before", "after"] as const} say={(one) => w[one]} chosen={moment} choose={setMoment} />
      <div class="field">
        <span id="value-label">{w.value}</span>
        <div class="value">
          <button type="button" class="button" aria-label={w.sign} onClick={() => setText(text.startsWith("-") ? text.slice(1) : `-${text}`)}>
            ±
          </button>
          <input aria-labelledby="value-label" inputMode="decimal" value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <span>{test.unit}</span>
        </div>
        <span class="hint">{limits(stop)}</span>
      </div>
      {given && (
        <p class={`notice ${bad ? "bad" : weak ? "warn" : "good"}`} role="status">
          {bad ? w.bad : weak ? w.warn : w.ok}
        </p>
      )}
      <button type="button" class="button primary wide" disabled={!given} onClick={() => void save(stop, "measurement", { quantity: test.quantity, value, unit: test.unit, moment })}>
        {w.save}
      </button>
    </div>
  );
}

function Part({ stop }: { stop: Stop }) {
  const w = words.value.parts;
  const usual = [...new Set([...Object.keys(stop.job.kind.parts), "ont", "router", "drop_cable", "connector", "splice_sleeve"])];
  const [code, setCode] = useState<string | null>(usual[0] ?? null);
  const [quantity, setQuantity] = useState(1);
  const [serial, setSerial] = useState("");
  const [removed, setRemoved] = useState("");
  return (
    <div class="sheet">
      <Choices label={w.code} name="part" among={usual} say={codeName} chosen={code} choose={setCode} />
      <Stepper label={w.quantity} value={quantity} change={setQuantity} least={1} />
      <Field label={w.serial}>
        <input value={serial} onInput={(event) => setSerial(event.currentTarget.value)} autocapitalize="characters" autocomplete="off" />
      </Field>
      <Scan found={setSerial} />
      <Field label={w.removed}>
        <input value={removed} onInput={(event) => setRemoved(event.currentTarget.value)} autocapitalize="characters" autocomplete="off" />
      </Field>
      <Scan found={setRemoved} />
      <button type="button" class="button primary wide" disabled={code === null} onClick={() => void save(stop, "part-used", { code, quantity, serial: serial.trim(), removedSerial: removed.trim() })}>
        {w.save}
      </button>
    </div>
  );
}

function Stepper({ label, value, change, least, bare }: { label: string; value: number; change: (value: number) => void; least: number; bare?: boolean }) {
  return (
    <div class="field" role="group" aria-label={label}>
      {bare !== true && <span>{label}</span>}
      <div class="stepper">
        <button type="button" aria-label={`${label} −`} onClick={() => change(Math.max(least, value - 1))}>
          −
        </button>
        <output aria-live="polite">{value}</output>
        <button type="button" aria-label={`${label} +`} onClick={() => change(value + 1)}>
          +
        </button>
      </div>
    </div>
  );
}

function Price({ stop }: { stop: Stop }) {
  const w = words.value.price;
  const tariff = stop.job.tariff;
  const [counts, setCounts] = useState<Record<string, number>>({});
  if (tariff === null) return <p class="aside">{w.free}</p>;
  const lines: Line[] = tariff.lines.flatMap((line) => {
    const quantity = counts[line.code] ?? 0;
    return quantity === 0 ? [] : [{ code: line.code, text: line.text, quantity, amountMinor: line.amountMinor, taxBasisPoints: line.taxBasisPoints }];
  });
  const amountMinor = lines.reduce((sum, line) => sum + line.amountMinor * line.quantity, 0);
  const show = () =>
    save(
      stop,
      "quote",
      { quoteId: uuidv7(), tariffId: tariff.tariffId, currency: tariff.currency, language: stop.job.contact?.language ?? "en", lines, amountMinor },
      "/consent",
    );
  return (
    <div class="sheet">
      <ul class="lines">
        {tariff.lines.map((line) => (
          <li key={line.code}>
            <span>
              {line.text}
              <br />
              <span class="aside">
                {shapes.value.money(line.amountMinor, tariff.currency)} · {w.tax(shapes.value.number(line.taxBasisPoints / 100))}
              </span>
            </span>
            <span class="end">
              <Stepper bare label={line.text} value={counts[line.code] ?? 0} least={0} change={(value) => setCounts({ ...counts, [line.code]: value })} />
            </span>
          </li>
        ))}
      </ul>
      <p class="total">
        {w.total}
        <span>{shapes.value.money(amountMinor, tariff.currency)}</span>
      </p>
      {lines.length === 0 && <p class="aside">{w.empty}</p>}
      <button type="button" class="button primary wide" disabled={lines.length === 0} onClick={() => void show()}>
        {w.show}
      </button>
    </div>
  );
}

const LEAST_WAITED = 10;

function NoAccess({ stop }: { stop: Stop }) {
  const w = words.value.noAccess;
  const arrived = stop.done.events.findLast((event) => event.kind === "arrived");
  const since = arrived === undefined ? 0 : Math.floor((now().getTime() - Date.parse(arrived.recordedAt)) / 60_000);
  const [waited, setWaited] = useState(Math.min(1440, Math.max(0, since)));
  const [called, setCalled] = useState(false);
  const [note, setNote] = useState("");
  const current = stopOf(stop.visit.visitId) ?? stop;
  const door = current.done.photos.filter((photo) => photo.purpose === "door");
  const proven = waited >= LEAST_WAITED && called && door.length > 0;
  return (
    <div class="sheet">
      <p>{w.intro}</p>
      <Field label={w.waited}>
        <input inputMode="numeric" value={String(waited)} onInput={(event) => setWaited(Math.min(1440, Number(event.currentTarget.value.replace(/\D/g, ""))))} />
      </Field>
      <label class="tick">
        <input type="checkbox" checked={called} onChange={(event) => setCalled(event.currentTarget.checked)} />
        {w.called}
      </label>
      <TakePhoto stop={stop} purpose="door" label={`${w.photo}${door.length > 0 ? ` (${door.length})` : ""}`} />
      <Field label={w.note}>
        <textarea value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      {!proven && <p class="notice warn">{w.short}</p>}
      <button
        type="button"
        class="button primary wide"
        onClick={() => void save(stop, "no-access", { waitedMinutes: waited, called, note }, "", door.map((photo) => photo.photoId))}
      >
        {w.save}
      </button>
    </div>
  );
}

function Pause({ stop }: { stop: Stop }) {
  const w = words.value.pause;
  const [reason, setReason] = useState("");
  const [resumeOn, setResumeOn] = useState("");
  const [remaining, setRemaining] = useState("");
  const body = { reason, ...(resumeOn === "" ? {} : { resumeOn }), ...(remaining === "" ? {} : { remainingMinutes: Math.min(1440, Number(remaining)) }) };
  return (
    <div class="sheet">
      <Field label={w.reason}>
        <textarea value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </Field>
      <Field label={w.resumeOn}>
        <input type="date" value={resumeOn} onInput={(event) => setResumeOn(event.currentTarget.value)} />
      </Field>
      <Field label={w.remaining}>
        <input inputMode="numeric" value={remaining} onInput={(event) => setRemaining(event.currentTarget.value.replace(/\D/g, ""))} />
      </Field>
      <button type="button" class="button primary wide" onClick={() => void save(stop, "paused", body)}>
        {w.save}
      </button>
    </div>
  );
}

function Missing({ stop }: { stop: Stop }) {
  const w = words.value;
  const usual = [...new Set([...Object.keys(stop.job.kind.parts), "ont", "router", "drop_cable", "connector", "splice_sleeve"])];
  const [code, setCode] = useState<string | null>(null);
  const [note, setNote] = useState("");
  return (
    <div class="sheet">
      <Choices label={w.parts.code} name="part" among={usual} say={codeName} chosen={code} choose={setCode} />
      <Field label={w.found.note}>
        <textarea value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <button type="button" class="button primary wide" disabled={code === null} onClick={() => void save(stop, "part-missing", { code, note })}>
        {w.missing.save}
      </button>
    </div>
  );
}

function Help({ stop }: { stop: Stop }) {
  const w = words.value.help;
  const [note, setNote] = useState("");
  return (
    <div class="sheet">
      <Field label={w.note}>
        <textarea value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </Field>
      <button type="button" class="button primary wide" onClick={() => void save(stop, "help-asked", { note })}>
        {w.save}
      </button>
    </div>
  );
}

function Note({ stop }: { stop: Stop }) {
  const w = words.value.note;
  const [text, setText] = useState("");
  return (
    <div class="sheet">
      <Field label={w.text}>
        <textarea value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      <button type="button" class="button primary wide" disabled={text.trim() === ""} onClick={() => void save(stop, "note", { text: text.trim() })}>
        {w.save}
      </button>
    </div>
  );
}

