// Which period: a day, week, month or quarter, its neighbours, or one's own.
import { ChevronLeft, ChevronRight } from "lucide-preact";
import { useState } from "preact/hooks";
import { Choices } from "../../shared/parts.tsx";
import { go } from "../../shared/route.ts";
import { shapes, today } from "../app.ts";
import { words } from "./catalogue.ts";
import { addressOf, around, beside, isPossible, SPANS, type Period, type Span } from "./periods.ts";

export function named({ span, first, last }: Period): string {
  const s = shapes.value;
  if (span === "day") return s.day(first);
  return span === "month" ? s.month(first) : s.days(first, last);
}

/** `page`: whose address names the period. */
export function Picker({ page, period }: { page: string; period: Period }) {
  const w = words.value.period;
  const [own, setOwn] = useState<{ first: string; last: string } | null>(null);
  const typed = own ?? period;
  const isOwn = own !== null || period.span === "own";
  const show = (next: Period) => {
    setOwn(null);
    go(addressOf(next, page));
  };
  const pick = (span: Span) => (span === "own" ? setOwn({ first: period.first, last: period.last }) : show(around(span, today.value)));
  const isWrong = !isPossible(typed.first, typed.last);
  return (
    <div class="picker">
      <Choices label={w.label} quiet name="period" among={SPANS} say={(span) => w[span]} chosen={isOwn ? "own" : period.span} choose={pick} />
      <button type="button" class="icon-button" aria-label={w.earlier} title={w.earlier} onClick={() => show(beside(period, -1))}>
        <ChevronLeft size={18} aria-hidden="true" />
      </button>
      <button type="button" class="icon-button" aria-label={w.later} title={w.later} disabled={period.last >= today.value} onClick={() => show(beside(period, 1))}>
        <ChevronRight size={18} aria-hidden="true" />
      </button>
      {isOwn && (
        <form
          class="own"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isWrong) show({ span: "own", ...typed });
          }}
        >
          <label>
            {w.from} <input type="date" required value={typed.first} onInput={(event) => setOwn({ first: event.currentTarget.value, last: typed.last })} />
          </label>
          <label>
            {w.to} <input type="date" required value={typed.last} onInput={(event) => setOwn({ first: typed.first, last: event.currentTarget.value })} />
          </label>
          <button type="submit" class="button" disabled={isWrong}>
            {w.show}
          </button>
          {isWrong && (
            <p class="wrong" role="alert">
              {w.wrong}
            </p>
          )}
        </form>
      )}
    </div>
  );
}
