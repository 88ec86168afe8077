// Planning: run it and watch the cost fall, look at the difference, take all, some or none of it; versions, and taking one back.
import { Square, Undo2 } from "lucide-preact";
import { effect, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Empty, Field } from "../../shared/parts.tsx";
import { post, Problem, read } from "../../shared/server.ts";
import { area, attempt, inArea, shapes, told, words } from "../app.ts";
import type { Run } from "../day/model.ts";
import { board, isUnderWay, load, on, runs, select } from "../day/state.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked, Tabs } from "../../office/parts.tsx";
import { difference, getsTight, left, look, type Change, type Kind } from "./difference.ts";
import { CostTable } from "./costs.tsx";
import { undoVersion } from "./undo.ts";

type Plans = Schemas["Plans"];

const shown = signal(false);
const view = signal<"run" | "versions">("run");
/** The cost of the run under way, as it fell. */
const fell = signal<{ planRunId: string; points: [number, number][] } | null>(null);

export function open(): void {
  shown.value = true;
  view.value = "run";
}

/** Whether there was anything to close. */
export function close(): boolean {
  const was = shown.value;
  shown.value = false;
  difference.value = null;
  return was;
}

/** Runs that were begun here and whose end nobody was told yet. */
const begun = new Set<string>();
effect(() => {
  const now = runs.value;
  for (const planRunId of [...begun].filter((id) => !isUnderWay(now.get(id)))) {
    begun.delete(planRunId);
    void attempt(() => tell(planRunId));
  }
});

/** Its end: the difference where somebody waits for it, else one click from it. */
async function tell(planRunId: string): Promise<void> {
  const w = words.value.plan;
  const run = await read<Run>(inArea(`/v1/plan-runs/${planRunId}`));
  if (isUnderWay(run)) begun.add(planRunId);
  else if (run.planId == null) told.value = { text: run.state === "failed" ? w.failed : w.nothingFound, tone: run.state === "failed" ? "bad" : "news" };
  else if (shown.value && difference.value === null) await look(run.planId);
  else {
    const { planId } = run;
    told.value = { text: w.ready, tone: "news", next: { label: w.look, act: () => ((shown.value = true), attempt(() => look(planId))) } };
  }
}

export function PlanPanel() {
  // who comes next to this screen begins with nothing open
  useEffect(() => () => void close(), []);
  if (!shown.value) return null;
  const w = words.value.plan;
  return (
    <aside class="drawer" aria-label={w.title}>
      <div class="dialog-head">
        <h2>{w.title}</h2>
        <button type="button" class="button plain small" onClick={() => void close()}>
          {words.value.close}
        </button>
      </div>
      {difference.value !== null ? (
        <Difference />
      ) : (
        <>
          <Tabs label={w.title} among={["run", "versions"] as const} chosen={view.value} choose={(one) => (view.value = one)} say={(one) => w.tabs[one]} />
          {view.value === "run" ? <Runs /> : <Versions />}
        </>
      )}
    </aside>
  );
}

function Runs() {
  const w = words.value.plan;
  const [seconds, setSeconds] = useState(30);
  const [budget, setBudget] = useState("");
  const under = [...runs.value.values()].filter(isUnderWay);
  const drafts = board.value?.drafts.filter((one) => one.changes > 0) ?? [];
  const begin = () =>
    attempt(async () => {
      const run = await post<Run>("/v1/plan-runs", { areaId: area.value?.areaId, firstOn: on.value, lastOn: on.value, seconds, ...(budget === "" ? {} : { changeBudget: Number(budget) }) });
      runs.value = new Map(runs.value).set(run.planRunId, run);
      begun.add(run.planRunId);
      await load();
    });
  return (
    <div class="panel">
      {under.length === 0 ? (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void begin();
          }}
        >
          <p>{w.intro}</p>
          <Field label={w.seconds}>
            <input type="number" min={1} max={600} required value={seconds} onInput={(event) => setSeconds(Number(event.currentTarget.value))} />
          </Field>
          <Field label={w.budget} hint={w.budgetHint}>
            <input type="number" min={0} max={1000} value={budget} onInput={(event) => setBudget(event.currentTarget.value)} />
          </Field>
          <button type="submit" class="button primary">
            {w.begin}
          </button>
        </form>
      ) : (
        under.map((run) => <Progress key={run.planRunId} run={run} />)
      )}
      {drafts.length > 0 && <h3>{w.drafts}</h3>}
      <ul class="lines">
        {drafts.map((draft) => (
          <li key={draft.planId}>
            <button type="button" class="button wide-button" onClick={() => void attempt(() => look(draft.planId))}>
              {w.lookAt(draft.planVersion, shapes.value.time(draft.createdAt), draft.changes)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Progress({ run }: { run: Run }) {
  const w = words.value.plan;
  const say = shapes.value;
  const progress = run.progress;
  useEffect(() => {
    if (progress === null) return;
    const before = fell.value?.planRunId === run.planRunId ? fell.value.points : [];
    if (before.at(-1)?.[0] !== progress.seconds) fell.value = { planRunId: run.planRunId, points: [...before, [progress.seconds, progress.cost]] };
  }, [progress?.seconds]);
  // asked as well, should the stream be cut
  useEffect(() => {
    const timer = setInterval(() => void load(), 3_000);
    return () => {
      clearInterval(timer);
      void load();
    };
  }, []);
  return (
    <div class="progress" role="status">
      {progress === null ? (
        <p>{w.waits}</p>
      ) : (
        <>
          <progress max={progress.budgetSeconds} value={progress.seconds} aria-label={w.title} />
          <p>{w.progress(say.number(Math.round(progress.seconds)), say.number(Math.round(progress.budgetSeconds)), say.duration(progress.cost), progress.unassigned)}</p>
          <Fall />
        </>
      )}
      <button type="button" class="button" onClick={() => void attempt(() => post(inArea(`/v1/plan-runs/${run.planRunId}/stop`)), w.stopping)}>
        <Square size={16} aria-hidden="true" />
        {w.enough}
      </button>
    </div>
  );
}

function Fall() {
  const points = fell.value?.points ?? [];
  if (points.length < 2) return null;
  const until = points.at(-1)?.[0] ?? 1;
  const high = Math.max(...points.map(([, cost]) => cost));
  const low = Math.min(...points.map(([, cost]) => cost));
  const drawn = points.map(([at, cost]) => `${(at / until) * 300},${4 + ((high - cost) / Math.max(1, high - low)) * 52}`).join(" ");
  return (
    <svg class="fall" viewBox="0 0 300 60" role="img" aria-label={words.value.plan.falling}>
      <polyline points={drawn} />
    </svg>
  );
}

const KINDS: readonly Kind[] = ["moved", "new", "dropped"];

function Difference() {
  const w = words.value.plan;
  const found = difference.value;
  if (found === null) return null;
  const { planId, changes } = found;
  const all = KINDS.flatMap((kind) => changes[kind]);
  const taken = all.filter((one) => !left.value.has(one.jobId));
  const draft = board.value?.drafts.find((one) => one.planId === planId);
  const tight = all.filter(getsTight).length;
  const touched = new Set(changes.promisesTouched.map((one) => one.jobId));
  const heat = (change: Change) => Number(touched.has(change.jobId)) + Number(getsTight(change));
  const publish = async (more: readonly string[] = []) => {
    const only = taken.length === all.length ? null : [...taken.map((one) => one.jobId), ...more];
    try {
      await post(inArea(`/v1/plans/${planId}/publish`), only === null ? {} : { only });
    } catch (error) {
      if (error instanceof Problem && Array.isArray(error.body["needs"])) {
        const needs = error.body["needs"] as string[];
        left.value = new Set([...left.value].filter((jobId) => !needs.includes(jobId)));
        told.value = { text: w.needs(needs.length), tone: "news" };
        return;
      }
      throw error;
    }
    difference.value = null;
    await load();
  };
  const undo = () => attempt(() => undoVersion(planId, w.undone)).then(() => load());
  return (
    <div class="panel">
      <button type="button" class="button plain small start" onClick={() => (difference.value = null)}>
        ← {w.back}
      </button>
      {draft !== undefined && draft.firstOn !== draft.lastOn && <p class="aside">{w.covers(shapes.value.days(draft.firstOn, draft.lastOn))}</p>}
      <CostTable before={changes.before} after={changes.after} />
      {all.length === 0 && <Empty title={w.same} hint={w.sameHint} />}
      {(changes.promisesTouched.length > 0 || tight > 0) && (
        <p class="notice warn">
          {changes.promisesTouched.length > 0 && w.touched(changes.promisesTouched.length)} {tight > 0 && w.tightened(tight)}
        </p>
      )}
      {KINDS.filter((kind) => changes[kind].length > 0).map((kind) => (
        <section key={kind}>
          <h3>
            {w.kinds[kind]} <span class="count">{changes[kind].length}</span>
          </h3>
          <ul class="changes">
            {[...changes[kind]].sort((a, b) => heat(b) - heat(a)).map((change) => (
              <li key={change.jobId}>
                <OneChange change={change} touched={touched.has(change.jobId)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      <div class="drawer-foot">
        <button type="button" class="button" onClick={() => void attempt(() => post(inArea(`/v1/plans/${planId}/discard`)), w.discarded).then(() => ((difference.value = null), load()))}>
          {w.discard}
        </button>
        <button type="button" class="button primary" disabled={taken.length === 0} onClick={() => void attempt(() => publish(), undefined).then((done) => done && difference.value === null && (told.value = { text: taken.length === all.length ? w.published : w.publishedSome, tone: "good", undo: async () => void (await undo()) }))}>
          {taken.length === all.length ? w.publish : w.publishSome(taken.length, all.length)}
        </button>
      </div>
    </div>
  );
}

function OneChange({ change, touched }: { change: Change; touched: boolean }) {
  const say = shapes.value;
  const spell = (held: Change["before"]) => (held === null ? "–" : `${held.displayName} ${say.time(held.startAt)}`);
  const flip = () => {
    const next = new Set(left.value);
    if (!next.delete(change.jobId)) next.add(change.jobId);
    left.value = next;
  };
  return (
    <div class={`change ${touched ? "touched" : ""}`}>
      <input type="checkbox" aria-label={words.value.plan.take(change.jobNumber)} checked={!left.value.has(change.jobId)} onChange={flip} />
      <button type="button" onClick={() => select(change.jobId)}>
        <b>
          {change.title} <span class="aside">{change.jobNumber}</span>
        </b>
        <span class="aside">{change.address}</span>
        <span>
          {spell(change.before)} → {spell(change.after)}
        </span>
        {touched && (
          <span class="warn">
            {words.value.plan.promise} {change.window !== null && say.span(change.window.earliest, change.window.latest)}
            {getsTight(change) && ` · ${words.value.plan.gotTight}`}
          </span>
        )}
        {change.why !== null && <span class="aside">{change.why}</span>}
      </button>
    </div>
  );
}

function Versions() {
  const w = words.value.plan;
  return (
    <div class="panel">
      <p class="aside">{w.undoHint}</p>
      <Asked of={`${board.value?.plan?.planId}`} ask={() => read<Plans>(inArea("/v1/plans", { limit: 30 }))}>
        {({ items }, again) =>
          items.length === 0 ? (
            <Empty title={w.none} hint={w.noneHint} />
          ) : (
            <ol class="versions">
              {items.map((plan) => (
                <li key={plan.planId}>
                  <span>
                    <b>{w.number(plan.planVersion)}</b> {w.origin[plan.origin] ?? plan.origin}
                    <br />
                    <span class="aside">
                      {w.states[plan.discardedAt !== null ? "discarded" : plan.undoneByPlanId !== null ? "undone" : plan.state]}
                      {` · ${plan.publishedBy ?? plan.madeBy ?? w.byItself}`}
                      {plan.publishedAt !== null && ` · ${shapes.value.moment(plan.publishedAt)}`}
                    </span>
                  </span>
                  {plan.undoable && (
                    <button type="button" class="button small" onClick={() => void attempt(() => undoVersion(plan.planId, w.undone)).then(() => (again(), load()))}>
                      <Undo2 size={16} aria-hidden="true" />
                      {words.value.undo}
                    </button>
                  )}
                  {plan.state === "draft" && (
                    <button type="button" class="button small" onClick={() => void attempt(() => look(plan.planId))}>
                      {w.look}
                    </button>
                  )}
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
    </div>
  );
}
