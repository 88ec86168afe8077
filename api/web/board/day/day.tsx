// The day: who drives where, what burns, what waits, and why.
import { useEffect, useRef } from "preact/hooks";
import { language, today, words } from "../app.ts";
import type { PageProps } from "../../office/shell.tsx";
import { Dialog } from "../../office/parts.tsx";
import { PlanPanel } from "../plan/plan.tsx";
import { Burning } from "./burning.tsx";
import { Costs } from "./costs.tsx";
import "./day.css";
import { Head } from "./head.tsx";
import { hear, help } from "./keys.ts";
import { MapMarks } from "./map.tsx";
import { Question } from "./question.tsx";
import { Raise } from "./raise.tsx";
import { Side } from "./side.tsx";
import { sized } from "./sized.ts";
import { board, load, on, trouble, watch } from "./state.ts";
import { Timeline } from "./timeline.tsx";

export function Day({ path: [day = today.value] }: PageProps) {
  useEffect(() => watch(day), [day]);
  // what is said of it in words is the server's; all that is chosen and scrolled to stays
  const asked = useRef(language.value);
  useEffect(() => {
    if (asked.current === language.value) return;
    asked.current = language.value;
    void load();
  }, [language.value]);
  useEffect(() => {
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
  const panels = useRef<HTMLDivElement>(null);
  const w = words.value;
  if (on.value !== day) return <Waiting />;
  return (
    <div class="day">
      <Head />
      {trouble.value !== null && (
        <div class="notice bad day-trouble" role="alert">
          {trouble.value}{" "}
          <button type="button" class="button small" onClick={() => void load()}>
            {w.again}
          </button>
        </div>
      )}
      <div class="panels" ref={panels} style={{ gridTemplateColumns: `min(${sized.value.left}px, 24vw) 5px minmax(320px, 1fr) 5px min(${sized.value.right}px, 32vw)` }}>
        {board.value === null ? <Waiting /> : <Burning />}
        <Handle side="left" />
        {board.value === null ? <Waiting /> : <Timeline />}
        <Handle side="right" />
        <Side />
      </div>
      <Costs />
      <PlanPanel />
      <Question />
      <Raise />
      {help.value && (
        <Dialog title={w.day.keys.title} close={() => (help.value = false)} wide>
          <div class="all-keys">
            <dl class="keys">
              {w.day.keys.all.map(([key, what]) => (
                <>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </>
              ))}
            </dl>
            <section>
              <h3>{w.day.marks.title}</h3>
              <dl class="keys marks">
                {w.day.marks.all.map(([mark, what]) => (
                  <>
                    <dt>
                      <span class="mark">
                        <span class={mark} />
                      </span>
                    </dt>
                    <dd>{what}</dd>
                  </>
                ))}
              </dl>
              <h3>{w.day.legend.title}</h3>
              <MapMarks />
            </section>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function Waiting() {
  return <div class="skeleton panel-skeleton" aria-busy="true" />;
}

const LEAST = 200;
const MOST = 720;

/** Between two panels: dragged, or moved by arrow keys; remembered. */
function Handle({ side }: { side: "left" | "right" }) {
  const grow = (by: number) => (sized.value = { ...sized.value, [side]: Math.max(LEAST, Math.min(MOST, sized.value[side] + by)) });
  const sign = side === "left" ? 1 : -1;
  return (
    <div
      class="handle"
      role="separator"
      aria-orientation="vertical"
      aria-label={words.value.day.resize}
      aria-valuenow={sized.value[side]}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onKeyDown={(event) => {
        const by = event.key === "ArrowRight" ? 16 : event.key === "ArrowLeft" ? -16 : 0;
        if (by === 0) return;
        event.stopPropagation();
        event.preventDefault();
        grow(by * sign);
      }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && grow(event.movementX * sign)}
    />
  );
}
