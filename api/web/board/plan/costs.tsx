// What the rounds cost part by part, before and after: a table that is its own chart.
import { shapes, words } from "../app.ts";
import type { Schemas } from "../model.ts";

type Split = Schemas["SplitOut"];

export function CostTable({ before, after }: { before: Split; after: Split }) {
  const w = words.value.plan.costs;
  const say = shapes.value;
  const parts = (Object.keys(after) as (keyof Split)[]).filter((part) => before[part] !== 0 || after[part] !== 0);
  const most = Math.max(1, ...parts.map((part) => Math.abs(Number(after[part]) - Number(before[part]))));
  return (
    <table class="cost-table">
      <thead>
        <tr>
          <th scope="col">{w.part}</th>
          <th scope="col" class="number">
            {w.before}
          </th>
          <th scope="col" class="number">
            {w.after}
          </th>
          <th scope="col">{w.change}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => {
          const change = Number(after[part]) - Number(before[part]);
          // more is worse of all costs, and better of what is served
          const worse = part === "placed" ? change < 0 : change > 0;
          return (
            <tr key={part}>
              <th scope="row">{w.parts[part] ?? part}</th>
              <td class="number">{say.number(Number(before[part]))}</td>
              <td class="number">{say.number(Number(after[part]))}</td>
              <td>
                {change !== 0 && (
                  <span class={`delta ${worse ? "worse" : "better"}`}>
                    <span class="bar" style={{ width: `${Math.max(2, (Math.abs(change) / most) * 40)}px` }} aria-hidden="true" /> {change > 0 ? "+" : "−"}
                    {say.number(Math.abs(change))}
                  </span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
