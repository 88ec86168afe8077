// Outages: what signs propose is accepted or refused, what is in force has its expected end and its announcement.
import { Check, Megaphone, TriangleAlert, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Empty, Field } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { post, put, read } from "../../shared/server.ts";
import { LANGUAGES, type Language } from "../../shared/words.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { areas, attempt, clock, language, shapes, words } from "../app.ts";
import { Problems } from "./problems.tsx";

type Outage = Schemas["OutageOut"];
const EVERY_MS = 5_000;
const HOURS = [1, 2, 4, 8] as const;

const readAll = async (): Promise<Outage[]> => (await read<Schemas["Outages"]>("/v1/outages")).items;

export function Outages() {
  return (
    <div class="page outages">
      <h1>{words.value.outages.title}</h1>
      <Asked of="outages" ask={readAll}>
        {(first) => <Lists first={first} />}
      </Asked>
      <Problems />
    </div>
  );
}

function Lists({ first }: { first: Outage[] }) {
  const w = words.value.outages;
  const [all, setAll] = useState(first);
  const [since, setSince] = useState<string | null>(null);
  const again = () =>
    readAll().then(
      (items) => {
        setAll(items);
        setSince(null);
      },
      () => setSince((before) => before ?? clock.value.toISOString()),
    );
  useEffect(() => {
    const timer = setInterval(() => void again(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const of = (state: Outage["state"]) => all.filter((one) => one.state === state);
  return (
    <>
      {since !== null && (
        <p class="notice bad" role="alert">
          {words.value.queue.stale(shapes.value.time(since))}
        </p>
      )}
      {all.length === 0 && <Empty title={w.none} hint={w.noneHint} />}
      {(["proposed", "accepted", "restored"] as const).map((state) =>
        of(state).length === 0 ? null : (
          <section key={state} class="stack" aria-label={w.states[state]}>
            <h2>{w.states[state]}</h2>
            {of(state).map((one) => (
              <One key={`${one.outageId} ${one.version}`} of={one} again={again} />
            ))}
          </section>
        ),
      )}
    </>
  );
}

function One({ of, again }: { of: Outage; again: () => Promise<void> }) {
  const w = words.value.outages;
  const [busy, setBusy] = useState(false);
  const [mender, setMender] = useState("");
  const seen = { "If-Match": `"${of.version}"` };
  const act = async (ask: () => Promise<unknown>, said: string) => {
    setBusy(true);
    await attempt(ask, said);
    // whatever it said: another may have decided meanwhile
    await again();
    setBusy(false);
  };
  const path = `/v1/outages/${of.outageId}`;
  return (
    <article class={`outage ${of.state}`}>
      <header>
        <TriangleAlert size={20} aria-hidden="true" />
        <h3>
          {of.elementName} <span class="aside">{w.elements[of.elementKind] ?? of.elementKind}</span>
        </h3>
        <b>{w.affected(of.affected)}</b>
        <span class="aside">
          {w.since(shapes.value.moment(of.since))}
          {areas.value.length > 1 && ` · ${areas.value.find((one) => one.areaId === of.areaId)?.name ?? ""}`}
        </span>
      </header>
      {of.streets.length > 0 && <p>{of.streets.slice(0, 6).join(", ")}</p>}
      {of.state === "proposed" && <Evidence of={of} />}
      {of.state !== "proposed" && (
        <p class="aside">
          {w.linked(of.linked)} · {w.held(of.held)}
          {of.restoredAt !== null ? ` · ${w.restoredAt(shapes.value.moment(of.restoredAt))}` : ` · ${of.expectedAt === null ? w.noEnd : w.expected(shapes.value.moment(of.expectedAt))}`}
        </p>
      )}
      {of.jobs.length > 0 && <Jobs of={of} />}
      {of.state === "proposed" && (
        <Expecting
          label={w.accept}
          busy={busy}
          before={<Mender of={of} chosen={mender} choose={setMender} />}
          act={(expectedAt) => void act(() => post(`${path}/acceptance`, { expectedAt, jobId: mender === "" ? null : mender }, seen), w.accepted)}
          beside={
            <button type="button" class="button" disabled={busy} onClick={() => void act(() => post(`${path}/refusal`, {}, seen), w.refused)}>
              <X size={16} aria-hidden="true" />
              {w.refuse}
            </button>
          }
        />
      )}
      {of.state === "accepted" && (
        <>
          <Announcement of={of} />
          <Expecting
            label={w.expectAnew}
            busy={busy}
            act={(expectedAt) => void act(() => put(`${path}/expected-end`, { expectedAt }, seen), w.told)}
            beside={
              <button type="button" class="button primary" disabled={busy} onClick={() => void act(() => post(`${path}/restoration`, {}, seen), w.over)}>
                <Check size={16} aria-hidden="true" />
                {w.restore}
              </button>
            }
          />
        </>
      )}
    </article>
  );
}

/** Why it is proposed: who gave a sign, and what else it could be. */
function Evidence({ of }: { of: Outage }) {
  const w = words.value.outages;
  const { evidence } = of;
  return (
    <div class="evidence">
      <p>{w.evidence(evidence.tickets.length, evidence.alarms.length, shapes.value.percent(Math.min(evidence.sure, 0.99), 0))}</p>
      {evidence.instead.length > 0 && <p class="aside">{w.instead(evidence.instead.map((one) => `${one.name} (${shapes.value.percent(one.sure, 0)})`).join(", "))}</p>}
      {evidence.tickets.length > 0 && (
        <details>
          <summary>{w.signs}</summary>
          <ul class="lines">
            {evidence.tickets.map((one) => (
              <li key={one.ticketId}>
                <button type="button" class="button plain small" onClick={() => go(`/call/${one.ticketId}`)}>
                  {one.ticketNumber}
                </button>{" "}
                {shapes.value.moment(one.reportedAt)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

type Job = Outage["jobs"][number];
const UNDER_WAY: readonly (Job["visitState"] | null)[] = ["on_my_way", "arrived", "working"];

/** Whose visit it is, and when. */
function going(job: Job): string {
  const w = words.value.outages;
  if (job.technician === null || job.plannedAt === null) return w.noVisit;
  return `${UNDER_WAY.includes(job.visitState) ? w.underWay : shapes.value.moment(job.plannedAt)}, ${job.technician}`;
}

/** The jobs on the branch: which of them mends the element, which follow its end. */
function Jobs({ of }: { of: Outage }) {
  const w = words.value.outages;
  return (
    <details open={of.state === "accepted"}>
      <summary>{w.jobs(of.jobs.length)}</summary>
      <ul class="lines">
        {of.jobs.map((job) => (
          <li key={job.jobId}>
            {job.mends ? <b>{job.number}</b> : job.number} <span class="aside">{going(job)}</span>
            {of.state === "accepted" && <> · {job.mends ? w.mends : job.follows ? w.follows : w.goesOn}</>}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Of several visits on the element one is made: whose, a person may say. */
function Mender({ of, chosen, choose }: { of: Outage; chosen: string; choose: (jobId: string) => void }) {
  const w = words.value.outages;
  const able = of.jobs.filter((job) => job.mayMend);
  if (able.length === 0) return null;
  return (
    <Field label={w.mender}>
      <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{w.byRule}</option>
        {able.map((job) => (
          <option key={job.jobId} value={job.jobId}>
            {`${job.number} (${going(job)})`}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** With an end in so many hours, or none that is known. */
function Expecting({ label, busy, act, before, beside }: { label: string; busy: boolean; act: (expectedAt: string | null) => void; before?: ComponentChildren; beside: ComponentChildren }) {
  const w = words.value.outages;
  const [hours, setHours] = useState("");
  const end = hours === "" ? null : new Date(clock.value.getTime() + Number(hours) * 3_600_000).toISOString();
  return (
    <div class="deciding">
      {before}
      <Field label={w.end}>
        <select value={hours} onChange={(event) => setHours(event.currentTarget.value)}>
          <option value="">{w.unknownEnd}</option>
          {HOURS.map((one) => (
            <option key={one} value={one}>
              {w.inHours(shapes.value.duration(one * 3_600))}
            </option>
          ))}
        </select>
      </Field>
      <button type="button" class="button" disabled={busy} onClick={() => act(end)}>
        {label}
      </button>
      {beside}
    </div>
  );
}

/** What the machine that answers calls says. */
function Announcement({ of }: { of: Outage }) {
  const w = words.value.outages;
  const [spoken, setSpoken] = useState<Language>(language.value);
  const text = of.announcement[spoken] ?? "";
  return (
    <div class="announcement">
      <p class="aside">
        <Megaphone size={16} aria-hidden="true" /> {w.announcement}{" "}
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <button key={code} type="button" class="button plain small" lang={code} aria-pressed={code === spoken} onClick={() => setSpoken(code as Language)}>
            {name}
          </button>
        ))}
      </p>
      <p class="aloud" lang={spoken}>
        {text}
      </p>
    </div>
  );
}
