"""Which windows are offered to a subscriber, in which order, and why; or why none is.

A window bounds the *arrival* (which is the start of service): it is what gets promised, never the technician.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area, JobKindVersion, SlotOffer
from dispatch.rules.running import Day, midnight_of
from dispatch.rules.standing import EPOCH, Stood, at, lacks, unix, wanted_by
from optimizer.rounds import Found

HORIZON_DAYS = 14
MOST_PER_DAY = 2
"""Of the offers: a subscriber who cannot on Tuesday wants to hear of Wednesday."""
NEARBY_S = 15 * 60
PASSING_S = 5 * 60
CLOCKS_CHANGE = timedelta(hours=2)
LEAST_NOTICE = timedelta(minutes=30)
"""A window that ends sooner than this is not offered: the technician has to hear of it and drive."""


class Window(NamedTuple):
    """Of one local day."""

    on_day: date
    earliest_at: datetime
    latest_at: datetime

    @property
    def seconds(self) -> tuple[int, int]:
        return unix(self.earliest_at), unix(self.latest_at)


class Priced(NamedTuple):
    """A window, and where the visit would go best in it."""

    window: Window
    found: Found
    day: Day


def windows_of(
    area: Area, shifts: Mapping[date, tuple[datetime, datetime]], first_on: date, last_on: date, now: datetime
) -> list[Window]:
    """The windows of these days that somebody works in. `shifts`: the first beginning and the last end of each day."""
    length = timedelta(minutes=area.settings.slot_minutes)
    found: list[Window] = []
    for after in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=after)
        if day not in shifts:
            continue
        first, last = shifts[day]
        begins = midnight_of(area, day)
        # from the first that can still be under way, whatever was done to the clocks, to the last that can begin
        soonest = max(timedelta(), first - begins - length - CLOCKS_CHANGE) // length
        latest = min(timedelta(days=2), last - begins + CLOCKS_CHANGE) // length
        for number in range(soonest, latest + 1):
            # by the clock on the wall: a window that begins at ten does so also when the clocks were changed
            earliest = (begins.replace(tzinfo=None) + number * length).replace(tzinfo=begins.tzinfo)
            window = Window(
                day, earliest.astimezone(EPOCH.tzinfo), (earliest + length).astimezone(EPOCH.tzinfo)
            )
            if window.latest_at <= window.earliest_at or window.latest_at < now + LEAST_NOTICE:
                continue
            if window.earliest_at < last and window.latest_at > first:
                found.append(window)
    return found


def hours_of(rows: Iterable[Stood]) -> dict[date, tuple[datetime, datetime]]:
    """From when to when somebody works, by day."""
    hours: dict[date, tuple[datetime, datetime]] = {}
    for stood in rows:
        day = stood.facts.day
        first, last = hours.get(day.on_day, (day.shift_start_at, day.shift_end_at))
        hours[day.on_day] = min(first, day.shift_start_at), max(last, day.shift_end_at)
    return hours


class Able(NamedTuple):
    """Who could go, of some rows."""

    days: list[Day]
    mask: list[bool]
    """The same, one for each row in their order."""
    out: Counter[str]
    """How many each bound ruled out."""


def eligible(
    rows: Mapping[Day, Stood], kind: JobKindVersion, area: Area, today: date, excluded: frozenset[UUID]
) -> Able:
    """The technician-days that skill, tool, parts and the asker leave, and what ruled the others out.

    A van is taken to be restocked for the days beyond those that are planned.
    """
    stocked_until = today + timedelta(days=area.settings.plan_days - 1)
    wanted = wanted_by(kind)
    used = _spoken_for(rows, stocked_until) if wanted.parts else {}
    able = Able([], [], Counter())
    for day, stood in rows.items():
        near = day[2] <= stocked_until
        why = lacks(stood, wanted, used=used.get(day[1], {}) if near else None)
        if excluded and day[1] in excluded:
            why = "excluded"
        able.mask.append(why is None)
        if why is None:
            able.days.append(day)
        else:
            able.out[why] += 1
    return able


def _spoken_for(rows: Mapping[Day, Stood], stocked_until: date) -> dict[UUID, Counter[str]]:
    """By technician: parts that visits will use up before the van is restocked."""
    used: dict[UUID, Counter[str]] = {}
    for (_, technician_id, on_day), stood in rows.items():
        if on_day <= stocked_until and stood.parts:
            used.setdefault(technician_id, Counter()).update(stood.parts)
    return used


def chosen(priced: Sequence[Priced], most: int) -> list[Priced]:
    """The cheapest, spread over days: at most two of a day while other days have any. The soonest is always among them: who has no
    service asks for it first."""
    ranked = sorted(priced, key=lambda one: (one.found.cost, one.window.earliest_at))
    soonest = min(ranked, key=lambda one: one.window.earliest_at, default=None)
    taken = [] if soonest is None else [soonest]
    per_day = Counter(one.window.on_day for one in taken)
    for one in ranked:
        if one is not soonest and len(taken) < most and per_day[one.window.on_day] < MOST_PER_DAY:
            taken.append(one)
            per_day[one.window.on_day] += 1
    rest = [one for one in ranked if one not in taken]
    taken += rest[: most - len(taken)]
    return sorted(taken, key=lambda one: (one.found.cost, one.window.earliest_at))


def reason_for(one: Priced) -> str:
    """A code; `said` makes words of it."""
    found = one.found
    between = found.after is not None and found.before is not None
    if between and max(found.travel_before_s, found.travel_after_s) <= PASSING_S:
        return "passing"
    if found.travel_before_s <= NEARBY_S:
        return "nearby" if found.after is not None else "begins-nearby"
    return "free"


def offers_of(priced: Sequence[Priced], most: int, sunk: float) -> list[SlotOffer]:
    """`sunk`: what the outage has cost by now, whatever is offered."""
    return [
        SlotOffer(
            number=number,
            earliest_at=one.window.earliest_at,
            latest_at=one.window.latest_at,
            technician_area_id=one.day[0],
            technician_id=one.day[1],
            on_day=one.day[2],
            arrival_at=at(one.found.start),
            travel_seconds=one.found.travel_before_s,
            cost=round(one.found.cost - sunk),
            reason=reason_for(one),
        )
        for number, one in enumerate(chosen(priced, most), start=1)
    ]


class Words(msgspec.Struct, frozen=True):
    """What is said of an offer, by its reason; of a bound, by its code."""

    offers: Mapping[str, str]
    blocks: Mapping[str, str]
    would: Mapping[str, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        offers={
            "passing": "A technician passes by at {at}, {minutes} min away.",
            "nearby": "A technician is {minutes} min away at {at}.",
            "begins-nearby": "A technician begins the day {minutes} min away.",
            "free": "A technician is free at {at}, {minutes} min away.",
        },
        blocks={
            "skill": "{count} technician-days lack the skill",
            "tool": "{count} technician-days lack the tool",
            "part": "{count} technician-days lack the part",
            "excluded": "{count} technician-days were excluded",
            "full": "{count} technician-days have no room",
            "shift": "nobody works on these days",
        },
        would={
            "days": "Other days would do: the first window is {at}.",
            "skill": "With the skill “{value}” given to somebody else there would be room at {at}.",
            "tool": "With the tool “{value}” in another van there would be room at {at}.",
            "part": "With the part “{value}” in another van there would be room at {at}.",
            "excluded": "With the technicians that were excluded there would be room at {at}.",
        },
    ),
    "ru": Words(
        offers={
            "passing": "Мастер проезжает мимо в {at}, {minutes} мин пути.",
            "nearby": "Мастер будет в {minutes} мин пути в {at}.",
            "begins-nearby": "Мастер начинает день в {minutes} мин пути.",
            "free": "Мастер свободен в {at}, {minutes} мин пути.",
        },
        blocks={
            "skill": "нет нужного навыка (смен: {count})",
            "tool": "нет инструмента (смен: {count})",
            "part": "нет запчасти (смен: {count})",
            "excluded": "исключены (смен: {count})",
            "full": "нет места (смен: {count})",
            "shift": "в эти дни никто не работает",
        },
        would={
            "days": "В другие дни можно: первое окно {at}.",
            "skill": "Если навык «{value}» будет у другого мастера, есть место {at}.",
            "tool": "Если инструмент «{value}» будет в другой машине, есть место {at}.",
            "part": "Если запчасть «{value}» будет в другой машине, есть место {at}.",
            "excluded": "С исключёнными мастерами есть место {at}.",
        },
    ),
    "hu": Words(
        offers={
            "passing": "Egy szerelő {at}-kor arra jár, {minutes} percre.",
            "nearby": "Egy szerelő {at}-kor {minutes} percre lesz.",
            "begins-nearby": "Egy szerelő {minutes} percre kezdi a napot.",
            "free": "Egy szerelő {at}-kor szabad, {minutes} percre.",
        },
        blocks={
            "skill": "{count} műszakból hiányzik a képesítés",
            "tool": "{count} műszakból hiányzik az eszköz",
            "part": "{count} műszakból hiányzik az alkatrész",
            "excluded": "{count} műszak ki van zárva",
            "full": "{count} műszakban nincs hely",
            "shift": "ezeken a napokon senki sem dolgozik",
        },
        would={
            "days": "Más napokon lehetséges: az első időablak {at}.",
            "skill": "Ha másnak is meglenne a(z) „{value}” képesítése, {at} lenne hely.",
            "tool": "Ha a(z) „{value}” eszköz másik autóban is meglenne, {at} lenne hely.",
            "part": "Ha a(z) „{value}” alkatrész másik autóban is meglenne, {at} lenne hely.",
            "excluded": "A kizárt szerelőkkel {at} lenne hely.",
        },
    ),
}


def words_in(language: str) -> Words:
    """In the language, or in English: `ru-RU` is Russian."""
    return WORDS.get(language.split("-")[0].lower(), WORDS["en"])


def said(offer: SlotOffer, language: str, area: Area) -> str:
    """One plain sentence for the subscriber."""
    arrival = offer.arrival_at.astimezone(ZoneInfo(area.time_zone))
    minutes = max(1, round(offer.travel_seconds / 60))
    return words_in(language).offers[offer.reason].format(at=f"{arrival:%H:%M}", minutes=minutes)


def said_of_block(code: str, count: int, language: str) -> str:
    return words_in(language).blocks[code].format(count=count)


def said_of_would(code: str, value: str, earliest: datetime | None, language: str, area: Area) -> str:
    local = "" if earliest is None else f"{earliest.astimezone(ZoneInfo(area.time_zone)):%d.%m. %H:%M}"
    return words_in(language).would[code].format(value=value, at=local)
