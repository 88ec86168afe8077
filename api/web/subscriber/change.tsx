// Another time, or none: the last four digits of the phone show that it is the subscriber who says so.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Choices, Field } from "../shared/parts.tsx";
import { Problem } from "../shared/server.ts";
import { cancel, look, meaning, move, shapes, told, visit, windows, words, type CancelReason, type OwnVisit, type Windows } from "./app.ts";
import { Call } from "./page.tsx";

const REASONS: readonly CancelReason[] = ["not_at_home", "other_time", "works_again", "other"];
const TOO_LATE: readonly OwnVisit["stage"][] = ["on_the_way", "at_work"];
export const NOBODY_COMES: readonly OwnVisit["stage"][] = ["cancelled", "works_again"];
/** Whoever is refused so sees what is true by now. */
const OUTDATED = new Set(["/problems/visit-started", "/problems/outage-holds", "/problems/not-bookable", "/problems/link-locked", "/problems/unknown-link"]);

export function Change({ of }: { of: OwnVisit }) {
  const w = words.value;
  const [open, setOpen] = useState<"move" | "cancel" | null>(null);
  const head = useRef<HTMLHeadingElement>(null);
  // what was pressed goes away: whoever came by a key goes on from the heading
  const show = (what: "move" | "cancel" | null) => {
    setOpen(what);
    told.value = null;
    head.current?.focus();
  };
  const close = (text: string) => {
    show(null);
    if (text !== "") told.value = { where: "change", text };
  };
  if (TOO_LATE.includes(of.stage))
    return (
      <section class="card">
        <h2>{w.change}</h2>
        <p>{w.tooLate}</p>
        {of.call !== "" && <Call phone={of.call} say={w.lockedCall} otherwise="" />}
      </section>
    );
  if (!of.mayMove && !of.mayCancel) return null;
  if (of.locked)
    return (
      <section class="card">
        <h2>{w.change}</h2>
        <p role="alert">{w.locked}</p>
        <Call phone={of.call} say={w.lockedCall} otherwise={w.callUs} />
      </section>
    );
  return (
    <section class="card change">
      <h2 ref={head} tabIndex={-1}>
        {NOBODY_COMES.includes(of.stage) ? w.after : w.change}
      </h2>
      <p class="done" role="status" aria-live="polite">
        {told.value?.where === "change" && told.value.text}
      </p>
      {open === null && (
        <div class="pair">
          {of.mayMove && (
            <button type="button" class="button" onClick={() => show("move")}>
              {of.window == null ? w.choose : w.move}
            </button>
          )}
          {of.mayCancel && (
            <button type="button" class="button" onClick={() => show("cancel")}>
              {w.cancel}
            </button>
          )}
        </div>
      )}
      {open === "move" && <Move close={close} />}
      {open === "cancel" && <Cancel close={close} />}
    </section>
  );
}

interface Opened {
  close: (said: string) => void;
}

/** Asks for the digits, does it, and says why it could not. */
function Panel(props: { children: ComponentChildren; isChosen: boolean; label: string; act: (digits: string) => Promise<void>; refused?: (problem: Problem) => void; close: (said: string) => void }) {
  const w = words.value;
  const [digits, setDigits] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!props.isChosen || digits.length !== 4) {
      setTrouble(props.isChosen ? w.digitsFirst : w.chooseFirst);
      return;
    }
    setBusy(true);
    setTrouble("");
    try {
      await props.act(digits);
    } catch (error) {
      setTrouble(meaning(error));
      setBusy(false);
      if (error instanceof Problem) props.refused?.(error);
      if (error instanceof Problem && OUTDATED.has(error.kind)) void look();
    }
  };
  return (
    <form class="panel" noValidate onSubmit={(event) => void submit(event)}>
      {props.children}
      <Field label={w.digits} hint={w.digitsHint}>
        <input class="digits" inputMode="numeric" autoComplete="off" maxLength={4} pattern="[0-9]{4}" value={digits} onInput={(event) => setDigits(event.currentTarget.value.replace(/\D/g, ""))} />
      </Field>
      <p class="notice bad" role="alert" hidden={trouble === ""}>
        {trouble}
      </p>
      <button type="submit" class="button primary wide" disabled={isBusy}>
        {props.label}
      </button>
      <button type="button" class="button plain" onClick={() => props.close("")}>
        {w.back}
      </button>
    </form>
  );
}

function Move({ close }: Opened) {
  const w = words.value;
  const [found, setFound] = useState<Windows | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [trouble, setTrouble] = useState("");
  const search = async () => {
    setChosen(null);
    try {
      setFound(await windows());
    } catch (error) {
      setTrouble(meaning(error));
      void look();
    }
  };
  useEffect(() => void search(), []);
  // the one that is agreed already is no other
  const offers = (found?.offers ?? []).filter((one) => one.earliest !== visit.value?.window?.earliest);
  const refused = (problem: Problem) => {
    const others = problem.body["windows"] as Windows | undefined;
    if (others !== undefined) {
      setFound(others);
      setChosen(null);
    } else if (problem.kind === "/problems/quote-expired") void search();
  };
  if (found === null || offers.length === 0)
    return (
      <div class="panel">
        <p role="status" class={trouble === "" ? undefined : "notice bad"}>
          {trouble !== "" ? trouble : found === null ? w.looking : w.none}
        </p>
        <button type="button" class="button plain" onClick={() => close("")}>
          {w.back}
        </button>
      </div>
    );
  const say = (number: string) => {
    const offer = offers.find((one) => String(one.offer) === number);
    return offer === undefined ? "" : `${shapes.value.day(shapes.value.dayOf(new Date(offer.earliest)))}, ${shapes.value.span(offer.earliest, offer.latest)}`;
  };
  const act = async (digits: string) => {
    await move(found.slotQuoteId, Number(chosen), digits);
    close(w.moved(say(String(chosen))));
  };
  return (
    <Panel isChosen={chosen !== null} label={w.take} act={act} refused={refused} close={close}>
      <Choices label={w.windows} name="window" among={offers.map((one) => String(one.offer))} say={say} chosen={chosen} choose={setChosen} />
    </Panel>
  );
}

function Cancel({ close }: Opened) {
  const w = words.value;
  const [reason, setReason] = useState<CancelReason | null>(null);
  const act = async (digits: string) => {
    if (reason !== null) await cancel(reason, digits);
    close(w.cancelled);
  };
  return (
    <Panel isChosen={reason !== null} label={w.cancelNow} act={act} close={close}>
      <Choices label={w.why} name="reason" among={REASONS} say={(one) => w.reasons[one]} chosen={reason} choose={setReason} />
    </Panel>
  );
}
