import { plural } from "../../../shared/words.ts";
import type { Words } from "./en.ts";

const CREDITS = { other: "{n} jóváírás" };

export const hu: Words = {
  title: "Jóváírások",
  total: (currency) => `Jóváírva, ${currency}`,
  credits: (n) => plural("hu", n, CREDITS),
  owed: (amount, n) => (n === 0 ? "mind exportálva" : `${amount} még nincs exportálva (${plural("hu", n, { other: "{n}" })})`),
  export: (n) => (n === 0 ? "Exportálás" : `${plural("hu", n, CREDITS)} exportálása`),
  once: "Egy fájl arról, ami még egyikben sincs: minden jóváírás egyszer kerül exportba.",
  nothingLeft: "Az időszak minden jóváírása exportálva; a fájlok lent vannak.",
  exported: (n) => `${plural("hu", n, CREDITS)} exportálva.`,
  none: { title: "Ebben az időszakban nem volt jóváírás", hint: "Ami jár, azt a hiba végén számoljuk ki. Válasszon másik időszakot." },
  credited: "Mikor",
  contract: "Szerződés",
  why: "Miért",
  amount: "Összeg",
  state: "Állapot",
  claimed: "az előfizető kérte",
  outage: "üzemzavar",
  print: "Nyomtatás levélként",
  isOwed: "jár",
  isExported: (when) => `exportálva: ${when}`,
  more: (n) => `Csak az utolsó ${n} látszik; az összegek mindet számolják. Válasszon rövidebb időszakot.`,
  exports: "Mi lett exportálva",
  when: "Mikor",
  by: "Ki",
  period: "Időszak",
  howMany: "Jóváírás",
  file: "Fájl",
  again: "Ugyanaz a fájl (CSV)",
};
