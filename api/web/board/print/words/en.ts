// English, and the shape of every catalogue of this page: the compiler finds what another language lacks.
import { plural } from "../../../shared/words.ts";

export const en = {
  back: "Back to the day",
  print: "Print",
  stops: (count: number) => plural("en", count, { one: "{n} visit", other: "{n} visits" }),
  leave: (time: string) => `leave ${time}`,
  home: (time: string) => `back ${time}`,
  rest: (span: string) => `break ${span}`,
  way: (duration: string, distance: string) => `${duration} on the road, ${distance}`,
  promised: (span: string) => `promised ${span}`,
  together: (names: string) => `with ${names}`,
  helping: "to help",
  affected: (count: number) => plural("en", count, { one: "{n} subscriber", other: "{n} subscribers" }),
  access: "Way in",
  bring: "To bring along",
  printed: (when: string) => `As of ${when}. What changes since is on the phone.`,
  empty: { title: "There is nothing to print", hint: "This technician has no round on this day." },
};

export type Words = typeof en;
