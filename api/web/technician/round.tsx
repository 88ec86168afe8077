// Today's round: the list in order, what is done folded, the next one large.
import { ChevronRight } from "lucide-preact";
import { useState } from "preact/hooks";
import { clock, days, meta, rows, shapes, shown, shownDay, stops, today, words } from "./app.ts";
import type { OwnRound } from "./model.ts";
import { read } from "../shared/server.ts";
import { Choices, Empty, Heading, State } from "./ui.tsx";
import { isOver, isSetAside, type Stop } from "./visit/attendance.ts";

export function Round() {
  const w = words.value.round;
  const all = stops.value;
  const over = all.filter((stop) => isOver(stop.done.state));
  const aside = all.filter((stop) => isSetAside(stop.done.state));
  const open = all.filter((stop) => !over.includes(stop) && !aside.includes(stop));
  const day = shown.value;
  return (
    <>
      <Heading title={shapes.value.day(day)} aside={all.length > 0 ? w.done(all.length - open.length, all.length) : undefined} />
      <div class="content">
        {days.value.length > 1 && (
          <Choices quiet label={w.title} name="day" among={days.value} say={(one) => (one === today.value ? w.today : shapes.value.day(one))} chosen={day} choose={(one) => (shownDay.value = one === today.value ? null : one)} />
        )}
        {all.length === 0 && (meta.value?.heardAt === null && rows.value.length === 0 ? <Waiting /> : <Empty title={w.none} hint={w.noneHint} />)}
        {over.length > 0 && (
          <details class="section">
            <summary>
              <ChevronRight class="turn" size={20} aria-hidden="true" />
              {w.folded(over.length)}
            </summary>
            <div class="inside">
              <List stops={over} all={all} />
            </div>
          </details>
        )}
        <List stops={open} all={all} next={open[0]} />
        {aside.length > 0 && <List stops={aside} all={all} />}
        {all.length > 0 && <Why day={day} />}
      </div>
    </>
  );
}

function Waiting() {
  return (
    <div class="stops" aria-busy="true">
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
    </div>
  );
}

function List({ stops: some, all, next }: { stops: Stop[]; all: Stop[]; next?: Stop | undefined }) {
  return (
    <ol class="stops">
      {some.map((stop) => (
        <li key={stop.visit.visitId}>
          <Card stop={stop} number={all.indexOf(stop) + 1} isNext={stop === next} />
        </li>
      ))}
    </ol>
  );
}

function Card({ stop, number, isNext }: { stop: Stop; number: number; isNext: boolean }) {
  const { job, visit, done } = stop;
  const w = words.value.round;
  const say = shapes.value;
  const over = isOver(done.state);
  const late = job.window !== null && !over && done.state === "published" ? clock.value.getTime() - Date.parse(job.window.latest) : 0;
  return (
    <a class={`card stop ${isNext ? "next" : ""} ${over ? "over" : ""}`} href={`#/visit/${visit.visitId}`}>
      <span class="number">{number}</span>
      <span class="when">
        {job.window === null ? say.time(visit.plannedStartAt) : say.span(job.window.earliest, job.window.latest)}
        <State of={done.state} />
      </span>
      <span class="where">{job.place.address}</span>
      <span>{job.kind.title}</span>
      <span class="aside">
        {late > 60_000 ? <span class="late">{w.late(say.duration(late / 1000))} · </span> : null}
        {over ? job.number : `${job.window === null ? "" : `${say.time(visit.plannedArrivalAt)} · `}${w.travel(say.duration(visit.travelSeconds), say.distance(visit.distanceM))}`}
        {visit.togetherWith.length > 0 && ` · ${w.together(visit.togetherWith.join(", "))}`}
      </span>
    </a>
  );
}

/** The server's own sentences, asked when somebody wants to know. */
function Why({ day }: { day: string }) {
  const [told, setTold] = useState<OwnRound | "asking" | "nothing" | null>(null);
  const w = words.value.round;
  const ask = async (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open || (told !== null && told !== "nothing")) return;
    setTold("asking");
    try {
      setTold(await read<OwnRound>(`/v1/rounds/${day}/reasons`));
    } catch {
      setTold("nothing");
    }
  };
  return (
    <details class="section" onToggle={ask}>
      <summary>
        <ChevronRight class="turn" size={20} aria-hidden="true" />
        {w.why}
      </summary>
      <div class="inside">
        {told === "asking" && <div class="skeleton" />}
        {told === "nothing" && <p class="aside">{words.value.link.offline}</p>}
        {told !== null && typeof told === "object" && (
          <>
            <p>{told.sentence}</p>
            <ol class="lines">
              {told.visits.map((one) => (
                <li key={one.visitId}>
                  <span>
                    <b>{one.jobNumber}</b> {one.sentence}
                  </span>
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
    </details>
  );
}
