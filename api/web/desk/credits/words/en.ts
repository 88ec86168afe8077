// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { plural } from "../../../shared/words.ts";

export const en = {
  title: "Credits",
  total: (currency: string) => `Credited, in ${currency}`,
  credits: (n: number) => plural("en", n, { one: "{n} credit", other: "{n} credits" }),
  owed: (amount: string, n: number) => (n === 0 ? "all exported" : `${amount} not exported yet (${plural("en", n, { other: "{n}" })})`),
  export: (n: number) => (n === 0 ? "Export" : `Export ${plural("en", n, { one: "{n} credit", other: "{n} credits" })}`),
  once: "The file holds what is in none yet: each credit is exported once.",
  nothingLeft: "Everything for a file is exported; the files are listed below.",
  exported: (n: number) => `${plural("en", n, { one: "{n} credit", other: "{n} credits" })} exported.`,
  none: { title: "No credits in this period", hint: "A credit is worked out when a fault has been mended. Choose another period." },
  credited: "Credited on",
  contract: "Contract",
  why: "What for",
  amount: "Amount",
  state: "State",
  claimed: "requested by the subscriber",
  outage: "a mass outage",
  print: "Print as a letter",
  ways: { billing: "In this area credits go to billing by themselves. What is in a file from before is not among them.", file: "In this area credits are taken along as a file. None of them goes to billing by itself." },
  isLeaving: "on its way to billing",
  isBilled: (when: string) => `sent to billing ${when}`,
  isOwed: "not exported yet",
  isExported: (when: string) => `exported ${when}`,
  more: (n: number) => `Only the last ${n} are listed; the sums count all. Choose a shorter period.`,
  exports: "Exported files",
  when: "When",
  by: "By",
  period: "Period",
  howMany: "Credits",
  file: "File",
  again: "Download again (CSV)",
};

export type Words = typeof en;
