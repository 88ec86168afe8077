// What belongs to the selection: where it is, why it is there, what became of it.
import { Tabs } from "../../office/parts.tsx";
import { words } from "../app.ts";
import { DayMap } from "./map.tsx";
import { History } from "./history.tsx";
import { selected } from "./state.ts";
import { tab } from "./tabs.ts";
import { What, Why } from "./why.tsx";

export function Side() {
  const w = words.value.day.tabs;
  const { jobId } = selected.value;
  return (
    <section class="side" aria-label={w.title}>
      <Tabs label={w.title} among={["map", "why", "history"] as const} chosen={tab.value} choose={(one) => (tab.value = one)} say={(one) => w[one]} />
      {tab.value === "map" && <DayMap />}
      {tab.value === "map" && jobId !== null && (
        <div class="under-map">
          <What key={jobId} jobId={jobId} />
        </div>
      )}
      {tab.value === "why" && <Why />}
      {tab.value === "history" && <History />}
    </section>
  );
}
