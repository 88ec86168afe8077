import type { Words } from "./en.ts";

export const hu: Words = {
  back: "Vissza a naphoz",
  print: "Nyomtatás",
  stops: (count) => `${count} látogatás`,
  leave: (time) => `indulás ${time}`,
  home: (time) => `vissza ${time}`,
  rest: (span) => `szünet ${span}`,
  way: (duration, distance) => `úton ${duration}, ${distance}`,
  promised: (span) => `ígért: ${span}`,
  together: (names) => `együtt: ${names}`,
  helping: "kisegítés",
  affected: (count) => `${count} előfizető`,
  access: "Bejutás",
  bring: "Magával vinni",
  printed: (when) => `Állapot: ${when}. Ami azóta változik, a telefonon látszik.`,
  empty: { title: "Nincs mit nyomtatni", hint: "Ennek a technikusnak ezen a napon nincs köre." },
};
