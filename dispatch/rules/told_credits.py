"""A line of a credit in one sentence, and why something is not credited: for the subscriber, with the facts of the calculation."""

from collections.abc import Mapping
from datetime import date

import msgspec

from dispatch.rules.credits import DayLine, Line, MonthLine, RefusalReason, Refused
from dispatch.rules.plurals import DAYS, duration, form_of, language_of, money


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    dated: str
    monthly: str
    day: str
    month: str
    taken_off: str
    missed: str
    cancelled: str
    percent: str
    days: tuple[str, ...]
    refused: Mapping[RefusalReason, str]
    refused_appointment: Mapping[RefusalReason, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        dated="{day} {month} {year}",
        monthly="{month} {year}",
        day="{date}: no service, day {number}: {amount}{percent}.",
        month="{month}: {dark} of {whole} without service, at {fee} a month: {amount}.",
        taken_off="{month}: {dark} of {whole} without service, at {fee} a month, less {before} credited before: {amount}.",
        missed="{date}: nobody came to the appointment: {amount}{percent}.",
        cancelled="{date}: the appointment was cancelled {notice} before it: {amount}{percent}.",
        percent=" ({percent} % of {fee} a month)",
        days=("{n} day", "{n} days"),
        refused={
            RefusalReason.CREDITED_BEFORE: "{date}: credited already.",
            RefusalReason.NOT_COMPLETE: "{date}: the service worked in part, for which nothing is credited.",
            RefusalReason.NO_TABLE: "{date}: no terms of credit were in force.",
            RefusalReason.NOT_IN_TABLE: "{date}: the terms provide no credit for it.",
            RefusalReason.NOTICE_GIVEN: "{date}: it was cancelled in good time.",
            RefusalReason.SUBSCRIBER_SIDE: "{date}: the cause was on the subscriber's side.",
        },
        refused_appointment={
            RefusalReason.CREDITED_BEFORE: "{date}: the appointment was credited already.",
            RefusalReason.NOT_IN_TABLE: "{date}: the terms provide no credit for this appointment.",
            RefusalReason.NOTICE_GIVEN: "{date}: the appointment was cancelled in good time.",
        },
    ),
    "ru": Words(
        dated="{day} {month} {year} г.",
        monthly="{month} {year} г.",
        day="{date}: связи не было, день {number}-й: {amount}{percent}.",
        month="{month}: без связи {dark} из {whole}, при плате {fee} в месяц: {amount}.",
        taken_off="{month}: без связи {dark} из {whole}, при плате {fee} в месяц, за вычетом уже возвращённых {before}: {amount}.",
        missed="{date}: в назначенное время никто не пришёл: {amount}{percent}.",
        cancelled="{date}: визит отменили за {notice} до начала: {amount}{percent}.",
        percent=" ({percent} % от {fee} в месяц)",
        days=("{n} день", "{n} дня", "{n} дней"),
        refused={
            RefusalReason.CREDITED_BEFORE: "{date}: уже возвращено.",
            RefusalReason.NOT_COMPLETE: "{date}: связь частично работала, за это возврата нет.",
            RefusalReason.NO_TABLE: "{date}: условия возврата не действовали.",
            RefusalReason.NOT_IN_TABLE: "{date}: условия не предусматривают возврата.",
            RefusalReason.NOTICE_GIVEN: "{date}: отмена была своевременной.",
            RefusalReason.SUBSCRIBER_SIDE: "{date}: причина была на стороне абонента.",
        },
        refused_appointment={
            RefusalReason.CREDITED_BEFORE: "{date}: за этот визит уже возвращено.",
            RefusalReason.NOT_IN_TABLE: "{date}: условия не предусматривают возврата за этот визит.",
            RefusalReason.NOTICE_GIVEN: "{date}: визит отменили заблаговременно.",
        },
    ),
    "hu": Words(
        dated="{year}. {month} {day}.",
        monthly="{year}. {month}",
        day="{date}: nem volt szolgáltatás, {number}. nap: {amount}{percent}.",
        month="{month}: {whole} időből {dark} szolgáltatás nélkül, havi {fee} díj mellett: {amount}.",
        taken_off="{month}: {whole} időből {dark} szolgáltatás nélkül, havi {fee} díj mellett, a már jóváírt {before} levonásával: {amount}.",
        missed="{date}: a megbeszélt időpontban senki sem jött: {amount}{percent}.",
        cancelled="{date}: az időpontot kezdete előtt {notice} lemondták: {amount}{percent}.",
        percent=" (a havi {fee} díj {percent} %-a)",
        days=("{n} nap",),
        refused={
            RefusalReason.CREDITED_BEFORE: "{date}: már jóváírtuk.",
            RefusalReason.NOT_COMPLETE: "{date}: a szolgáltatás részben működött, ezért nem jár jóváírás.",
            RefusalReason.NO_TABLE: "{date}: nem voltak érvényben jóváírási feltételek.",
            RefusalReason.NOT_IN_TABLE: "{date}: a feltételek szerint nem jár érte jóváírás.",
            RefusalReason.NOTICE_GIVEN: "{date}: idejében lemondták.",
            RefusalReason.SUBSCRIBER_SIDE: "{date}: az ok az előfizető oldalán volt.",
        },
        refused_appointment={
            RefusalReason.CREDITED_BEFORE: "{date}: ezt az időpontot már jóváírtuk.",
            RefusalReason.NOT_IN_TABLE: "{date}: a feltételek szerint ezért az időpontért nem jár jóváírás.",
            RefusalReason.NOTICE_GIVEN: "{date}: az időpontot idejében lemondták.",
        },
    ),
}
RUSSIAN_MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
"""Without a day; with one, the months of `plurals` have the right case."""


def told_of_line(line: Line, currency: str, language: str) -> str:
    """What for, when, and how the amount comes about."""
    words, language = WORDS[language_of(language)], language_of(language)
    amount, fee = money(line.amount_minor, currency, language), money(line.fee_minor, currency, language)
    if isinstance(line, MonthLine):
        text = words.taken_off if line.before_minor else words.month
        return text.format(
            month=_month(line.on_day, language),
            dark=_length(line.seconds, language),
            whole=_length(line.of_seconds, language),
            fee=fee,
            before=money(line.before_minor, currency, language),
            amount=amount,
        )
    percent = ""
    if line.amount_minor > line.fixed_minor:
        percent = words.percent.format(percent=line.percent, fee=fee)
    facts = {"date": whole_date(line.on_day, language), "amount": amount, "percent": percent}
    if isinstance(line, DayLine):
        return words.day.format(**facts, number=line.number)
    if line.notice is None:
        return words.missed.format(**facts)
    return words.cancelled.format(**facts, notice=_length(line.notice.total_seconds(), language))


def told_of_refusal(refused: Refused, language: str) -> str:
    language = language_of(language)
    words = WORDS[language]
    said = words.refused if refused.appointment_id is None else words.refused_appointment
    text = said.get(refused.reason, words.refused[refused.reason])
    return text.format(date=whole_date(refused.on_day, language))


def whole_date(day: date, language: str) -> str:
    """With the year: it is kept for long."""
    month = DAYS[language].months[day.month - 1]
    return WORDS[language].dated.format(day=day.day, month=month, year=day.year)


def _month(day: date, language: str) -> str:
    months = RUSSIAN_MONTHS if language == "ru" else DAYS[language].months
    return WORDS[language].monthly.format(month=months[day.month - 1], year=day.year)


def _length(seconds: float, language: str) -> str:
    """Days first: a month in hours says nothing."""
    days, rest = divmod(round(max(0.0, seconds)), 86_400)
    parts = [form_of(WORDS[language].days, days, language).format(n=days)] if days else []
    if rest >= 30 or not days:
        parts.append(duration(rest, language))
    return " ".join(parts)
