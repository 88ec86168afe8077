// The morning's list: parts and tools that a day's visits ask for, ticked off as they are taken; and what the van has left.
import { signal } from "@preact/signals";
import { inVan, shapes, shown, stops, today, words } from "./app.ts";
import { Empty, Heading, partName } from "./ui.tsx";
import { isOver, isSetAside } from "./visit/attendance.ts";

const KEPT = "line3-ticks";

/** What was taken for each day, today's and later ones. */
const taken = signal(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, Record<string, boolean>>);

function tick(day: string, code: string, on: boolean): void {
  const current = Object.entries(taken.value).filter(([one]) => one >= today.value);
  taken.value = { ...Object.fromEntries(current), [day]: { ...taken.value[day], [code]: on } };
  localStorage.setItem(KEPT, JSON.stringify(taken.value));
}

function quantityOf(code: string): number {
  return inVan.value?.get(code)?.quantity ?? 0;
}

function Van() {
  const w = words.value.parts;
  if (inVan.value === null) return null;
  return (
    <section class="card" id="van">
      <h2 class="aside">{w.van}</h2>
      {inVan.value.size === 0 && <p>{w.emptyVan}</p>}
      <ul class="lines">
        {[...inVan.value].sort(([one], [other]) => one.localeCompare(other)).map(([code, left]) => (
          <li key={code}>
            <span>
              {partName(code)}
              {left.serials.length > 0 && <span class="aside"> {left.serials.join(", ")}</span>}
            </span>
            <span class={left.quantity > 0 ? "end" : "end short"}>{shapes.value.number(left.quantity)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Parts() {
  const w = words.value.parts;
  const day = shown.value;
  const parts = new Map<string, number>();
  const tools = new Set<string>();
  for (const { job, done } of stops.value) {
    if (isOver(done.state) || isSetAside(done.state)) continue;
    for (const [code, count] of Object.entries(job.kind.parts)) parts.set(code, (parts.get(code) ?? 0) + count);
    for (const tool of job.kind.tools) tools.add(tool);
  }
  const row = (code: string, count: number | null) => (
    <li key={code}>
      <label class="tick">
        <input type="checkbox" checked={taken.value[day]?.[code] === true} onChange={(event) => tick(day, code, event.currentTarget.checked)} />
        {partName(code)}
        {count !== null && <span class="aside">× {count}</span>}
      </label>
      {count !== null && inVan.value !== null && quantityOf(code) < count && <span class="end short">{w.short(quantityOf(code))}</span>}
    </li>
  );
  return (
    <>
      <Heading title={w.title} aside={day === today.value ? undefined : shapes.value.day(day)} />
      <div class="content">
        {parts.size === 0 && tools.size === 0 && <Empty title={w.none} />}
        {parts.size > 0 && (
          <section class="card">
            <h2 class="aside">{w.needed}</h2>
            <ul class="lines">{[...parts].sort().map(([code, count]) => row(code, count))}</ul>
          </section>
        )}
        {tools.size > 0 && (
          <section class="card">
            <h2 class="aside">{w.tools}</h2>
            <ul class="lines">{[...tools].sort().map((code) => row(code, null))}</ul>
          </section>
        )}
        <Van />
      </div>
    </>
  );
}
