"""Numbers, durations, days and money in a sentence, in English, Russian and Hungarian."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area, Place


def language_of(language: str) -> str:
    """Of those that sentences are written in, else English: `ru-RU` is Russian."""
    first = language.split("-")[0].lower()
    return first if first in DAYS else "en"


def form_of(forms: Sequence[str], number: int, language: str) -> str:
    """The form that goes with the number: one and other; in Russian also one, few and many; Hungarian needs one only."""
    one, few = number == 1, False
    if language_of(language) == "ru":
        one = number % 10 == 1 and number % 100 != 11
        few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    index = 0 if one else 1 if few else 2
    return forms[min(index, len(forms) - 1)]


class Days(msgspec.Struct, frozen=True):
    """How days are named after a verb: "comes *on Tuesday, 24 November*"."""

    today: str
    tomorrow: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    dated: str
    until: str


DAYS: Mapping[str, Days] = {
    "en": Days(
        today="today",
        tomorrow="tomorrow",
        weekdays=(
            "on Monday",
            "on Tuesday",
            "on Wednesday",
            "on Thursday",
            "on Friday",
            "on Saturday",
            "on Sunday",
        ),
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        dated="{weekday}, {day} {month}",
        until="up to {day} {month}",
    ),
    "ru": Days(
        today="сегодня",
        tomorrow="завтра",
        weekdays=(
            "в понедельник",
            "во вторник",
            "в среду",
            "в четверг",
            "в пятницу",
            "в субботу",
            "в воскресенье",
        ),
        months=(
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
            "октября",
            "ноября",
            "декабря",
        ),
        dated="{weekday}, {day} {month}",
        until="до {day} {month} включительно",
    ),
    "hu": Days(
        today="ma",
        tomorrow="holnap",
        weekdays=("hétfőn", "kedden", "szerdán", "csütörtökön", "pénteken", "szombaton", "vasárnap"),
        months=(
            "január",
            "február",
            "március",
            "április",
            "május",
            "június",
            "július",
            "augusztus",
            "szeptember",
            "október",
            "november",
            "december",
        ),
        dated="{weekday}, {month} {day}",
        until="{month} {day}-ig",
    ),
}
_DEEP = frozenset({2, 3, 6, 8, 13, 16, 18, 20, 23, 26, 28, 30})
"""Hungarian days of the month that take a suffix with a deep vowel."""


def on_day(day: date, today: date, language: str) -> str:
    """ "today", "tomorrow", "on Tuesday, 24 November"."""
    said = DAYS[language_of(language)]
    if day == today:
        return said.today
    if day == today + timedelta(days=1):
        return said.tomorrow
    number = _hungarian(day.day) if language_of(language) == "hu" else str(day.day)
    return said.dated.format(
        weekday=said.weekdays[day.weekday()], day=number, month=said.months[day.month - 1]
    )


def up_to(day: date, language: str) -> str:
    """The last day of some: "up to 26 November"."""
    said = DAYS[language_of(language)]
    return said.until.format(day=day.day, month=said.months[day.month - 1])


def _hungarian(number: int) -> str:
    if number == 1:
        return "1-jén"
    return f"{number}-{'án' if number in _DEEP else 'én'}"


def clock(at: datetime, area: Area) -> str:
    """Of the area's clocks."""
    return f"{at.astimezone(ZoneInfo(area.time_zone)):%H:%M}"


DURATIONS: Mapping[str, tuple[str, str]] = {
    "en": ("{hours} h", "{minutes} min"),
    "ru": ("{hours} ч", "{minutes} мин"),
    "hu": ("{hours} óra", "{minutes} perc"),
}


def duration(seconds: float, language: str) -> str:
    """To the minute, one at least: "1 h 20 min"."""
    whole = max(1, round(abs(seconds) / 60))
    hours, minutes = DURATIONS[language_of(language)]
    parts = [hours.format(hours=whole // 60)] if whole >= 60 else []
    if whole % 60:
        parts.append(minutes.format(minutes=whole % 60))
    return " ".join(parts)


WHOLE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
"""Of ISO 4217: all others have hundredths. The pages have the same in `api/web/shared/money.ts`."""


def minor_digits(currency: str) -> int:
    """How many digits of an amount stand after the point."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


def money(minor: int, currency: str, language: str) -> str:
    """ "1,500.00 RUB"; with a comma, and spaces that do not break, in Russian and Hungarian."""
    digits = minor_digits(currency)
    whole, part = divmod(minor, 10**digits)
    said = f"{whole:,}" + (f".{part:0{digits}}" if digits else "")
    if language_of(language) != "en":
        said = said.replace(",", "\u00a0").replace(".", ",")
    return f"{said}\u00a0{currency}"


def called(number: str, place: Place) -> str:
    """A job by where it is, which people know, and by its number."""
    where = f"{place.street} {place.house}".strip()
    return f"{where or place.address} ({number})"
