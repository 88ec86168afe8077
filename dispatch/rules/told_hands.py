"""What a change by hand breaks, one sentence each; and what those whom it concerns are told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area
from dispatch.rules.hands import Break, BreakCode
from dispatch.rules.plurals import clock, duration, language_of, on_day
from dispatch.rules.visit_codes import DIGITS, TEXTS


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    breaks: Mapping[BreakCode, str]
    pinned: str
    pinned_absent: str
    becomes: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        breaks={
            BreakCode.SKILL: "{name} lacks the skill: {lacks}.",
            BreakCode.TOOL: "{name} has no such tool in the van: {lacks}.",
            BreakCode.PART: "{name} lacks the part: {lacks}.",
            BreakCode.SHIFT: "That is {seconds} outside the shift of {name}.",
            BreakCode.REST: "{name} would have no time for the break.",
            BreakCode.PROMISE: "The promised window would be missed by {seconds}.",
            BreakCode.OTHER_PROMISE: "{number} would come {seconds} after its promised window.",
            BreakCode.PIN: "{number} is pinned and would begin {seconds} late.",
            BreakCode.OVERLAP: "{name} is not free then: it would begin {seconds} later.",
            BreakCode.EARLIEST: "The job must not be done so early.",
            BreakCode.CREW: "Two are to meet there, and would miss each other by {seconds}.",
            BreakCode.FROZEN: "The visit is about to begin, and the technician may be on the way.",
            BreakCode.ABSENT: "{name} does not work then.",
        },
        pinned="{number} is pinned to {name} at {pin}, but cannot begin before {start}{because}.",
        pinned_absent="{number} is pinned to {name}, who does not come.",
        becomes="The promise then becomes {earliest}–{latest}, and the subscriber has to hear of it.",
    ),
    "ru": Words(
        breaks={
            BreakCode.SKILL: "{name}: нет навыка: {lacks}.",
            BreakCode.TOOL: "{name}: нет инструмента: {lacks}.",
            BreakCode.PART: "{name}: нет запчасти: {lacks}.",
            BreakCode.SHIFT: "Это за пределами смены ({name}) на {seconds}.",
            BreakCode.REST: "{name}: не остаётся времени на перерыв.",
            BreakCode.PROMISE: "Обещанное окно будет пропущено на {seconds}.",
            BreakCode.OTHER_PROMISE: "{number}: приезд на {seconds} позже обещанного окна.",
            BreakCode.PIN: "{number} закреплён и начнётся на {seconds} позже.",
            BreakCode.OVERLAP: "{name} тогда занят: начало на {seconds} позже.",
            BreakCode.EARLIEST: "Эту заявку нельзя выполнять так рано.",
            BreakCode.CREW: "Там встречаются двое, они разминутся на {seconds}.",
            BreakCode.FROZEN: "Визит вот-вот начнётся, мастер может быть уже в пути.",
            BreakCode.ABSENT: "{name} тогда не работает.",
        },
        pinned="{number} закреплён за {name} на {pin}, но не может начаться раньше {start}{because}.",
        pinned_absent="{number} закреплён за {name}, который не приходит.",
        becomes="Обещание станет {earliest}–{latest}, абонент должен об этом узнать.",
    ),
    "hu": Words(
        breaks={
            BreakCode.SKILL: "{name}: hiányzik a képesítés: {lacks}.",
            BreakCode.TOOL: "{name}: nincs ilyen eszköz az autóban: {lacks}.",
            BreakCode.PART: "{name}: hiányzik az alkatrész: {lacks}.",
            BreakCode.SHIFT: "Ez {seconds} eltérés {name} műszakjától.",
            BreakCode.REST: "{name} szünetére nem maradna idő.",
            BreakCode.PROMISE: "Az ígért időablakot {seconds} eltéréssel elvétenénk.",
            BreakCode.OTHER_PROMISE: "{number}: {seconds} késés az ígért időablakhoz képest.",
            BreakCode.PIN: "{number} rögzítve van, és {seconds} késéssel kezdődne.",
            BreakCode.OVERLAP: "{name} akkor nem szabad: {seconds} késéssel kezdődne.",
            BreakCode.EARLIEST: "Ezt a munkát nem szabad ilyen korán elvégezni.",
            BreakCode.CREW: "Ketten találkoznak ott, és {seconds} eltéréssel elkerülnék egymást.",
            BreakCode.FROZEN: "A látogatás mindjárt kezdődik, a szerelő már úton lehet.",
            BreakCode.ABSENT: "{name} akkor nem dolgozik.",
        },
        pinned="{number} rögzítve van ({name}, {pin}), de nem kezdődhet {start} előtt{because}.",
        pinned_absent="{number} rögzítve van, de {name} nem jön.",
        becomes="Az ígéret ekkor {earliest}–{latest} lesz, és az előfizetőnek tudnia kell róla.",
    ),
}
BECAUSE: Mapping[str, str] = {
    "en": ": {number} ends at {end}",
    "ru": ": {number} заканчивается в {end}",
    "hu": ": {number} {end}-kor ér véget",
}


def told_of_break(
    broken: Break, name: str, number: str, language: str, codes: Mapping[str, str], area: Area
) -> str:
    """`name`: of the technician; `number`: of the other job that it is about; `codes`: what skills, parts and tools are called."""
    words = WORDS[language_of(language)]
    said = words.breaks[broken.code].format(
        name=name,
        number=number,
        lacks=", ".join(codes.get(code, code) for code in broken.lacks),
        seconds=duration(broken.seconds or 0, language),
    )
    if broken.window is None:
        return said
    earliest, latest = (clock(instant, area) for instant in broken.window)
    return f"{said} {words.becomes.format(earliest=earliest, latest=latest)}"


def told_of_pin(
    number: str,
    name: str,
    pin: datetime,
    start: datetime,
    before: tuple[str, datetime] | None,
    area: Area,
    language: str,
) -> str:
    """`before`: the job before it, and when that ends."""
    because = (
        ""
        if before is None
        else BECAUSE[language_of(language)].format(number=before[0], end=clock(before[1], area))
    )
    return WORDS[language_of(language)].pinned.format(
        number=number, name=name, pin=clock(pin, area), start=clock(start, area), because=because
    )


def told_of_absence(number: str, name: str, language: str) -> str:
    return WORDS[language_of(language)].pinned_absent.format(number=number, name=name)


def told_to_subscriber(window: tuple[datetime, datetime], area: Area, language: str) -> str:
    """The text that goes out with a new window, without the code."""
    day = window[0].astimezone(ZoneInfo(area.time_zone)).date()
    return TEXTS[language_of(language)].format(
        day=on_day(day, day - timedelta(days=7), language),
        earliest=clock(window[0], area),
        latest=clock(window[1], area),
        code="•" * DIGITS,
    )
