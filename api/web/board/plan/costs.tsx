// What the rounds cost part by part, before and after: a table that is its own chart.
import { shapes, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

type Split = Schemas["SplitOut"];

/** In the order in which they weigh, as the server gives them; `total` is their sum. */
const PARTS = ["unassigned", "outage", "lateness", "travel", "distance", "overtime", "duration", "shifts", "unfairness", "churn", "total"] as const;

export function CostTable({ before, after }: { before: Split; after: Split }) {
  const w = words.value.plan.costs;
  const say = shapes.value;
  const lasting = (seconds: number) => (seconds === 0 ? "0" : say.duration(seconds));
  const brief = (seconds: number) => (seconds === 0 ? "0" : say.brief(seconds));
  const parts = PARTS.filter((part) => before[part] !== 0 || after[part] !== 0);
  const most = Math.max(1, ...parts.map((part) => Math.abs(after[part] - before[part])));
  return (
    <>
      {/* what happens, and below what the search made of it */}
      <dl class="facts">
        <dt>{w.parts["placed"]}</dt>
        <dd>
          {say.number(before.placed)} → {say.number(after.placed)}
        </dd>
        <dt>{w.parts["promises"]}</dt>
        <dd>
          {w.promises(before.promises.kept, before.promises.late + before.promises.unplaced)} → {w.promises(after.promises.kept, after.promises.late + after.promises.unplaced)}
        </dd>
        <dt>{w.outage}</dt>
        <dd>
          {lasting(before.outageMinutes * 60)} → {lasting(after.outageMinutes * 60)}
        </dd>
        <dt>{w.parts["travel"]}</dt>
        <dd>
          {say.duration(before.drivingSeconds)} → {say.duration(after.drivingSeconds)}
        </dd>
      </dl>
      <table class="cost-table">
        <caption>{w.part}</caption>
        <thead>
          <tr>
            <td />
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
            // of what is read: 5 h and 5 h 2 min are 2 min apart
            const change = whole(after[part]) - whole(before[part]);
            return (
              <tr key={part}>
                <th scope="row">{w.parts[part] ?? part}</th>
                <td class="number">{brief(before[part])}</td>
                <td class="number">{brief(after[part])}</td>
                <td>
                  {change !== 0 && (
                    <span class={`delta ${change > 0 ? "worse" : "better"}`}>
                      {say.signed(change)}
                      <span class="bar" style={{ width: `${Math.max(2, (Math.abs(change) / most) * 64)}px` }} aria-hidden="true" />
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** To the minute. */
const whole = (seconds: number): number => Math.round(seconds / 60) * 60;
