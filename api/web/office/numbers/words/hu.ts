import type { Words } from "./en.ts";

export const of =
  (what: string) =>
  (above: string, below: string): string =>
    `${below} ${what}: ${above}`;

export const hu: Words = {
  period: {
    label: "Időszak",
    day: "Nap",
    week: "Hét",
    month: "Hónap",
    quarter: "Negyedév",
    own: "Saját időszak",
    from: "Ettől",
    to: "Eddig",
    show: "Mutasd",
    earlier: "Az előző időszak",
    later: "A következő időszak",
    wrong: "Elöl az első nap áll, és egy időszak legfeljebb 400 napos.",
  },
  compare: "Összehasonlítás az előző időszakkal",
  noneBefore: "előtte semmi",
  emptyBefore: (period) => `Nincs mihez hasonlítani: az előző időszakban (${period}) nem történt semmi.`,
  before: "Előtte",
  print: "Nyomtatás",
  csv: "Fájlként (CSV)",
  chart: "Grafikon",
  table: "Táblázat",
  show: "Megjelenítés",
  by: "Felosztás",
  nothing: "nincs mit számolni",
  unknown: "nem ismert",
  better: "jobb",
  worse: "rosszabb",
  same: "mint előtte",
  points: (value) => `${value} százalékpont`,
  ofBefore: (value) => `előtte: ${value}`,
  field: "Helyszíni szolgáltatók",
  regulated: "Felügyelt szolgáltató",
  provider: "Egy szolgáltató",
  best: "a legjobbak",
  sources: {
    field: "Amit a helyszíni szolgáltatásról általában közölnek",
    regulated: "Amit egy országos hálózatüzemeltetőnek a felügyelet számára közzé kell tennie",
    provider: "Amit egy szolgáltató ügyfélszolgálata a saját hívásairól közöl",
  },
  source: "Összehasonlításul",
  hint: "A nyílbillentyűk pontról pontra visznek.",
  spread: (median, p90) => `medián ${median}, 90. percentilis ${p90}`,
  median: "Medián",
  p90: "90. percentilis",
};
