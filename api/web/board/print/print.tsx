// A technician's round on one sheet of paper: for whoever wants it in the hand before leaving, and for a day without phones.
import { ArrowLeft, Printer } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { Empty } from "../../shared/parts.tsx";
import { read } from "../../shared/server.ts";
import { area, inArea, shapes, words as board, wordsOf } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import type { PageProps } from "../../office/shell.tsx";
import { Asked } from "../../office/parts.tsx";
import "./print.css";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

type Day = Schemas["BoardDay"];
type Round = Schemas["BoardTechnician"];
type Stop = Schemas["BoardStop"];
type Whole = Schemas["WholeJob"];

const words = wordsOf<Words>({ en, ru, hu });
/** From so many visits on lines are closer, so that one page holds them. */
const MANY = 9;

export function Print({ path: [on = "", technicianId = ""] }: PageProps) {
  return (
    <div class="page print">
      <h1 class="visually-hidden not-printed">{board.value.pages.print}</h1>
      <p class="line-form not-printed">
        <a class="button" href={`#/day/${on}`}>
          <ArrowLeft size={16} aria-hidden="true" />
          {words.value.back}
        </a>
        <button type="button" class="button primary" onClick={() => print()}>
          <Printer size={16} aria-hidden="true" />
          {words.value.print}
        </button>
      </p>
      <Asked of={`${on} ${technicianId}`} ask={() => asked(on, technicianId)}>
        {({ day, round, stops, told }) =>
          round === undefined || stops.length === 0 ? (
            <Empty {...words.value.empty} />
          ) : (
            <Sheet round={round} stops={stops} told={told} on={on} now={day.now} called={(code) => day.codes[code] ?? code} />
          )
        }
      </Asked>
    </div>
  );
}

/** The round, and of each job what line 2 saw and who is there. */
async function asked(on: string, technicianId: string) {
  const day = await read<Day>(inArea(`/v1/board/days/${on}`));
  const round = day.technicians.find((one) => one.technicianId === technicianId);
  const stops = round?.stops.filter(({ state }) => state !== "cancelled") ?? [];
  const jobs = await Promise.all([...new Set(stops.map(({ jobId }) => jobId))].map((jobId) => read<Whole>(`/v1/jobs/${jobId}`)));
  return { day, round, stops, told: new Map(jobs.map((whole) => [whole.job.jobId, whole])) };
}

/** What a part or tool is called. */
type Called = (code: string) => string;

function Sheet({ round, stops, told, on, now, called }: { round: Round; stops: Stop[]; told: Map<string, Whole>; on: string; now: string; called: Called }) {
  const w = words.value;
  const s = shapes.value;
  const title = `${round.displayName}, ${s.day(on)}`;
  useEffect(() => {
    // what the browser calls the file, and writes into the margin
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
  const facts = [
    w.stops(stops.length),
    ...(round.leaveAt == null ? [] : [w.leave(s.time(round.leaveAt))]),
    ...(round.backAt == null ? [] : [w.home(s.time(round.backAt))]),
    ...(round.breakStartAt == null || round.breakEndAt == null ? [] : [w.rest(s.span(round.breakStartAt, round.breakEndAt))]),
    w.way(s.duration(round.travelSeconds), s.distance(round.distanceM)),
  ];
  return (
    <article class={stops.length >= MANY ? "paper many" : "paper"}>
      <header>
        <h2>{round.displayName}</h2>
        <p>
          <b>{s.day(on)}</b> · {area.value?.name}
        </p>
        <p>{facts.join(" · ")}</p>
        <p>
          <b>{w.bring}:</b> {toBring(stops, called)}
        </p>
      </header>
      <ol>
        {stops.map((stop, index) => (
          <Line key={`${stop.visitId}${stop.joined}`} stop={stop} whole={told.get(stop.jobId)} number={index + 1} called={called} />
        ))}
      </ol>
      <footer>{w.printed(s.moment(now))}</footer>
    </article>
  );
}

/** Of all visits together: parts by how many, tools once. */
function toBring(stops: Stop[], called: Called): string {
  const parts = new Map<string, number>();
  for (const [code, count] of stops.flatMap((stop) => Object.entries(stop.parts))) parts.set(code, (parts.get(code) ?? 0) + count);
  const tools = new Set(stops.flatMap((stop) => stop.tools));
  const said = [...[...parts].map(([code, count]) => `${called(code)} × ${shapes.value.number(count)}`).sort(), ...[...tools].map(called).sort()];
  return said.length === 0 ? "–" : said.join(", ");
}

function Line({ stop, whole, number, called }: { stop: Stop; whole: Whole | undefined; number: number; called: Called }) {
  const w = words.value;
  const s = shapes.value;
  const others = stop.togetherWith.length > 0 ? [w.together(stop.togetherWith.join(", "))] : [];
  const contact = whole?.contact;
  const there = contact == null ? [] : [`${contact.phone} ${contact.name}`];
  const holder = contact?.name === stop.subscriber ? [] : [stop.subscriber];
  // the number first: a line that is too long ends with what is needed least
  const of = [...there, ...holder, ...(stop.affected > 1 ? [w.affected(stop.affected)] : []), ...(stop.joined ? [w.helping] : []), ...others];
  const seen = whole?.escalations.map(({ diagnosis }) => diagnosis.summary).filter(Boolean) ?? [];
  const parts = Object.entries(stop.parts).map(([code, count]) => `${called(code)} × ${s.number(count)}`);
  return (
    <li>
      <span class="number">{number}</span>
      <div class="when">
        <b>{s.span(stop.plannedStartAt, stop.plannedEndAt)}</b>
        {stop.window != null && <span>{w.promised(s.span(stop.window.earliest, stop.window.latest))}</span>}
        <span>{stop.jobNumber}</span>
      </div>
      <div class="where">
        <b>{stop.address}</b>
        {stop.accessNote !== "" && (
          <span class="note">
            {w.access}: {stop.accessNote}
          </span>
        )}
      </div>
      <div class="what">
        <b>{stop.title}</b>
        <span>{of.filter(Boolean).join(" · ")}</span>
        {seen.length > 0 && <span class="seen">{seen.join(" · ")}</span>}
        {parts.length + stop.tools.length > 0 && <span>{[...parts, ...stop.tools.map(called)].join(", ")}</span>}
      </div>
      <span class="box" aria-hidden="true" />
    </li>
  );
}
