// Systemic problems: several faults on one element, in one house, of one kind of equipment or after one technician are one problem.
import { read } from "../../shared/server.ts";
import { Empty } from "../../shared/parts.tsx";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import { area, inArea, shapes, words } from "../app.ts";

type Problem = Schemas["ProblemOut"];
const HEIGHT = 24;
const STEP = 10;

export function Problems() {
  const w = words.value.outages.systemic;
  return (
    <section class="stack" aria-label={w.title}>
      <h2>{w.title}</h2>
      <p class="aside">{w.hint}</p>
      <Asked of={`systemic ${area.value?.areaId}`} ask={async () => (await read<Schemas["SystemicProblems"]>(inArea("/v1/systemic-problems"))).items}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={w.none} hint={w.noneHint} />
          ) : (
            <table class="systemic">
              <thead>
                <tr>
                  <th scope="col">{w.where}</th>
                  <th scope="col" class="number">
                    {w.faults}
                  </th>
                  <th scope="col" class="number">
                    {w.expected}
                  </th>
                  <th scope="col">{w.weeks}</th>
                  <th scope="col">{w.evidence}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={`${one.of} ${one.networkElementId ?? one.technicianId ?? one.name}`}>
                    <th scope="row">
                      {one.of === "equipment" ? (w.equipment[one.name] ?? one.name) : one.name}
                      <br />
                      <span class="aside">{w.of[one.of]}</span>
                    </th>
                    <td class="number">{one.faults.length}</td>
                    <td class="number">{shapes.value.number(Math.round(one.expected * 10) / 10)}</td>
                    <td>
                      <Weeks of={one} />
                    </td>
                    <td class="aside">{one.faults.slice(-6).map((fault) => `${fault.number} (${shapes.value.date(fault.reportedAt.slice(0, 10))})`).join(", ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
    </section>
  );
}

/** A bar for each week, the oldest first. */
function Weeks({ of }: { of: Problem }) {
  const w = words.value.outages.systemic;
  const most = Math.max(1, ...of.weeks);
  return (
    <svg class="weeks" width={of.weeks.length * STEP} height={HEIGHT} role="img" aria-label={`${w.weeks}: ${of.weeks.join(", ")}`}>
      {of.weeks.map((count, week) => {
        const height = Math.max(1, (count / most) * HEIGHT);
        return <rect key={week} x={week * STEP} y={HEIGHT - height} width={STEP - 2} height={height} />;
      })}
    </svg>
  );
}
