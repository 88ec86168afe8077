// The board's numbers of any period, and who carried how much.
import type { PageProps } from "../../office/shell.tsx";
import type { Subject } from "../../office/numbers/measures.ts";
import { NumbersPage } from "../../office/numbers/page.tsx";
import { words } from "./catalogue.ts";
import { Ledger } from "./ledger.tsx";
import { MEASURES, type Measure, type Split } from "./measures.ts";

const BOARD: Subject<Measure, Split> = {
  path: "/v1/numbers",
  measures: MEASURES,
  first: "firstTimeFix",
  splits: ["day", "week", "month", "technician", "kind", "district"],
  words: () => words.value,
  beneath: (period) => <Ledger period={period} />,
};

export function Numbers({ path }: PageProps) {
  return <NumbersPage of={BOARD} path={path} />;
}
