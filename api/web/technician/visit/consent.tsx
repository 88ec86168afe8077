// The screen that is handed over: large text, the price, two answers equally easy. Nothing else can be reached from it.
import SignaturePad from "signature_pad";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { languageOf, Shapes, type Language } from "../../shared/words.ts";
import { language, meta, now, record, words } from "../app.ts";
import { sha256 } from "../outbox/digest.ts";
import { replace } from "../route.ts";
import { Choices, Field } from "../ui.tsx";
import { en, type Words } from "../words/en.ts";
import { hu } from "../words/hu.ts";
import { ru } from "../words/ru.ts";
import type { Quoted, Stop } from "./attendance.ts";

const CATALOGUES: Record<Language, Words> = { en, ru, hu };
const CAPACITIES = ["holder", "family", "tenant", "staff", "other"] as const;
type Capacity = (typeof CAPACITIES)[number];
const LARGEST_SIGNATURE = 48 * 1024;

/** In the subscriber's language, whatever the technician's is. */
function languageOfSubscriber(stop: Stop): Language {
  return languageOf(stop.job.contact?.language ?? language.value);
}

export function Consent({ stop, quoted }: { stop: Stop; quoted: Quoted }) {
  const { job, visit } = stop;
  const spoken = languageOfSubscriber(stop);
  const w = CATALOGUES[spoken];
  const say = new Shapes(spoken, meta.value?.about?.timeZone ?? "UTC");
  const total = say.money(quoted.amountMinor, quoted.currency);
  const [shownAt] = useState(() => now().toISOString());
  const [answer, setAnswer] = useState<"accepted" | "declined" | null>(stop.done.agreed?.answer ?? null);
  const [person, setPerson] = useState(job.contact?.name ?? job.holderName);
  const [capacity, setCapacity] = useState<Capacity>("holder");
  const [method, setMethod] = useState<"signature" | "visit_code">("signature");
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const [given, setGiven] = useState(stop.done.agreed !== null);
  const pad = useRef<SignaturePad | null>(null);
  // the server's words, which it knows again by their hash; where an area has none yet, ours
  const agreement = job.agreement;
  const text = agreement?.text ?? w.consent.text(total);

  const confirm = async () => {
    if (answer === null) return;
    if (person.trim() === "") return setTrouble(w.consent.needName);
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
    await record({ jobId: job.jobId, kind: "consent", body, needs: [quoted.eventId] });
    setGiven(true);
  };

  if (given) {
    return (
      <main class="handed" lang={spoken}>
        <h1 role="status">{w.consent.handBack}</h1>
        <p>{answer === "accepted" ? w.consent.accepted : w.consent.declined}</p>
        <button type="button" class="button primary wide" lang={language.value} onClick={() => replace(`/visit/${visit.visitId}`)}>
          {words.value.consent.ok}
        </button>
      </main>
    );
  }
  return (
    <main class="handed" lang={spoken}>
      <h1>{w.consent.title}</h1>
      <p class="price">{total}</p>
      <ul class="lines">
        {quoted.lines.map((line) => (
          <li key={line.code}>
            {line.text} {line.quantity > 1 && `× ${line.quantity}`}
            <span class="end">{say.money(line.amountMinor * line.quantity, quoted.currency)}</span>
          </li>
        ))}
      </ul>
      <p>{answer === "declined" ? w.consent.declineText : text}</p>
      <div class="answers">
        {(["accepted", "declined"] as const).map((one) => (
          <button key={one} type="button" class={`button ${answer === one ? "chosen" : ""}`} aria-pressed={answer === one} onClick={() => setAnswer(one)}>
            {one === "accepted" ? w.consent.agree : w.consent.decline}
          </button>
        ))}
      </div>
      {answer !== null && (
        <form
          class="sheet"
          onSubmit={(event) => {
            event.preventDefault();
            void confirm();
          }}
        >
          <Field label={w.consent.person}>
            <input value={person} onInput={(event) => setPerson(event.currentTarget.value)} autocomplete="off" />
          </Field>
          <Choices label={w.consent.capacity} name="capacity" among={CAPACITIES} say={(one) => w.capacity[one]} chosen={capacity} choose={setCapacity} />
          {answer === "accepted" && (
            <>
              <Choices label={w.consent.method} name="method" among={["signature", "visit_code"] as const} say={(one) => (one === "signature" ? w.consent.bySignature : w.consent.byCode)} chosen={method} choose={setMethod} />
              {method === "signature" ? (
                <Signature label={w.consent.signature} clear={w.consent.clear} pad={pad} />
              ) : (
                <Field label={w.consent.code}>
                  <input value={code} onInput={(event) => setCode(event.currentTarget.value.replace(/\D/g, "").slice(0, 6))} inputMode="numeric" autocomplete="one-time-code" />
                </Field>
              )}
            </>
          )}
          {trouble !== null && (
            <p class="notice bad" role="alert">
              {trouble}
            </p>
          )}
          <button type="submit" class="button primary wide">
            {w.consent.confirm}
          </button>
        </form>
      )}
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
