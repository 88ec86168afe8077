// The screen that is handed over: large text, the price, two answers equally easy. Nothing else can be reached from it.
import { signal } from "@preact/signals";
import SignaturePad from "signature_pad";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { languageOf, Shapes, type Language } from "../../shared/words.ts";
import { CATALOGUES, language, meta, now, record, words } from "../app.ts";
import type { VisibleJob } from "../model.ts";
import { sha256 } from "../outbox/digest.ts";
import { replace } from "../../shared/route.ts";
import { Choices, Save, TextLine } from "../ui.tsx";
import type { Quoted, Stop } from "./attendance.ts";

const CAPACITIES = ["holder", "family", "tenant", "staff", "other"] as const;
type Capacity = (typeof CAPACITIES)[number];
const LARGEST_SIGNATURE = 48 * 1024;

/** The visit with which this phone is in the subscriber's hands. */
export const handed = signal<string | null>(null);

/** In the language of the price lines and of the agreement, whatever the technician's is. */
export function spokenWith(job: VisibleJob): Language {
  return languageOf(job.agreement?.language ?? job.contact?.language ?? language.value);
}

export function Consent({ stop, quoted }: { stop: Stop; quoted: Quoted }) {
  const { job, visit } = stop;
  const spoken = spokenWith(job);
  const w = CATALOGUES[spoken];
  const say = new Shapes(spoken, meta.value?.about?.timeZone ?? "UTC");
  const total = say.money(quoted.amountMinor, quoted.currency);
  const [shownAt] = useState(() => now().toISOString());
  const [answer, setAnswer] = useState<"accepted" | "declined" | null>(stop.done.agreed?.answer ?? null);
  const [person, setPerson] = useState(job.contact?.name ?? job.holderName);
  const [capacity, setCapacity] = useState<Capacity | null>(null);
  const [method, setMethod] = useState<"signature" | "visit_code">("signature");
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const [given, setGiven] = useState<"answered" | "unanswered" | null>(stop.done.agreed === null ? null : "answered");
  const pad = useRef<SignaturePad | null>(null);
  useEffect(() => {
    handed.value = visit.visitId;
    return () => (handed.value = null);
  }, []);
  // the server's words, which it knows again by their hash; where an area has none yet, ours
  const agreement = job.agreement;
  const text = agreement?.text ?? w.consent.text(total);

  const confirm = async () => {
    if (answer === null) return;
    if (person.trim() === "") return setTrouble(w.consent.needName);
    if (capacity === null) return setTrouble(w.consent.needCapacity);
    if (answer === "accepted" && method === "signature" && (pad.current === null || pad.current.isEmpty())) return setTrouble(w.consent.needSignature);
    if (answer === "accepted" && method === "visit_code" && !/^\d{6}$/.test(code)) return setTrouble(w.consent.needCode);
    const signed = answer === "accepted" && method === "signature";
    const body = {
      visitId: visit.visitId,
      consentId: uuidv7(),
      quoteId: quoted.quoteId,
      answer,
      amountMinor: quoted.amountMinor,
      currency: quoted.currency,
      language: agreement?.language ?? spoken,
      textSha256: agreement?.textSha256 ?? (await sha256(new TextEncoder().encode(text))),
      method: answer === "declined" ? "tick" : method,
      person: person.trim(),
      capacity,
      shownAt,
      agreedAt: now().toISOString(),
      ...(signed ? { signature: strokes(pad.current) } : {}),
      ...(answer === "accepted" && method === "visit_code" ? { code } : {}),
    };
    try {
      await record({ jobId: job.jobId, kind: "consent", body, needs: [quoted.eventId] });
      setGiven("answered");
    } catch {
      setTrouble(w.storage.failed);
    }
  };
  const takeBack = () => {
    handed.value = null;
    replace(`/visit/${visit.visitId}`);
  };

  if (given !== null) {
    return (
      <main class="handed" lang={spoken}>
        <h1 role="status">{w.consent.handBack}</h1>
        {given === "answered" && <p>{answer === "accepted" ? w.consent.accepted : w.consent.declined}</p>}
        <button type="button" class="button primary wide" lang={language.value} onClick={takeBack}>
          {words.value.consent.ok}
        </button>
      </main>
    );
  }
  return (
    <main class="handed" lang={spoken}>
      <h1>{w.consent.title}</h1>
      <p class="price">{total}</p>
      <p>{text}</p>
      <ul class="lines">
        {quoted.lines.map((line) => (
          <li key={line.code}>
            {line.text} {line.quantity > 1 && `× ${line.quantity}`}
            <span class="end">{say.money(line.amountMinor * line.quantity, quoted.currency)}</span>
          </li>
        ))}
      </ul>
      <div class="answers">
        {(["accepted", "declined"] as const).map((one) => (
          <button key={one} type="button" class={`button ${answer === one ? "chosen" : ""}`} aria-pressed={answer === one} onClick={() => setAnswer(one)}>
            {one === "accepted" ? w.consent.agree : w.consent.decline}
          </button>
        ))}
      </div>
      {answer !== null && (
        <div class="sheet">
          {answer === "declined" && <p>{w.consent.declineText}</p>}
          <TextLine label={w.consent.person} value={person} change={setPerson} />
          <Choices label={w.consent.capacity} name="capacity" among={CAPACITIES} say={(one) => w.capacity[one]} chosen={capacity} choose={setCapacity} />
          {answer === "accepted" && (
            <>
              <Choices label={w.consent.method} name="method" among={["signature", "visit_code"] as const} say={(one) => (one === "signature" ? w.consent.bySignature : w.consent.byCode)} chosen={method} choose={setMethod} />
              {method === "signature" ? (
                <Signature label={w.consent.signature} clear={w.consent.clear} pad={pad} />
              ) : (
                <TextLine label={w.consent.code} value={code} change={(typed) => setCode(typed.replace(/\D/g, "").slice(0, 6))} inputMode="numeric" autocomplete="one-time-code" />
              )}
            </>
          )}
          {trouble !== null && (
            <p class="notice bad" role="alert">
              {trouble}
            </p>
          )}
          <Save label={w.consent.confirm} act={confirm} />
        </div>
      )}
      <button type="button" class="button plain" onClick={() => setGiven("unanswered")}>
        {w.consent.later}
      </button>
    </main>
  );
}

function Signature({ label, clear, pad }: { label: string; clear: string; pad: { current: SignaturePad | null } }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const drawn = canvas.current;
    if (drawn === null) return;
    const scale = Math.max(1, devicePixelRatio);
    drawn.width = drawn.offsetWidth * scale;
    drawn.height = drawn.offsetHeight * scale;
    drawn.getContext("2d")?.scale(scale, scale);
    pad.current = new SignaturePad(drawn, { penColor: "#161b21" });
    return () => {
      pad.current?.off();
      pad.current = null;
    };
  }, []);
  return (
    <div class="field">
      <span>{label}</span>
      <canvas class="pad" ref={canvas} role="img" aria-label={label} />
      <button type="button" class="button" onClick={() => pad.current?.clear()}>
        {clear}
      </button>
    </div>
  );
}

/** The strokes as points in whole pixels: `x,y x,y;x,y …`; thinned until they fit. */
function strokes(pad: SignaturePad | null): string {
  const drawn = pad?.toData().map((group) => group.points.map((point) => `${Math.round(point.x)},${Math.round(point.y)}`)) ?? [];
  for (let every = 1; ; every += 1) {
    const text = drawn.map((points) => points.filter((_, index) => index % every === 0 || index === points.length - 1).join(" ")).join(";");
    if (text.length <= LARGEST_SIGNATURE) return text;
  }
}
