// Words in the reader's language: each face brings its catalogue, the shapes of numbers and times are the same everywhere.
import { amountOf, minorDigits } from "./money.ts";

export type Language = "en" | "ru" | "hu";
export const LANGUAGES: Record<Language, string> = { en: "English", ru: "Русский", hu: "Magyar" };

export function languageOf(wanted: string): Language {
  const short = wanted.slice(0, 2).toLowerCase();
  return short in LANGUAGES ? (short as Language) : "en";
}

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** `plural("ru", 3, {one: "{n} запись", few: "{n} записи", other: "{n} записей"})` */
export function plural(language: Language, n: number, forms: Forms): string {
  const rule = new Intl.PluralRules(language).select(n);
  return (forms[rule] ?? forms.other).replace("{n}", new Intl.NumberFormat(language).format(n));
}

/** Days before months, as everywhere that line3 is used. */
const LOCALES: Record<Language, string> = { en: "en-GB", ru: "ru-RU", hu: "hu-HU" };

/** Of a duration, as the server's sentences have them. */
const HOURS_MINUTES: Record<Language, [string, string]> = { en: ["h", "min"], ru: ["ч", "мин"], hu: ["óra", "perc"] };

const LONG_AGO_SECONDS = 48 * 3_600;

export class Shapes {
  private readonly spoken: Language;
  private readonly locale: string;
  private readonly zone: string;

  constructor(language: Language, zone: string) {
    this.spoken = language;
    this.locale = LOCALES[language];
    this.zone = zone;
  }

  time(instant: string | Date): string {
    return new Intl.DateTimeFormat(this.locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone }).format(new Date(instant));
  }

  span(from: string, to: string): string {
    return `${this.time(from)}–${this.time(to)}`;
  }

  day(day: string, weekday: "long" | "short" = "long"): string {
    return new Intl.DateTimeFormat(this.locale, { weekday, day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  }

  /** "24 Nov". */
  date(day: string): string {
    return new Intl.DateTimeFormat(this.locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  }

  /** "24–30 Nov 2026". */
  days(first: string, last: string): string {
    const format = new Intl.DateTimeFormat(this.locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    return format.formatRange(new Date(`${first}T00:00:00Z`), new Date(`${last}T00:00:00Z`));
  }

  month(day: string): string {
    return new Intl.DateTimeFormat(this.locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  }

  moment(instant: string): string {
    return new Intl.DateTimeFormat(this.locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone }).format(new Date(instant));
  }

  /** With the year: what holds for long. */
  dated(instant: string): string {
    return new Intl.DateTimeFormat(this.locale, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone }).format(new Date(instant));
  }

  /** The calendar day in the area's zone, as the server writes it. */
  dayOf(instant: Date): string {
    const parts = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: this.zone }).formatToParts(instant);
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
    return `${part("year")}-${part("month")}-${part("day")}`;
  }

  /** What a language is called, by its code: "Russian". */
  language(code: string): string {
    return new Intl.DisplayNames([this.locale], { type: "language" }).of(code) ?? code;
  }

  money(minor: number, currency: string): string {
    const digits = minorDigits(currency);
    const format = new Intl.NumberFormat(this.locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    return format.format(amountOf(minor, currency));
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.locale, { maximumFractionDigits: 2 }).format(value);
  }

  percent(share: number, digits = 1): string {
    return new Intl.NumberFormat(this.locale, { style: "percent", maximumFractionDigits: digits }).format(share);
  }

  /** "74–75 %". */
  percents(lowest: number, highest: number): string {
    return `${this.number(Math.round(lowest * 1000) / 10)}–${this.percent(highest)}`;
  }

  /** "+24 min": more or less by so much. */
  signed(seconds: number): string {
    return `${seconds < 0 ? "−" : "+"}${this.duration(Math.abs(seconds))}`;
  }

  distance(metres: number): string {
    const unit = metres < 950 ? { value: Math.round(metres / 10) * 10, unit: "meter" } : { value: metres / 1000, unit: "kilometer" };
    return new Intl.NumberFormat(this.locale, { style: "unit", unit: unit.unit, maximumFractionDigits: 1 }).format(unit.value);
  }

  /** Of a scale bar, which is as round as it is. */
  length(metres: number): string {
    const [value, unit] = metres < 1000 ? [metres, "meter"] : [metres / 1000, "kilometer"];
    return new Intl.NumberFormat(this.locale, { style: "unit", unit }).format(value);
  }

  /** "3:47h": where many stand under one another and have little room. */
  brief(seconds: number): string {
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? this.duration(seconds) : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}${HOURS_MINUTES[this.spoken][0].slice(0, 1)}`;
  }

  /** "48 sec". */
  seconds(seconds: number): string {
    return new Intl.NumberFormat(this.locale, { style: "unit", unit: "second", maximumFractionDigits: 0 }).format(seconds);
  }

  /** "1 h 20 min". */
  duration(seconds: number): string {
    const minutes = seconds === 0 ? 0 : Math.max(1, Math.round(seconds / 60));
    const hours = Math.floor(minutes / 60);
    const [ofHours, ofMinutes] = HOURS_MINUTES[this.spoken];
    const said = hours === 0 ? [] : [`${this.number(hours)} ${ofHours}`];
    return [...said, ...(hours > 0 && minutes % 60 === 0 ? [] : [`${minutes % 60} ${ofMinutes}`])].join(" ");
  }

  /** How long ago: "3 min", "5 days". Nobody counts the minutes of days. */
  passed(since: string, now: Date): string {
    const seconds = Math.max(0, (now.getTime() - Date.parse(since)) / 1_000);
    if (seconds < LONG_AGO_SECONDS) return this.duration(seconds);
    return new Intl.NumberFormat(this.locale, { style: "unit", unit: "day", unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(seconds / 86_400));
  }
}
