import { plural } from "../../../shared/words.ts";
import type { Words } from "./en.ts";

export const ru: Words = {
  back: "Назад к дню",
  print: "Печать",
  stops: (count) => plural("ru", count, { one: "{n} визит", few: "{n} визита", other: "{n} визитов" }),
  leave: (time) => `выезд ${time}`,
  home: (time) => `возвращение ${time}`,
  rest: (span) => `перерыв ${span}`,
  way: (duration, distance) => `в дороге ${duration}, ${distance}`,
  promised: (span) => `обещано ${span}`,
  together: (names) => `вместе: ${names}`,
  helping: "в помощь",
  affected: (count) => plural("ru", count, { one: "{n} абонент", few: "{n} абонента", other: "{n} абонентов" }),
  access: "Как войти",
  bring: "Взять с собой",
  printed: (when) => `По состоянию на ${when}. Что изменится потом, покажет телефон.`,
  empty: { title: "Печатать нечего", hint: "У этого техника в этот день нет маршрута." },
};
