"""A row of the fairness ledger in one sentence, for the technician whose day it was."""

from collections.abc import Mapping

import msgspec

from db.records import FairnessDay
from dispatch.rules.plurals import duration, form_of, language_of


class Words(msgspec.Struct, frozen=True):
    """What a day may have asked for, how it is counted, and where that leaves somebody."""

    overtime: str
    far: tuple[str, ...]
    emergencies: tuple[str, ...]
    weekend: str
    late: str
    joined: tuple[str, ...]
    counted: str
    ordinary: str
    above: str
    below: str
    even: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        overtime="{time} past the end of the shift",
        far=("{n} far visit", "{n} far visits"),
        emergencies=("{n} emergency", "{n} emergencies"),
        weekend="{time} at work at the weekend",
        late="{time} at work in the evening",
        joined=("{n} colleague helped", "{n} colleagues helped"),
        counted="{parts}: counted as {burden}.",
        ordinary="An ordinary day.",
        above="Over four weeks that is {time} more than the average.",
        below="Over four weeks that is {time} less than the average.",
        even="Over four weeks that is the average.",
    ),
    "ru": Words(
        overtime="{time} после конца смены",
        far=("{n} дальний визит", "{n} дальних визита", "{n} дальних визитов"),
        emergencies=("{n} авария", "{n} аварии", "{n} аварий"),
        weekend="{time} работы в выходной",
        late="{time} работы вечером",
        joined=("{n} визит в помощь", "{n} визита в помощь", "{n} визитов в помощь"),
        counted="{parts}: засчитано {burden}.",
        ordinary="Обычный день.",
        above="За четыре недели это на {time} больше среднего.",
        below="За четыре недели это на {time} меньше среднего.",
        even="За четыре недели это ровно среднее.",
    ),
    "hu": Words(
        overtime="{time} a műszak vége után",
        far=("{n} távoli látogatás",),
        emergencies=("{n} vészhelyzet",),
        weekend="{time} hétvégi munka",
        late="{time} esti munka",
        joined=("{n} kisegítés",),
        counted="{parts}: beszámítva {burden}.",
        ordinary="Szokásos nap.",
        above="Négy hét alatt ez {time} az átlag fölött.",
        below="Négy hét alatt ez {time} az átlag alatt.",
        even="Négy hét alatt ez éppen az átlag.",
    ),
}


def told_of_day(row: FairnessDay, balance: int, language: str) -> str:
    """`balance`: on that day, in minutes."""
    words = WORDS[language_of(language)]
    timed = (
        (words.overtime, row.overtime_minutes),
        (words.weekend, row.weekend_minutes),
        (words.late, row.late_minutes),
    )
    counted = (
        (words.emergencies, row.emergencies),
        (words.far, row.far_visits),
        (words.joined, row.joined_visits),
    )
    parts = [text.format(time=duration(minutes * 60, language)) for text, minutes in timed if minutes]
    parts += [form_of(forms, count, language).format(n=count) for forms, count in counted if count]
    day = words.ordinary
    if parts:
        burden = duration(row.burden_minutes * 60, language) if row.burden_minutes else "0"
        day = words.counted.format(parts=", ".join(parts), burden=burden)
    place = words.even if balance == 0 else words.above if balance > 0 else words.below
    return f"{day} {place.format(time=duration(balance * 60, language))}"
