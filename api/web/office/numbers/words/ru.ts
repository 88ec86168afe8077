import { plural } from "../../../shared/words.ts";
import type { Words } from "./en.ts";

export const of =
  (one: string, other: string) =>
  (above: string, below: string, n: number): string =>
    `${above} из ${below} ${plural("ru", n, { one, other })}`;
export const per =
  (one: string, few: string, other: string) =>
  (above: string, below: string, n: number): string =>
    `${above} на ${below} ${plural("ru", n, { one, few, other })}`;

export const ru: Words = {
  period: {
    label: "Период",
    day: "День",
    week: "Неделя",
    month: "Месяц",
    quarter: "Квартал",
    own: "Свой период",
    from: "С",
    to: "По",
    show: "Показать",
    earlier: "Предыдущий период",
    later: "Следующий период",
    wrong: "Сначала первый день, потом последний; в периоде не больше 400 дней.",
  },
  compare: "Сравнить с предыдущим периодом",
  noneBefore: "раньше ничего",
  emptyBefore: (period) => `Сравнивать не с чем: за период до этого (${period}) ничего не было.`,
  before: "Раньше",
  print: "Печать",
  csv: "Файлом (CSV)",
  chart: "График",
  table: "Таблица",
  show: "Показать как",
  by: "Разбивка",
  nothing: "считать нечего",
  unknown: "неизвестно",
  better: "лучше",
  worse: "хуже",
  same: "как раньше",
  points: (value) => `${value} п. п.`,
  ofBefore: (value) => `раньше: ${value}`,
  field: "Выездное обслуживание",
  regulated: "Оператор под надзором",
  provider: "Один провайдер",
  best: "лучшие",
  sources: {
    field: "Что сообщают об отрасли выездного обслуживания",
    regulated: "Что обязан публиковать для регулятора один национальный оператор сети",
    provider: "Что поддержка одного провайдера сообщает о своих звонках",
  },
  source: "Для сравнения",
  hint: "Стрелки переводят от точки к точке.",
  spread: (median, p90) => `медиана ${median}, 90-й процентиль ${p90}`,
  median: "Медиана",
  p90: "90-й процентиль",
};
