import { plural } from "../../../shared/words.ts";
import type { Words } from "./en.ts";

const CREDITS = { other: "{n} jóváírás" };

export const hu: Words = {
  title: "Jóváírások",
  total: (currency) => `Jóváírva, ${currency}`,
  credits: (n) => plural("hu", n, CREDITS),
  owed: (amount, n) => (n === 0 ? "mind exportálva" : `${amount} még nincs exportálva (${plural("hu", n, { other: "{n}" })})`),
  export: (n) => (n === 0 ? "Exportálás" : `${plural("hu", n, CREDITS)} exportálása`),
  once: "A fájlba az kerül, ami még egyikben sincs: minden jóváírást egyszer exportálunk.",
  nothingLeft: "Minden, ami fájlba való, exportálva van; a fájlok lent találhatók.",
  exported: (n) => `${plural("hu", n, CREDITS)} exportálva.`,
  none: { title: "Ebben az időszakban nem volt jóváírás", hint: "A jóváírást a hiba elhárításakor számítjuk ki. Válasszon másik időszakot." },
  credited: "Mikor",
  contract: "Szerződés",
  why: "Miért",
  amount: "Összeg",
  state: "Állapot",
  claimed: "az előfizető kérte",
  outage: "üzemzavar",
  print: "Nyomtatás levélként",
  ways: { billing: "Ebben a körzetben a jóváírások automatikusan a számlázóba kerülnek. A korábban fájlban exportáltak nincsenek köztük.", file: "Ebben a körzetben a jóváírásokat fájlban kell átadni. Automatikusan egy sem kerül a számlázóba." },
  isLeaving: "úton a számlázóba",
  isBilled: (when) => `a számlázóban: ${when}`,
  isOwed: "még nincs exportálva",
  isExported: (when) => `exportálva: ${when}`,
  more: (n) => `Csak az utolsó ${n} látszik; az összegek mindet számolják. Válasszon rövidebb időszakot.`,
  exports: "Exportált fájlok",
  when: "Mikor",
  by: "Ki",
  period: "Időszak",
  howMany: "Jóváírások",
  file: "Fájl",
  again: "Letöltés újra (CSV)",
};
