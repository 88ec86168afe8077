// What is filled in on a visit: one screen each, its button at the bottom, back to the visit when it is saved.
import { useEffect, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { inVan, now, record, shapes, words } from "../app.ts";
import type { Cause, Location } from "../model.ts";
import { replace } from "../../shared/route.ts";
import { Choices, codeName, Field, Heading, partName, Save, TextBox, TextLine } from "../ui.tsx";
import type { Words } from "../words/en.ts";
import type { Line, Stop } from "./attendance.ts";
import { Close } from "./close.tsx";
import { spokenWith } from "./consent.tsx";
import { dropDraft, useDraft } from "./draft.ts";
import { causesAt, DOOR_MINUTES, LOCATIONS } from "./gate.ts";
import { TakePhoto } from "./photo.tsx";
import { position, type Point } from "./position.ts";
import { Scan } from "./scan.tsx";
import { limits } from "./visit.tsx";

type Form = (props: { stop: Stop }) => preact.JSX.Element | null;

const SHEETS: Record<string, [title: (w: Words) => string, form: Form]> = {
  find: [(w) => w.found.title, Find],
  measure: [(w) => w.measured.title, Measure],
  part: [(w) => w.parts.add, Part],
  price: [(w) => w.price.title, Price],
  close: [(w) => w.close.title, Close],
  "no-access": [(w) => w.noAccess.title, NoAccess],
  pause: [(w) => w.pause.title, Pause],
  missing: [(w) => w.missing.title, Missing],
  help: [(w) => w.help.title, Help],
  note: [(w) => w.note.title, Note],
};

export function Sheet({ stop, name }: { stop: Stop; name: string }) {
  const sheet = SHEETS[name];
  if (sheet === undefined) return null;
  const [title, Form] = sheet;
  return (
    <>
      <Heading title={title(words.value)} back={`/visit/${stop.visit.visitId}`} />
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
  dropDraft(visit.visitId, kind);
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
      <TextBox label={w.found.note} value={note} change={setNote} />
      <Save label={w.found.save} disabled={location === null || !fits} act={() => save(stop, "finding", { location, cause, note })} />
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
      <Save label={w.save} disabled={!given} act={() => save(stop, "measurement", { quantity: test.quantity, value, unit: test.unit, moment })} />
    </div>
  );
}

/** What this kind of job asks for, what the van has, and what every van carries: nobody is kept from saying what was used. */
function offered({ job }: Stop): string[] {
  return [...new Set([...Object.keys(job.kind.parts), ...(inVan.value?.keys() ?? []), "ont", "router", "drop_cable", "connector", "splice_sleeve"])];
}

function ChoosePart({ stop, chosen, choose }: { stop: Stop; chosen: string | null; choose: (code: string) => void }) {
  const w = words.value.parts;
  const van = inVan.value;
  const say = (code: string) => (van === null ? partName(code) : `${partName(code)} · ${shapes.value.number(van.get(code)?.quantity ?? 0)}`);
  return <Choices label={van === null ? w.code : w.codeInVan} name="part" among={offered(stop)} say={say} chosen={chosen} choose={choose} />;
}

function Part({ stop }: { stop: Stop }) {
  const w = words.value.parts;
  const [code, setCode] = useState<string | null>(offered(stop)[0] ?? null);
  const [quantity, setQuantity] = useState(1);
  const [serial, setSerial] = useState("");
  const [removed, setRemoved] = useState("");
  const left = inVan.value === null ? null : (inVan.value.get(code ?? "") ?? { quantity: 0, serials: [] });
  const choose = (one: string) => {
    setCode(one);
    if (left?.serials.includes(serial)) setSerial("");
  };
  return (
    <div class="sheet">
      <ChoosePart stop={stop} chosen={code} choose={choose} />
      <Stepper label={w.quantity} value={quantity} change={setQuantity} least={1} />
      <div role="status">{left !== null && quantity > left.quantity && <p class="notice warn">{w.tooMany(left.quantity)}</p>}</div>
      {left !== null && left.serials.length > 0 && <Choices label={w.pieces} name="piece" among={left.serials} say={(one) => one} chosen={serial} choose={setSerial} />}
      <TextLine label={w.serial} value={serial} change={setSerial} autocapitalize="characters" />
      <Scan found={setSerial} />
      <TextLine label={w.removed} value={removed} change={setRemoved} autocapitalize="characters" />
      <Scan found={setRemoved} />
      <Save label={w.save} disabled={code === null} act={() => save(stop, "part-used", { code, quantity, serial: serial.trim(), removedSerial: removed.trim() })} />
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
      { quoteId: uuidv7(), tariffId: tariff.tariffId, currency: tariff.currency, language: spokenWith(stop.job), lines, amountMinor },
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
      <Save label={w.show} disabled={lines.length === 0} act={show} />
    </div>
  );
}

function NoAccess({ stop }: { stop: Stop }) {
  const w = words.value.noAccess;
  const arrived = stop.done.events.findLast((event) => event.kind === "arrived");
  const since = arrived === undefined ? 0 : Math.floor((now().getTime() - Date.parse(arrived.recordedAt)) / 60_000);
  const [draft, change] = useDraft(stop.visit.visitId, "no-access", { waited: null as number | null, called: false, note: "" });
  const [asked, ask] = useState(position);
  const [at, setAt] = useState<Point | "asked" | null>("asked");
  useEffect(() => {
    setAt("asked");
    void asked.then(setAt);
  }, [asked]);
  const waited = draft.waited ?? Math.min(1440, Math.max(0, since));
  const door = stop.done.photos.filter((photo) => photo.purpose === "door");
  const report = async () => {
    const point = await asked;
    const body = { waitedMinutes: waited, called: draft.called, note: draft.note, ...(point === null ? {} : { point }) };
    await save(stop, "no-access", body, "", door.map((photo) => photo.photoId));
  };
  return (
    <div class="sheet">
      <p>{w.intro}</p>
      <TextLine label={w.waited} value={String(waited)} change={(text) => change({ waited: Math.min(1440, Number(text.replace(/\D/g, ""))) })} inputMode="numeric" />
      <label class="tick">
        <input type="checkbox" checked={draft.called} onChange={(event) => change({ called: event.currentTarget.checked })} />
        {w.called}
      </label>
      <TakePhoto stop={stop} purpose="door" label={`${w.photo}${door.length > 0 ? ` (${door.length})` : ""}`} />
      <TextBox label={w.note} value={draft.note} change={(note) => change({ note })} />
      {(waited < DOOR_MINUTES || !draft.called || door.length === 0) && <p class="notice warn">{w.short(DOOR_MINUTES)}</p>}
      {at === null && (
        <div class="notice warn">
          <p>{w.nowhere}</p>
          <button type="button" class="button" onClick={() => ask(position)}>
            {w.locate}
          </button>
        </div>
      )}
      <Save label={w.save} act={report} />
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
      <TextBox label={w.reason} value={reason} change={setReason} />
      <Field label={w.resumeOn}>
        <input type="date" value={resumeOn} onInput={(event) => setResumeOn(event.currentTarget.value)} />
      </Field>
      <TextLine label={w.remaining} value={remaining} change={(text) => setRemaining(text.replace(/\D/g, ""))} inputMode="numeric" />
      <Save label={w.save} act={() => save(stop, "paused", body)} />
    </div>
  );
}

function Missing({ stop }: { stop: Stop }) {
  const w = words.value;
  const [code, setCode] = useState<string | null>(null);
  const [note, setNote] = useState("");
  return (
    <div class="sheet">
      <ChoosePart stop={stop} chosen={code} choose={setCode} />
      <TextBox label={w.found.note} value={note} change={setNote} />
      <Save label={w.missing.save} disabled={code === null} act={() => save(stop, "part-missing", { code, note })} />
    </div>
  );
}

function Help({ stop }: { stop: Stop }) {
  const w = words.value.help;
  return <Said stop={stop} kind="help-asked" member="note" label={w.note} button={w.save} />;
}

function Note({ stop }: { stop: Stop }) {
  const w = words.value.note;
  return <Said stop={stop} kind="note" member="text" label={w.text} button={w.save} needed />;
}

function Said({ stop, kind, member, label, button, needed = false }: { stop: Stop; kind: string; member: string; label: string; button: string; needed?: boolean }) {
  const [draft, change] = useDraft(stop.visit.visitId, kind, { text: "" });
  const text = draft.text.trim();
  return (
    <div class="sheet">
      <TextBox label={label} value={draft.text} change={(typed) => change({ text: typed })} />
      <Save label={button} disabled={needed && text === ""} act={() => save(stop, kind, { [member]: text })} />
    </div>
  );
}
