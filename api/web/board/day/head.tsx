// Which day, which version of it, how fresh, what burns; and the two things begun from here.
import { ChevronLeft, ChevronRight, Keyboard, Plus, Route, Search, Wifi, WifiOff } from "lucide-preact";
import { useRef } from "preact/hooks";
import { go } from "../../shared/route.ts";
import { clock, shapes, today, words } from "../app.ts";
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
  const drafts = board.value?.drafts.filter((one) => one.changes > 0).length ?? 0;
  const toDay = (to: string) => to !== "" && go(to === today.value ? "/day" : `/day/${to}`);
  return (
    <header class="head">
      <div class="days">
        <button type="button" class="icon-button" aria-label={w.dayBefore} title={w.dayBefore} onClick={() => toDay(dayAfter(day, -1))}>
          <ChevronLeft size={20} aria-hidden="true" />
        </button>
        <h1>{day === today.value ? `${w.today}, ${say.day(day, "short")}` : say.day(day)}</h1>
        <button type="button" class="icon-button" aria-label={w.dayAfter} title={w.dayAfter} onClick={() => toDay(dayAfter(day, 1))}>
          <ChevronRight size={20} aria-hidden="true" />
        </button>
        {day !== today.value && (
          <button type="button" class="button small" onClick={() => toDay(today.value)}>
            {w.today}
          </button>
        )}
        <input ref={date} type="date" aria-label={w.pickDay} value={day} onChange={(event) => toDay(event.currentTarget.value)} />
      </div>
      {board.value?.holiday != null && <span class="holiday">{board.value.holiday}</span>}
      <span class="aside version">{plan == null ? w.noPlan : w.version(plan.planVersion, plan.publishedAt === null ? "" : say.dayOf(new Date(plan.publishedAt)) === day ? say.time(plan.publishedAt) : say.moment(plan.publishedAt))}</span>
      <Live />
      <span class={`tally ${atRisk > 0 ? "warn" : ""}`}>{w.atRisk(atRisk)}</span>
      <span class={`tally ${(board.value?.waiting.length ?? 0) > 0 ? "warn" : ""}`}>{w.unassigned(board.value?.waiting.length ?? 0)}</span>
      <span class="spring" />
      <label class="search">
        <Search size={16} aria-hidden="true" />
        <input id="search" type="search" placeholder={w.search} aria-label={w.search} value={filter.value.text} onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })} />
      </label>
      <select aria-label={w.skill} value={filter.value.skill} onChange={(event) => (filter.value = { ...filter.value, skill: event.currentTarget.value })}>
        <option value="">{w.anySkill}</option>
        {skills.value.map((one) => (
          <option key={one} value={one}>
            {coded(one)}
          </option>
        ))}
      </select>
      {districts.value.length > 1 && (
        <select aria-label={w.district} value={filter.value.district} onChange={(event) => (filter.value = { ...filter.value, district: event.currentTarget.value })}>
          <option value="">{w.anyDistrict}</option>
          {districts.value.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <select aria-label={w.show} value={filter.value.show} onChange={(event) => (filter.value = { ...filter.value, show: event.currentTarget.value as Filter })}>
        {FILTERS.map((one) => (
          <option key={one} value={one}>
            {w.filters[one]}
          </option>
        ))}
      </select>
      <div class="begin">
        <button type="button" class="icon-button" aria-label={w.keys.title} title={w.keys.title} onClick={() => (help.value = true)}>
          <Keyboard size={18} aria-hidden="true" />
        </button>
        {mayChange() && (
          <>
            <button type="button" class="button" onClick={() => (raising.value = true)}>
              <Plus size={16} aria-hidden="true" />
              {w.raise.open}
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

function Live() {
  const w = words.value.day;
  const since = staleSince.value;
  return (
    <>
      <span class={`live ${since === null ? "" : "stale"}`} role="status">
        {since === null ? <Wifi size={16} aria-hidden="true" /> : <WifiOff size={16} aria-hidden="true" />}
        {since === null ? w.live : w.stale(shapes.value.time(since))}
      </span>
      {/* not in the status: nobody wants to be told each minute */}
      <time class="tally">{shapes.value.time(clock.value)}</time>
    </>
  );
}
