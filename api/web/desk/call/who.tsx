// Who speaks, whether somebody is at the equipment, whom to reach there: the caller is not always the holder, and not always at home.
import { UserCheck, UserX } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices, Field } from "../../shared/parts.tsx";
import { put } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { shapes, words } from "../app.ts";
import { step, ticket, type Ticket } from "./state.ts";

type Relation = Schemas["Relation"];
export const RELATIONS: readonly Relation[] = ["holder", "family", "neighbour", "tenant", "staff", "other"];
const THERE = ["caller", "somebody", "nobody"] as const;
type There = (typeof THERE)[number];

export interface Said {
  name: string;
  relation: Relation;
  phone: string;
  atEquipment: boolean | null;
  onSite: { name: string; relation: Relation; phone: string } | null;
}

export const NOBODY: Said = { name: "", relation: "holder", phone: "", atEquipment: null, onSite: null };

/** As the server takes it. */
export function saidOf(said: Said, language: string): Pick<Schemas["TicketOpenIn"], "caller" | "atEquipment" | "onSite"> {
  const there = said.onSite;
  return {
    caller: { name: said.name.trim(), relation: said.relation, phone: e164(said.phone) },
    atEquipment: said.atEquipment,
    ...(there === null || there.name.trim() === "" ? {} : { onSite: { ...there, name: there.name.trim(), phone: e164(there.phone), language } }),
  };
}

function e164(phone: string): string {
  const digits = phone.replace(/[\s()./-]/g, "");
  return digits === "" || digits.startsWith("+") ? digits : `+${digits}`;
}

function thereOf(said: Said): There | null {
  if (said.atEquipment === null) return null;
  return said.atEquipment ? (said.onSite === null ? "caller" : "somebody") : "nobody";
}

/** In whose name an answer is kept: of a holder who speaks the name is known, of anybody else it has to be said. */
export function personOf(of: Ticket): string {
  return of.callerName || (of.callerRelation === "holder" ? of.holderName : "");
}

export function WhoCalls({ said, change }: { said: Said; change: (said: Said) => void }) {
  const w = words.value.call.who;
  const some = (part: Partial<Said>) => change({ ...said, ...part });
  const there = said.onSite;
  return (
    <div class="who-calls">
      <Choices label={w.relation} name="relation" among={RELATIONS} say={(one) => words.value.relations[one]} chosen={said.relation} choose={(relation) => some({ relation })} />
      <div class="pair">
        <Field label={w.name}>
          <input maxLength={200} autocomplete="off" value={said.name} onInput={(event) => some({ name: event.currentTarget.value })} />
        </Field>
        <Field label={w.phone}>
          <input type="tel" maxLength={30} autocomplete="off" value={said.phone} onInput={(event) => some({ phone: event.currentTarget.value })} />
        </Field>
      </div>
      <Choices label={w.atEquipment} name="at-equipment" among={THERE} say={(one) => w.thereNow[one] ?? one} chosen={thereOf(said)} choose={(one) => some({ atEquipment: one !== "nobody", onSite: one === "caller" ? null : (said.onSite ?? { name: "", relation: "family", phone: "" }) })} />
      {there !== null && (
        <fieldset class="on-site">
          <legend>{w.onSite}</legend>
          <div class="pair">
            <Field label={w.name}>
              <input maxLength={200} autocomplete="off" value={there.name} onInput={(event) => some({ onSite: { ...there, name: event.currentTarget.value } })} />
            </Field>
            <Field label={w.phone}>
              <input type="tel" maxLength={30} autocomplete="off" value={there.phone} onInput={(event) => some({ onSite: { ...there, phone: event.currentTarget.value } })} />
            </Field>
          </div>
          <Field label={w.theirRelation}>
            <select value={there.relation} onChange={(event) => some({ onSite: { ...there, relation: event.currentTarget.value as Relation } })}>
              {RELATIONS.map((one) => (
                <option key={one} value={one}>
                  {words.value.relations[one]}
                </option>
              ))}
            </select>
          </Field>
        </fieldset>
      )}
    </div>
  );
}

/** What is with the field, or waits for the end of an outage, is in nobody's hands, and its caller is asked all the same. */
export const mayAsk = (of: Ticket): boolean => of.inHand || of.state === "escalated" || of.state === "linked";

/** What is known of the caller, and a way to say it anew. */
export function Caller({ of }: { of: Ticket }) {
  const w = words.value.call.who;
  const [said, setSaid] = useState<Said | null>(null);
  const onSite = of.onSite;
  if (said !== null) {
    const save = async (event: Event) => {
      event.preventDefault();
      if (await step("caller", saidOf(said, of.language), put)) setSaid(null);
    };
    return (
      <form class="stack" onSubmit={(event) => void save(event)}>
        <WhoCalls said={said} change={setSaid} />
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => setSaid(null)}>
            {words.value.cancel}
          </button>
          <button type="submit" class="button primary">
            {w.save}
          </button>
        </div>
      </form>
    );
  }
  return (
    <dl class="facts">
      <dt>{w.speaks}</dt>
      <dd>
        {of.callerName || words.value.relations[of.callerRelation]}
        {of.callerName !== "" && <span class="aside"> ({words.value.relations[of.callerRelation]})</span>}
        {of.callerPhone !== "" && (
          <>
            {" "}
            <a href={`tel:${of.callerPhone}`}>{of.callerPhone}</a>
          </>
        )}
      </dd>
      <dt>{w.there}</dt>
      <dd>
        {of.atEquipment === null ? w.notAsked : of.atEquipment ? w.yes : w.no}
        {onSite !== null && (
          <>
            {" · "}
            {onSite.name} <span class="aside">({words.value.relations[onSite.relation]})</span> <a href={`tel:${onSite.phone}`}>{onSite.phone}</a>
          </>
        )}
      </dd>
      {mayAsk(of) && (
        <dd class="wide">
          <button
            type="button"
            class="button plain small"
            onClick={() => setSaid({ name: of.callerName, relation: of.callerRelation, phone: of.callerPhone, atEquipment: of.atEquipment, onSite: onSite === null ? null : { name: onSite.name, relation: onSite.relation, phone: onSite.phone } })}
          >
            {w.change}
          </button>
        </dd>
      )}
    </dl>
  );
}

/** The holder's name as the caller says it, in each call anew. */
export function Verify({ of }: { of: Ticket }) {
  const w = words.value.call.verify;
  const [name, setName] = useState("");
  const [wrong, setWrong] = useState("");
  // by which it was, the newest counts
  const last = of.history.find((one) => one.ticketId === of.ticketId && one.kind === "verified");
  if (of.verifiedBy !== null) {
    return (
      <p class="verified good">
        <UserCheck size={18} aria-hidden="true" />
        <span>
          {w.verified(of.holderName)}
          {last !== undefined && <span class="aside"> {w.by(shapes.value.moment(last.at), last.staff)}</span>}
        </span>
      </p>
    );
  }
  const before = last === undefined ? null : <p class="aside">{w.before(shapes.value.moment(last.at), last.staff)}</p>;
  if (!mayAsk(of)) return before ?? <p class="aside">{w.not}</p>;
  const say = async (event: Event) => {
    event.preventDefault();
    setWrong("");
    const said = name;
    if (await step("verification", { name: said })) {
      if (ticket.value?.verifiedBy === null) setWrong(said);
      else setName("");
      (document.activeElement as HTMLElement | null)?.blur();
    }
  };
  return (
    <>
      {before}
      <form class="verify" onSubmit={(event) => void say(event)}>
        <Field label={w.label(of.holderHint)} hint={w.hint}>
          <input id="holder" required maxLength={200} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <button type="submit" class="button">
          {w.compare}
        </button>
        {wrong !== "" && (
          <p class="warn" role="alert">
            <UserX size={18} aria-hidden="true" /> {w.wrong(wrong)}
          </p>
        )}
      </form>
    </>
  );
}
