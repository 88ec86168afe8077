// What the day comes to, beside what was published: one line at the bottom, always there.
import { shapes, words } from "../app.ts";
import type { BoardDay } from "./model.ts";
import { board } from "./state.ts";

type Numbers = BoardDay["numbers"];

export function Costs() {
  const day = board.value;
  if (day === null) return null;
  const w = words.value.day.costs;
  const say = shapes.value;
  const { numbers: now, published } = day;
  const parts: { label: string; of: keyof Numbers; say: (value: number) => string }[] = [
    { label: w.outage, of: "outageMinutes", say: (value) => (value === 0 ? "0" : say.duration(value * 60)) },
    { label: w.promises, of: "brokenPromises", say: (value) => `${value} / ${now.promises}` },
    { label: w.driving, of: "drivingSeconds", say: (value) => (value === 0 ? "0" : say.duration(value)) },
    { label: w.overtime, of: "overtimeSeconds", say: (value) => (value === 0 ? "0" : say.duration(value)) },
    { label: w.unassigned, of: "unassigned", say: (value) => say.number(value) },
    { label: w.done, of: "done", say: (value) => `${value} / ${now.visits}` },
  ];
  return (
    <footer class="costs" aria-label={w.title}>
      {parts.map(({ label, of, say: shape }) => {
        const before = published?.[of];
        const delta = before == null ? 0 : (now[of] as number) - (before as number);
        return (
          <div key={of}>
            <span class="aside">{label}</span>
            <b>{shape(now[of] as number)}</b>
            {delta !== 0 && of !== "done" && (
              <span class={`delta ${delta > 0 ? "worse" : "better"}`} title={w.published}>
                {delta > 0 ? "▲" : "▼"} {shape(Math.abs(delta)).split(" / ")[0]}
              </span>
            )}
          </div>
        );
      })}
    </footer>
  );
}
