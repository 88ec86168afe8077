// Which day, which version of it, how fresh, what burns; and the two things begun from here.
import { ChevronLeft, ChevronRight, Inbox, Keyboard, ListFilter, Plus, Route, Search, TriangleAlert, Undo2, Wifi, WifiOff } from "lucide-preact";
import { useRef } from "preact/hooks";
import { go } from "../../shared/route.ts";
import { clock, lastUndo, shapes, today, undoLast, words } from "../app.ts";
import { open as openPlan } from "../plan/plan.tsx";
import { board, coded, districts, FILTERS, filter, isAtRisk, isUnderWay, isUnplaced, on, placed, runs, skills, staleSince, waiting, type Filter } from "./state.ts";
import { help } from "./keys.ts";
import { mayChange } from "./hand.ts";
import { raising } from "./raise.tsx";

/** Calendar days, as the server writes them. */
export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export function Head() {
  const w = words.value.day;
  const say = shapes.value;
  const day = on.value;
  const date = useRef<HTMLInputElement>(null);
  const plan = board.value?.plan;
  const atRisk = [...placed.value.values()].filter(({ stop }) => isAtRisk(stop)).length + [...waiting.value.values()].filter(isUnplaced).length;
  const running = [...runs.value.values()].some(isUnderWay);
  const waits = board.value?.waiting.length ?? 0;
  const drafts = board.value?.drafts.filter((one) => one.changes > 0).length ?? 0;
  const toDay = (to: string) => to !== "" && go(to === today.value ? "/day" : `/day/${to}`);
  return (
    <header class="head">
      <div class="days">
        <button type="button" class="icon-button" aria-label={w.dayBefore} title={w.dayBefore} onClick={() => toDay(dayAfter(day, -1))}>
          <ChevronLeft size={20} aria-hidden="true" />
        </button>
        <h1>{day === today.value ? <Sized long={`${w.today}, ${say.day(day, "short")}`} short={say.day(day, "short")} /> : <Sized long={say.day(day)} short={say.day(day, "short")} />}</h1>
        <button type="button" class="icon-button" aria-label={w.dayAfter} title={w.dayAfter} onClick={() => toDay(dayAfter(day, 1))}>
          <ChevronRight size={20} aria-hidden="true" />
        </button>
        {day !== today.value && (
          <button type="button" class="button small today" onClick={() => toDay(today.value)}>
            {w.today}
          </button>
        )}
        <input ref={date} type="date" aria-label={w.pickDay} value={day} onChange={(event) => toDay(event.currentTarget.value)} />
      </div>
      {board.value?.holiday != null && <span class="holiday">{board.value.holiday}</span>}
      <span class="aside version">{board.value === null ? "" : plan == null ? w.noPlan : w.version(plan.planVersion, plan.publishedAt === null ? "" : say.dayOf(new Date(plan.publishedAt)) === day ? say.time(plan.publishedAt) : say.moment(plan.publishedAt))}</span>
      <Live />
      {/* of a day that is not there yet nobody knows how many */}
      {board.value !== null && (
        <>
          <button type="button" class={`tally ${atRisk > 0 ? "warn" : ""}`} title={w.filters.at_risk} aria-label={w.atRisk(atRisk)} aria-pressed={filter.value.show === "at_risk"} onClick={() => (filter.value = { ...filter.value, show: filter.value.show === "at_risk" ? "all" : "at_risk" })}>
            <TriangleAlert size={16} aria-hidden="true" />
            <Sized long={w.atRisk(atRisk)} short={String(atRisk)} />
          </button>
          <span class={`tally ${waits > 0 ? "warn" : ""}`} title={w.unassigned(waits)}>
            <Inbox size={16} aria-hidden="true" />
            <Sized long={w.unassigned(waits)} short={String(waits)} />
          </span>
        </>
      )}
      <span class="spring" />
      <label class="search">
        <Search size={16} aria-hidden="true" />
        <input id="search" type="search" placeholder={w.search} aria-label={w.search} value={filter.value.text} onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })} />
      </label>
      <Filters />
      <div class="begin">
        <button type="button" class="icon-button" aria-label={w.keys.title} title={w.keys.title} onClick={() => (help.value = true)}>
          <Keyboard size={18} aria-hidden="true" />
        </button>
        {mayChange() && (
          <>
            <button type="button" class="icon-button" aria-label={words.value.undo} title={`${words.value.undo} (u): ${lastUndo.value?.what ?? words.value.nothingToUndo}`} disabled={lastUndo.value === null} onClick={undoLast}>
              <Undo2 size={18} aria-hidden="true" />
            </button>
            <button type="button" class="button" aria-label={w.raise.open} onClick={() => (raising.value = true)}>
              <Plus size={16} aria-hidden="true" />
              <Sized long={w.raise.open} short="" />
            </button>
            <button type="button" class="button primary plan-button" onClick={() => openPlan()}>
              <Route size={16} aria-hidden="true" />
              {/* as wide as the longer of both: what stands beside it does not move */}
              <span class={running ? "hidden" : ""}>{drafts > 0 ? w.planDrafts(drafts) : w.plan}</span>
              <span class={running ? "" : "hidden"}>{w.planning}</span>
            </button>
          </>
        )}
      </div>
    </header>
  );
}

/** In words where there is room for them. */
function Sized({ long, short }: { long: string; short: string }) {
  return (
    <>
      <span class="long">{long}</span>
      {short !== "" && <span class="short">{short}</span>}
    </>
  );
}

/** Which technicians and visits are shown: behind one button, which says how many of these are chosen. */
function Filters() {
  const w = words.value.day;
  const { skill, district, show } = filter.value;
  const chosen = [skill !== "", district !== "", show !== "all"].filter(Boolean).length;
  const close = (details: HTMLDetailsElement) => {
    details.open = false;
    details.querySelector("summary")?.focus();
  };
  return (
    <details
      class="filters"
      onFocusOut={(event) => event.relatedTarget instanceof Node && !event.currentTarget.contains(event.relatedTarget) && (event.currentTarget.open = false)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.stopPropagation();
        close(event.currentTarget);
      }}
    >
      <summary class={`button ${chosen > 0 ? "on" : ""}`} aria-label={chosen === 0 ? w.filter : `${chosen} · ${w.filter}`}>
        <ListFilter size={16} aria-hidden="true" />
        {chosen > 0 && <span class="count">{chosen}</span>}
        <span class="long">{w.filter}</span>
      </summary>
      <div class="filter-sheet">
        <label class="field">
          <span>{w.show}</span>
          <select value={show} onChange={(event) => (filter.value = { ...filter.value, show: event.currentTarget.value as Filter })}>
            {FILTERS.map((one) => (
              <option key={one} value={one}>
                {w.filters[one]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{w.skill}</span>
          <select value={skill} onChange={(event) => (filter.value = { ...filter.value, skill: event.currentTarget.value })}>
            <option value="">{w.anySkill}</option>
            {skills.value.map((one) => (
              <option key={one} value={one}>
                {coded(one)}
              </option>
            ))}
          </select>
        </label>
        {districts.value.length > 1 && (
          <label class="field">
            <span>{w.district}</span>
            <select value={district} onChange={(event) => (filter.value = { ...filter.value, district: event.currentTarget.value })}>
              <option value="">{w.anyDistrict}</option>
              {districts.value.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
        <button type="button" class="button small" disabled={chosen === 0} onClick={() => (filter.value = { ...filter.value, skill: "", district: "", show: "all" })}>
          {w.showAll}
        </button>
      </div>
    </details>
  );
}

function Live() {
  const w = words.value.day;
  const since = staleSince.value;
  return (
    <>
      <span class={`live ${since === null ? "" : "stale"}`} role="status" title={since === null ? undefined : w.stale(shapes.value.time(since))}>
        {since === null ? <Wifi size={16} aria-hidden="true" /> : <WifiOff size={16} aria-hidden="true" />}
        <span class="word">{since === null ? w.live : w.stale(shapes.value.time(since))}</span>
        {since !== null && <span class="short">{shapes.value.time(since)}</span>}
      </span>
      {/* not in the status: nobody wants to be told each minute */}
      {since === null && <time class="tally">{shapes.value.time(clock.value)}</time>}
    </>
  );
}
