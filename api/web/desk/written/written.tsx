// Written requests: what waits for a person, what for its writer, what became a ticket, what was set aside.
import { Mail, MessageSquare, UserRound } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Tabs } from "../../office/parts.tsx";
import type { PageProps } from "../../office/shell.tsx";
import { areas, shapes, words } from "../app.ts";
import { Opened } from "./conversation.tsx";

type Brief = Schemas["ConversationBrief"];
const EVERY_MS = 10_000;
const STATES = ["unassigned", "asked", "ticket", "set_aside"] as const;
type State = (typeof STATES)[number];
const ICONS: Record<string, typeof Mail> = { email: Mail, chat: MessageSquare, account: UserRound };

export function Written({ path }: PageProps) {
  const [first = ""] = path;
  const state = STATES.find((one) => one === first);
  if (first !== "" && state === undefined) return <Opened key={first} conversationId={first} />;
  return <Listed state={state ?? "unassigned"} />;
}

function Listed({ state }: { state: State }) {
  const w = words.value.written;
  return (
    <div class="page written">
      <h1>{w.title}</h1>
      <Tabs label={w.title} among={STATES} chosen={state} choose={(one) => go(`/written/${one}`)} say={(one) => w.states[one] ?? one} />
      <Asked of={`written ${state}`} ask={async () => (await read<Schemas["Conversations"]>(`/v1/written-conversations?state=${state}`)).items}>
        {(items, again) => <Table items={items} state={state} again={again} />}
      </Asked>
    </div>
  );
}

function Table({ items, state, again }: { items: Brief[]; state: State; again: () => void }) {
  const w = words.value.written;
  useEffect(() => {
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  if (items.length === 0) return <Empty title={w.none[state] ?? ""} hint={w.noneHint} />;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{w.from}</th>
          <th scope="col">{w.words}</th>
          <th scope="col">{state === "ticket" ? w.states[state] : state === "set_aside" ? w.why : w.lacks}</th>
          <th scope="col">{w.last}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <Row key={one.conversationId} of={one} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ of }: { of: Brief }) {
  const w = words.value.written;
  const Icon = ICONS[of.channel] ?? Mail;
  const last = of.state === "ticket" ? of.ticketNumber : of.state === "set_aside" ? (w.automatic[of.reason] ?? of.reason) : of.missing.map((what) => w.missing[what]).join(", ") || w.complete;
  return (
    <tr>
      <td class="writer">
        <Icon size={16} aria-label={w.channels[of.channel] ?? of.channel} /> <a href={`#/written/${of.conversationId}`}>{of.sender === "" ? w.nobody : of.sender}</a>
        {areas.value.length > 1 && <span class="aside"> {areas.value.find((known) => known.areaId === of.areaId)?.name}</span>}
      </td>
      <td class="said">
        {of.channel === "email" && <b>{of.subject === "" ? w.noSubject : of.subject}</b>}
        <p class="aside">{of.automatic === "unreadable" ? w.automatic["unreadable"] : of.words}</p>
      </td>
      <td>{last}</td>
      <td class="when">{shapes.value.moment(of.lastAt)}</td>
    </tr>
  );
}
