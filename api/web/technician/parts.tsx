// The morning's list: parts and tools that today's visits ask for, ticked off as they are taken.
import { useState } from "preact/hooks";
import { stops, today, words } from "./app.ts";
import { codeName, Empty, Heading } from "./ui.tsx";
import { isOver } from "./visit/attendance.ts";

const TICKS = "line3-taken";

function taken(): Record<string, boolean> {
  const kept = JSON.parse(localStorage.getItem(TICKS) ?? "{}") as { day?: string; ticks?: Record<string, boolean> };
  return kept.day === today.value ? (kept.ticks ?? {}) : {};
}

export function Parts() {
  const w = words.value.parts;
  const [ticks, setTicks] = useState(taken);
  const parts = new Map<string, number>();
  const tools = new Set<string>();
  for (const { job, done } of stops.value) {
    if (isOver(done.state)) continue;
    for (const [code, count] of Object.entries(job.kind.parts)) parts.set(code, (parts.get(code) ?? 0) + count);
    for (const tool of job.kind.tools) tools.add(tool);
  }
  const tick = (code: string, on: boolean) => {
    const next = { ...ticks, [code]: on };
    localStorage.setItem(TICKS, JSON.stringify({ day: today.value, ticks: next }));
    setTicks(next);
  };
  const row = (code: string, count: string | null) => (
    <li key={code}>
      <label class="tick">
        <input type="checkbox" checked={ticks[code] === true} onChange={(event) => tick(code, event.currentTarget.checked)} />
        {codeName(code)}
        {count !== null && <span class="aside">{count}</span>}
      </label>
    </li>
  );
  return (
    <>
      <Heading title={w.title} />
      <div class="content">
        {parts.size === 0 && tools.size === 0 && <Empty title={w.none} />}
        {parts.size > 0 && (
          <section class="card">
            <h2 class="aside">{w.today}</h2>
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
