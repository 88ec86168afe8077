// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { plural } from "../../../shared/words.ts";

export const en = {
  title: "Credits",
  total: (currency: string) => `Credited, in ${currency}`,
  credits: (n: number) => plural("en", n, { one: "{n} credit", other: "{n} credits" }),
  owed: (amount: string, n: number) => (n === 0 ? "all of it is exported" : `${amount} not exported yet (${plural("en", n, { other: "{n}" })})`),
  export: (n: number) => (n === 0 ? "Export" : `Export ${plural("en", n, { one: "{n} credit", other: "{n} credits" })}`),
  once: "A file of what is in none yet: each credit is exported once.",
  nothingLeft: "All credits of this period are exported; their files stand below.",
  exported: (n: number) => `${plural("en", n, { one: "{n} credit", other: "{n} credits" })} exported.`,
  none: { title: "Nothing was credited in this period", hint: "What is owed is worked out when a trouble is over. Choose another period." },
  credited: "Credited",
  contract: "Contract",
  why: "What for",
  amount: "Amount",
  state: "State",
  claimed: "the subscriber asked",
  outage: "a mass outage",
  print: "Print as a letter",
  isOwed: "owed",
  isExported: (when: string) => `exported ${when}`,
  more: (n: number) => `Only the last ${n} are listed; the sums count all. Choose a shorter period.`,
  exports: "What was exported",
  when: "When",
  by: "By",
  period: "Of",
  howMany: "Credits",
  file: "File",
  again: "The same file (CSV)",
};

export type Words = typeof en;
