// A visit: its sections in the order of work, each with what is done and what is needed, and one next step at the bottom.
import { Navigation, Phone } from "lucide-preact";
import { meta, record, shapes, words } from "../app.ts";
import { go } from "../../shared/route.ts";
import { codeName, Empty, Heading, Mark, partName, Save, Section, State } from "../ui.tsx";
import { isOver, type Stop } from "./attendance.ts";
import { Checklist } from "./checklist.tsx";
import { isPaid } from "./gate.ts";
import { nextStep, type Next } from "./next.ts";
import { Pictures } from "./photo.tsx";

export function Visit({ stop }: { stop: Stop }) {
  const { job, visit, done } = stop;
  const w = words.value;
  const over = isOver(done.state);
  const to = (sheet: string) => `#/visit/${visit.visitId}/${sheet}`;
  const checked = job.kind.checklist.filter((item) => done.checked[item.code] === true);
  const shot = job.kind.photos.filter((purpose) => done.photos.some((photo) => photo.purpose === purpose));
  const test = job.kind.lineTest;
  const after = done.measured.filter((one) => one.moment === "after").at(-1);
  return (
    <>
      <Heading title={job.place.address} back="/" aside={<State of={done.state} />} />
      <div class="content">
        {visit.joined && <p class="notice">{w.visit.joined(visit.togetherWith[0] ?? "")}</p>}
        <Where stop={stop} />
        <LineTwo stop={stop} />
        <Section id="checklist" title={w.sections.checklist} {...tally(checked.length, job.kind.checklist.filter((item) => item.required).length)} open={done.state === "working"}>
          <Checklist stop={stop} />
        </Section>
        <Section id="found" title={w.sections.found} {...tally(done.found === null ? 0 : 1, 1)}>
          {done.found !== null && (
            <p>
              {w.location[done.found.location]} · {w.cause[done.found.cause]}
              {done.found.note !== "" && <span class="aside"> {done.found.note}</span>}
            </p>
          )}
          {!over && <a class="button" href={to("find")}>{w.found.title}</a>}
        </Section>
        <Section id="measured" title={w.sections.measured} {...(test === null ? {} : tally(after === undefined ? 0 : 1, 1))}>
          {test === null ? <p class="aside">{w.measured.noTest}</p> : <p class="aside">{limits(stop)}</p>}
          <ul class="lines">
            {done.measured.map((one, index) => (
              <li key={index}>
                {one.moment === "after" ? w.measured.after : w.measured.before} · {codeName(one.quantity)}
                <span class="end">
                  {shapes.value.number(one.value)} {one.unit}
                </span>
              </li>
            ))}
          </ul>
          {!over && <a class="button" href={to("measure")}>{w.measured.title}</a>}
        </Section>
        <Section id="photos" title={w.sections.photos} {...tally(shot.length, job.kind.photos.length)}>
          <Pictures stop={stop} />
        </Section>
        <Section id="parts" title={w.sections.parts} aside={done.used.length > 0 ? String(done.used.length) : undefined}>
          <ul class="lines">
            {done.used.map((one, index) => (
              <li key={index}>
                {partName(one.code)} × {one.quantity}
                <span class="end aside">{one.serial}</span>
              </li>
            ))}
          </ul>
          {!over && <a class="button" href={to("part")}>{w.parts.add}</a>}
        </Section>
        <Section id="price" title={w.sections.price} {...(isPaid(job, done.found) ? tally(done.agreed === null ? 0 : 1, 1) : {})}>
          <Price stop={stop} locked={over} />
        </Section>
        {done.found !== null && !over && !visit.joined && (
          <Section id="close" title={w.sections.close}>
            <a class="button" href={to("close")}>{w.close.title}</a>
          </Section>
        )}
        {done.events.length > 0 && (
          <Section id="records" title={w.sections.records} aside={String(done.events.length)}>
            <ul class="lines">
              {done.events.map((event) => (
                <li key={event.seq}>
                  <span>
                    {w.kinds[event.kind] ?? event.kind}
                    <br />
                    <Mark status={event.status} reason={event.reason} />
                  </span>
                  <span class="end aside">{shapes.value.time(event.recordedAt)}</span>
                </li>
              ))}
            </ul>
          </Section>
        )}
        {!over && <More stop={stop} />}
      </div>
    </>
  );
}

function tally(done: number, needed: number): { aside?: string; tone?: "needed" | "complete" } {
  if (needed === 0) return {};
  return done >= needed ? { aside: `${done}/${needed}`, tone: "complete" } : { aside: `${done}/${needed} · ${words.value.visit.needed}`, tone: "needed" };
}

export function limits({ job }: Stop): string {
  const test = job.kind.lineTest;
  if (test === null) return "";
  return words.value.measured.limits(shapes.value.number(test.minimum), shapes.value.number(test.maximum), test.unit);
}

/** The phone's own map app: `geo:` where there is one, else the web's common form. */
function mapLink(latitude: number, longitude: number, address: string): string {
  const label = encodeURIComponent(address);
  if (/iPhone|iPad|Mac OS/.test(navigator.userAgent)) return `maps://?daddr=${latitude},${longitude}&q=${label}`;
  return `geo:${latitude},${longitude}?q=${latitude},${longitude}(${label})`;
}

/** Where the technician still looks for the door. */
const BEFORE_WORK: ReadonlySet<string> = new Set(["published", "on_my_way", "arrived"]);

function Where({ stop: { job, visit, done } }: { stop: Stop }) {
  const w = words.value.visit;
  const say = shapes.value;
  const terms = job.termsAnswer === "accepted" ? w.termsAccepted : job.termsAnswer === "declined" ? w.termsDeclined : w.termsNone;
  return (
    <Section id="where" title={words.value.sections.where} aside={job.window === null ? say.time(visit.plannedStartAt) : say.span(job.window.earliest, job.window.latest)} open={BEFORE_WORK.has(done.state)}>
      <p>
        <b>{job.kind.title}</b>
        <br />
        <span class="aside">
          {job.number} · {words.value.round.priority(job.priority)}
          {job.affected > 1 && ` · ${w.affected(job.affected)}`}
        </span>
      </p>
      <dl class="pairs">
        <div>
          <dt>{w.holder}</dt>
          <dd>{job.holderName}</dd>
        </div>
        {job.contact !== null && (
          <div>
            <dt>{w.contact}</dt>
            <dd>{job.contact.name}</dd>
          </div>
        )}
        <div>
          <dt>{w.access}</dt>
          <dd>{job.place.accessNote || w.noAccessNote}</dd>
        </div>
        {visit.meetAt !== null && (
          <div>
            <dt>{words.value.round.together(visit.togetherWith.join(", "))}</dt>
            <dd>{words.value.round.meet(say.time(visit.meetAt))}</dd>
          </div>
        )}
      </dl>
      <div class="actions">
        <a class="button" href={mapLink(job.place.latitude, job.place.longitude, job.place.address)}>
          <Navigation size={20} aria-hidden="true" />
          {w.navigate}
        </a>
        {job.contact !== null && job.contact.phone !== "" && (
          <a class="button" href={`tel:${job.contact.phone}`}>
            <Phone size={20} aria-hidden="true" />
            {w.call}
          </a>
        )}
      </div>
      {job.kind.chargeable && <p class="aside">{terms}</p>}
    </Section>
  );
}

function LineTwo({ stop: { job } }: { stop: Stop }) {
  const w = words.value;
  return (
    <Section id="line2" title={w.sections.line2}>
      {job.diagnosis.map((one, index) => (
        <p key={index}>{one}</p>
      ))}
      <ul class="lines">
        {job.readings.map((one, index) => (
          <li key={index}>
            {codeName(one.quantity)}
            <span class="end">
              {shapes.value.number(one.value)} {one.unit}
            </span>
          </li>
        ))}
      </ul>
      <h3 class="aside">{w.visit.history}</h3>
      {job.history.length === 0 ? (
        <p class="aside">{w.visit.noHistory}</p>
      ) : (
        <ul class="lines">
          {job.history.map((one) => (
            <li key={one.closedAt}>
              {w.action[one.action]}
              <span class="end aside">{shapes.value.moment(one.closedAt)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Price({ stop, locked }: { stop: Stop; locked: boolean }) {
  const { job, visit, done } = stop;
  const w = words.value.price;
  const mismatched = done.agreed === null && done.events.some((event) => event.reason === "code-mismatch");
  if (done.quoted === null && !isPaid(job, done.found)) return <p class="aside">{done.found === null && job.kind.chargeable ? w.freeYet : w.free}</p>;
  return (
    <>
      {done.quoted !== null && (
        <p>
          {w.total}: <b>{shapes.value.money(done.quoted.amountMinor, done.quoted.currency)}</b>
          {done.agreed !== null && ` · ${words.value.consent[done.agreed.answer]} (${done.agreed.person})`}
        </p>
      )}
      {mismatched && <p class="notice warn">{w.codeMismatch}</p>}
      {!locked && done.agreed === null && <a class="button" href={`#/visit/${visit.visitId}/price`}>{words.value.next.quote}</a>}
    </>
  );
}

function More({ stop: { job, visit, done } }: { stop: Stop }) {
  const w = words.value.more;
  const to = (sheet: string) => `#/visit/${visit.visitId}/${sheet}`;
  const begun = done.state !== "published";
  const dispatcher = meta.value?.about?.dispatcherPhone ?? "";
  return (
    <div class="actions">
      {done.state === "working" && !done.events.some((event) => event.kind === "restored") && (
        <Save look="" label={w.restored} act={() => record({ jobId: job.jobId, kind: "restored", body: { visitId: visit.visitId } })} />
      )}
      {begun && <a class="button" href={to("no-access")}>{w.noAccess}</a>}
      {(done.state === "working" || done.state === "arrived") && <a class="button" href={to("pause")}>{w.pause}</a>}
      {begun && <a class="button" href={to("missing")}>{w.missing}</a>}
      <a class="button" href={to("help")}>{done.helpAsked ? words.value.help.asked : w.help}</a>
      <a class="button" href={to("note")}>{w.note}</a>
      {dispatcher !== "" && <a class="button" href={`tel:${dispatcher}`}>{w.dispatcher}</a>}
    </div>
  );
}

const SHEET: Partial<Record<Next, string>> = { find: "find", quote: "price", consent: "consent", close: "close" };
const EVENT: Partial<Record<Next, string>> = { leave: "on-my-way", arrive: "arrived", work: "working", resume: "working" };

const DOUBLE_TAP_MS = 500;

/** The one next step. Those that only say where the technician is are recorded at once. */
export function Step({ stop }: { stop: Stop }) {
  const next = nextStep(stop);
  if (next === null || stop.visit.joined) return null;
  const { job, visit } = stop;
  const take = async () => {
    const sheet = SHEET[next];
    if (sheet !== undefined) return go(`/visit/${visit.visitId}/${sheet}`);
    await record({ jobId: job.jobId, kind: EVENT[next] ?? "note", body: { visitId: visit.visitId } });
  };
  return (
    <div class="step">
      <Save label={words.value.next[next]} act={take} deafMs={DOUBLE_TAP_MS} />
    </div>
  );
}

export function Gone() {
  return (
    <>
      <Heading title={words.value.round.title} back="/" />
      <div class="content">
        <Empty title={words.value.visit.gone} />
      </div>
    </>
  );
}
