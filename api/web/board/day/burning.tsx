// What burns and what waits, worst first; a waiting job is dragged from here onto the timeline.
import { CircleAlert, ClipboardCheck, Clock3, Grip, PhoneOff, Pin, Siren, TriangleAlert, type LucideIcon } from "lucide-preact";
import { Empty } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { shapes, words } from "../app.ts";
import type { Attention, WaitingJob } from "./model.ts";
import { mayChange } from "./hand.ts";
import { Calls } from "./calls.tsx";
import { Answers, troubleOf } from "./relief.tsx";
import { board, filter, says, select, selected } from "./state.ts";
import { grab } from "./timeline.tsx";

const ICONS: Record<string, LucideIcon> = { late: Clock3, silent: PhoneOff, review: ClipboardCheck, gap: PhoneOff, pin: Pin, urgent: Siren };

export function Burning() {
  const w = words.value.day;
  const day = board.value;
  if (day === null) return null;
  const { text, skill, district } = filter.value;
  const waiting = day.waiting.filter((job) => (skill === "" || job.skills.includes(skill)) && (district === "" || job.district === district) && (text === "" || says([job.jobNumber, job.title, job.address, job.subscriber], text)));
  return (
    <section class={`burning ${day.attention.length === 0 ? "calm" : ""}`} aria-label={w.burning}>
      <div>
        <h2>
          {w.attention} <span class="count">{day.attention.length}</span>
        </h2>
        {day.attention.length === 0 ? (
          <p class="nothing">{w.calm}</p>
        ) : (
          <ul>
            {day.attention.map((one) => (
              <li key={`${one.kind}${one.reviewId ?? one.visitId ?? one.technicianId ?? one.jobId}${one.since}`}>
                <Alarm one={one} />
                <Helped one={one} />
              </li>
            ))}
          </ul>
        )}
        <Calls />
      </div>
      <div>
        <h2>
          {w.waiting} <span class="count">{waiting.length}</span>
        </h2>
        {waiting.length === 0 ? (
          <Empty title={w.noneWaiting} hint={w.noneWaitingHint} />
        ) : (
          <ul>
            {waiting.map((job) => (
              <li key={job.jobId}>
                <Waiting job={job} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Alarm({ one }: { one: Attention }) {
  const Icon = ICONS[one.kind] ?? CircleAlert;
  const look = () => {
    if (one.reviewId != null) go(`/review/${one.reviewId}`);
    else if (one.kind === "gap") go("/review");
    else select(one.jobId, one.technicianId);
  };
  return (
    <button type="button" class={`alarm ${one.level}`} onClick={look}>
      <Icon size={16} aria-hidden="true" />
      <span>{one.sentence}</span>
      <span class="aside">{shapes.value.time(one.since)}</span>
    </button>
  );
}

/** Beside what is wrong with a technician stands what can be done about it. */
function Helped({ one }: { one: Attention }) {
  const trouble = troubleOf(one);
  return trouble === null || one.technicianId === null || !mayChange() ? null : <Answers technicianId={one.technicianId} trouble={trouble} />;
}

function Waiting({ job }: { job: WaitingJob }) {
  const w = words.value.day;
  const say = shapes.value;
  return (
    <button
      type="button"
      class={`waiting ${job.window == null ? "" : "promised"} ${job.suspendedReason == null ? "" : "suspended"}`}
      aria-pressed={selected.value.jobId === job.jobId}
      data-job={job.jobId}
      onPointerDown={(event) => grab(event, job.jobId, 8)}
      onClick={() => select(job.jobId)}
    >
      <span class="first">
        {job.priority === 1 ? <Siren size={16} aria-label={w.emergency.title} class="urgent" /> : <Grip size={16} aria-hidden="true" />}
        <b>{job.title}</b>
        <span class="aside">{job.jobNumber}</span>
      </span>
      <span>{job.address}</span>
      <span class="aside">
        {job.suspendedReason != null && <b>{words.value.review.jobStates["on_hold"]} · </b>}
        {job.window != null && (
          <span class="warn">
            <TriangleAlert size={12} aria-hidden="true" /> {w.promised(say.span(job.window.earliest, job.window.latest))} ·{" "}
          </span>
        )}
        {say.duration(job.durationSeconds)}
        {job.affected > 1 && ` · ${w.affected(job.affected)}`}
        {job.darkSince != null && ` · ${w.darkSince(say.moment(job.darkSince))}`}
      </span>
      {job.reason !== "" && <span class="reason">{job.reason}</span>}
    </button>
  );
}
