// The morning's list: parts and tools that a day's visits ask for, ticked off as they are taken.
import { signal } from "@preact/signals";
import { shapes, shown, stops, today, words } from "./app.ts";
import { codeName, Empty, Heading } from "./ui.tsx";
import { isOver, isSetAside } from "./visit/attendance.ts";

const KEPT = "line3-ticks";

/** What was taken for each day, today's and later ones. */
const taken = signal(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, Record<string, boolean>>);

function tick(day: string, code: string, on: boolean): void {
  const current = Object.entries(taken.value).filter(([one]) => one >= today.value);
  taken.value = { ...Object.fromEntries(current), [day]: { ...taken.value[day], [code]: on } };
  localStorage.setItem(KEPT, JSON.stringify(taken.value));
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
  const row = (code: string, count: string | null) => (
    <li key={code}>
      <label class="tick">
        <input type="checkbox" checked={taken.value[day]?.[code] === true} onChange={(event) => tick(day, code, event.currentTarget.checked)} />
        {codeName(code)}
        {count !== null && <span class="aside">{count}</span>}
      </label>
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
            <ul class="lines">{[...parts].sort().map(([code, count]) => row(code, `× ${count}`))}</ul>
          </section>
        )}
        {tools.size > 0 && (
          <section class="card">
            <h2 class="aside">{w.tools}</h2>
            <ul class="lines">{[...tools].sort().map((code) => row(code, null))}</ul>
          </section>
        )}
      </div>
    </>
  );
}
