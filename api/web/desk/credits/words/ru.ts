import { plural } from "../../../shared/words.ts";
import type { Words } from "./en.ts";

const CREDITS = { one: "{n} перерасчёт", few: "{n} перерасчёта", other: "{n} перерасчётов" };

export const ru: Words = {
  title: "Перерасчёты",
  total: (currency) => `Возвращено, ${currency}`,
  credits: (n) => plural("ru", n, CREDITS),
  owed: (amount, n) => (n === 0 ? "всё выгружено" : `${amount} ещё не выгружено (${plural("ru", n, { other: "{n}" })})`),
  export: (n) => (n === 0 ? "Выгрузить" : `Выгрузить ${plural("ru", n, CREDITS)}`),
  once: "Файл с тем, чего нет ни в одном другом: каждый перерасчёт выгружается один раз.",
  nothingLeft: "Все перерасчёты этого периода выгружены; их файлы внизу.",
  exported: (n) => `Выгружено: ${plural("ru", n, CREDITS)}.`,
  none: { title: "За этот период ничего не возвращено", hint: "Перерасчёт делается, когда неполадка устранена. Выберите другой период." },
  credited: "Когда",
  contract: "Договор",
  why: "За что",
  amount: "Сумма",
  state: "Состояние",
  claimed: "по просьбе абонента",
  outage: "авария",
  print: "Напечатать письмом",
  isOwed: "к возврату",
  isExported: (when) => `выгружено ${when}`,
  more: (n) => `Показаны только последние ${n}; в суммах учтено всё. Выберите период короче.`,
  exports: "Что выгружено",
  when: "Когда",
  by: "Кто",
  period: "За",
  howMany: "Перерасчётов",
  file: "Файл",
  again: "Тот же файл (CSV)",
};
