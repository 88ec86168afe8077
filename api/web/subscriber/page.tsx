// When somebody comes, first; then what one can say and change about it.
import { CalendarCheck, CircleCheck, CirclePause, CircleSlash, Clock3, Footprints, TriangleAlert, WifiOff, Wrench, ZapOff } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LANGUAGES, type Language } from "../shared/words.ts";
import { chooseLanguage, closed, confirm, isStale, language, look, meaning, shapes, visit, words, type OwnVisit } from "./app.ts";
import { Access } from "./access.tsx";
import { Change, NOBODY_COMES } from "./change.tsx";
import { Consents } from "./consents.tsx";

/** A state is a shape and a word, never a colour alone. */
const ICON: Record<OwnVisit["stage"], typeof Clock3> = {
  waiting: Clock3,
  agreed: CalendarCheck,
  on_the_way: Footprints,
  at_work: Wrench,
  missed: TriangleAlert,
  held: CirclePause,
  cancelled: CircleSlash,
  works_again: CircleCheck,
  outage: ZapOff,
  done: CircleCheck,
  called_off: CircleSlash,
};

/** Nobody comes any more, or not unless another time is chosen. */
const OVER: readonly OwnVisit["stage"][] = ["done", "called_off", ...NOBODY_COMES];

export function Page() {
  const w = words.value;
  return (
    <>
      <header class="head">
        <b>{w.title}</b>
        <Languages />
      </header>
      <main>
        {closed.value !== null ? <Closed why={closed.value} /> : visit.value === null ? <div class="skeleton" aria-hidden="true" /> : <Visit of={visit.value} />}
      </main>
    </>
  );
}

function Languages() {
  return (
    <div class="languages" role="group" aria-label={words.value.language}>
      {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
        <button key={code} type="button" lang={code} aria-pressed={language.value === code} onClick={() => void chooseLanguage(code)}>
          {name}
        </button>
      ))}
    </div>
  );
}

function Closed({ why }: { why: NonNullable<typeof closed.value> }) {
  const w = words.value;
  const said = {
    gone: [w.gone, w.goneHint],
    missing: [w.missing, w.missingHint],
    unreachable: [w.unreachable, w.unreachableHint],
    wait: [w.gone, w.wait],
  }[why];
  return (
    <section class="card" role="alert">
      <h1 class="closed">{said[0]}</h1>
      <p>{said[1]}</p>
      {(why === "unreachable" || why === "wait") && (
        <button type="button" class="button" onClick={() => void look()}>
          {w.again}
        </button>
      )}
    </section>
  );
}

function Visit({ of }: { of: OwnVisit }) {
  const w = words.value;
  return (
    <>
      {isStale.value && (
        <p class="notice warn" role="status">
          <span>
            <WifiOff size={16} aria-hidden="true" /> {w.stale.replace("{time}", shapes.value.time(of.now))}
          </span>
        </p>
      )}
      <When of={of} />
      {of.visitCode !== null && (
        <section class="card" aria-labelledby="code">
          <h2 id="code">{w.code}</h2>
          <p class="code">{of.visitCode}</p>
          <p class="aside">{w.codeHint}</p>
        </section>
      )}
      {!OVER.includes(of.stage) && <Access note={of.accessNote} />}
      <Change of={of} />
      {of.consents.length > 0 && <Consents of={of.consents} number={of.number} />}
      <footer>
        <Call phone={of.call} say={w.call} otherwise={w.callUs} />
        <p>{w.quote.replace("{number}", of.number)}</p>
        <p>{w.asOf.replace("{time}", shapes.value.time(of.now))}</p>
      </footer>
    </>
  );
}

/** `say` with the number as something to press. */
export function Call({ phone, say, otherwise }: { phone: string; say: string; otherwise: string }) {
  if (phone === "") return <p>{otherwise}</p>;
  const [before, after] = say.split("{phone}");
  return (
    <p>
      {before}
      <a href={`tel:${phone}`}>{phone}</a>
      {after}
    </p>
  );
}

function When({ of }: { of: OwnVisit }) {
  const w = words.value;
  const Icon = ICON[of.stage];
  return (
    <section class="card when">
      <p class="hello">{w.hello.replace("{name}", of.firstName)}</p>
      <p class={`stage ${of.stage}`}>
        <Icon size={20} aria-hidden="true" /> {w.stage[of.stage]} <span class="what">{of.what}</span>
      </p>
      <h1>{said(of)}</h1>
      {of.expected?.late !== true && <p>{of.sentence}</p>}
      {of.technician !== "" && <p>{w.technician.replace("{name}", of.technician)}</p>}
      {of.expected !== null && <p class={of.expected.late ? "notice warn" : "notice good"}>{of.expected.sentence}</p>}
      <Confirm of={of} />
    </section>
  );
}

function said(of: OwnVisit) {
  const w = words.value;
  if (of.stage === "done" || of.stage === "called_off") return w.stage[of.stage];
  if (of.stage === "missed" || of.stage === "cancelled" || of.stage === "works_again") return w.titles[of.stage];
  if (of.window == null) return of.stage === "outage" ? w.nobody : w.noWindow;
  const { earliest, latest } = of.window;
  return (
    <>
      <span class="day">{shapes.value.day(shapes.value.dayOf(new Date(earliest)))}</span> <span class="span">{shapes.value.span(earliest, latest)}</span>
    </>
  );
}

function Confirm({ of }: { of: OwnVisit }) {
  const w = words.value;
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const done = useRef<HTMLParagraphElement>(null);
  const pressed = useRef(false);
  // the button goes away: whoever pressed it by a key would be nowhere
  useEffect(() => {
    if (of.confirmed && pressed.current) done.current?.focus();
    pressed.current = false;
  }, [of.confirmed]);
  if (of.window == null || of.stage !== "agreed") return null;
  if (of.confirmed)
    return (
      <p class="there" ref={done} tabIndex={-1}>
        <CircleCheck size={20} aria-hidden="true" /> {w.confirmed}
      </p>
    );
  const press = async () => {
    setBusy(true);
    setTrouble("");
    pressed.current = true;
    try {
      await confirm();
    } catch (error) {
      setTrouble(meaning(error));
      void look();
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="button primary wide" disabled={isBusy} onClick={() => void press()}>
        {w.confirm}
      </button>
      {trouble !== "" && (
        <p class="notice bad" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}
