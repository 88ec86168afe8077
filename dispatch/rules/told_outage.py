"""What is said of an outage that is known: by the machine that answers calls, and by text to those whom it darkens.

No cause and no count of others. An end is told only as expected, to the quarter of an hour, and never one that has passed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from db.records import Appointment, Area, Place
from db.records.base import Record
from dispatch.rules.plurals import clock, form_of, language_of, on_day

NAMED = 3
"""Streets; nobody remembers more of them on the phone."""
STEP = timedelta(minutes=15)


class Announced(Record):
    """An outage that somebody accepted."""

    area: Area
    element: str
    """As the network calls it: for where no street is known."""
    streets: Sequence[str]
    since: datetime
    expected_at: datetime | None
    """When it should work again. None: nobody knows yet."""
    restored_at: datetime | None = None


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    streets: str
    last: str
    more: tuple[str, ...]
    element: str
    began: str
    expected: str
    unknown: str
    longer: str
    known: str
    restored: str
    text: str
    text_restored: str
    called_off: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        streets="There is no service in {where}.",
        last=" and ",
        more=("{n} more street", "{n} more streets"),
        element="There is no service in part of the network: {where}.",
        began="It began {day} at {time}.",
        expected="We expect it to work again {day} at about {time}.",
        unknown="We do not know yet when it will work again.",
        longer="It takes longer than we expected; we do not know yet when it will work again.",
        known="We are working on it; you need not report it.",
        restored="The service has worked again since {day}, {time}. If yours does not, please stay on the line.",
        text="There is no service at your address. {began} {end} You need not report it.",
        text_restored="The service at your address works again. If yours does not, switch the router off and on, then call us.",
        called_off="The visit {day} between {earliest} and {latest} is cancelled: nobody has to come to you for this.",
    ),
    "ru": Words(
        streets="Нет связи: {where}.",
        last=" и ",
        more=("ещё {n} улица", "ещё {n} улицы", "ещё {n} улиц"),
        element="Нет связи на участке сети: {where}.",
        began="Это началось {day} в {time}.",
        expected="Связь, как мы ожидаем, восстановится {day} около {time}.",
        unknown="Когда связь восстановится, пока не известно.",
        longer="Работа длится дольше, чем мы ожидали; когда связь восстановится, пока не известно.",
        known="Мы уже работаем над этим, сообщать об этом не нужно.",
        restored="Связь восстановлена: {day}, {time}. Если у вас её всё ещё нет, оставайтесь на линии.",
        text="По вашему адресу нет связи. {began} {end} Сообщать об этом не нужно.",
        text_restored="Связь по вашему адресу восстановлена. Если её всё ещё нет, выключите и включите роутер, затем позвоните нам.",
        called_off="Визит {day} с {earliest} до {latest} отменён: приходить к вам для этого не нужно.",
    ),
    "hu": Words(
        streets="Nincs szolgáltatás itt: {where}.",
        last=" és ",
        more=("még {n} utca",),
        element="Nincs szolgáltatás a hálózat egy részén: {where}.",
        began="A hiba {day} {time}-kor kezdődött.",
        expected="A szolgáltatás várhatóan {day} {time} körül áll helyre.",
        unknown="Még nem tudjuk, mikor áll helyre.",
        longer="A munka tovább tart, mint vártuk; még nem tudjuk, mikor áll helyre a szolgáltatás.",
        known="Már dolgozunk rajta, nem kell bejelentenie.",
        restored="A szolgáltatás helyreállt: {day}, {time}. Ha Önnél még nem működik, kérjük, tartsa a vonalat.",
        text="Az Ön címén nincs szolgáltatás. {began} {end} Nem kell bejelentenie.",
        text_restored="Az Ön címén a szolgáltatás helyreállt. Ha mégsem működik, kapcsolja ki és be a routert, majd hívjon minket.",
        called_off="A látogatás {day} {earliest} és {latest} között elmarad: ehhez senkinek sem kell Önhöz mennie.",
    ),
}


def streets_of(places: Iterable[Place]) -> list[str]:
    """Of those who are dark: where most of them live comes first."""
    found = Counter(place.street for place in places if place.street)
    return sorted(found, key=lambda street: (-found[street], street))


def spoken(outage: Announced, language: str, now: datetime) -> str:
    """For whoever calls: where, since when, until when."""
    words = WORDS[language_of(language)]
    if outage.restored_at is not None:
        return _at(words.restored, outage.restored_at, outage.area, now, language)
    where = words.streets.format(where=_streets(outage.streets, words, language))
    if not outage.streets:
        where = words.element.format(where=outage.element)
    began = _at(words.began, outage.since, outage.area, now, language)
    return " ".join([where, began, _end(outage, words, language, now), words.known])


def text(outage: Announced, language: str, now: datetime) -> str:
    """For whoever is dark, when the outage is accepted and when its end is told anew; and when it is over."""
    words = WORDS[language_of(language)]
    if outage.restored_at is not None:
        return words.text_restored
    began = _at(words.began, outage.since, outage.area, now, language)
    return words.text.format(began=began, end=_end(outage, words, language, now))


def called_off(appointment: Appointment, area: Area, language: str, now: datetime) -> str:
    """For whoever waits for a visit that is needless: there is an outage, or it works again."""
    zone = ZoneInfo(area.time_zone)
    return WORDS[language_of(language)].called_off.format(
        day=on_day(appointment.earliest_at.astimezone(zone).date(), now.astimezone(zone).date(), language),
        earliest=clock(appointment.earliest_at, area),
        latest=clock(appointment.latest_at, area),
    )


def _streets(streets: Sequence[str], words: Words, language: str) -> str:
    """One more is named rather than counted."""
    named = list(streets[: NAMED if len(streets) > NAMED + 1 else NAMED + 1])
    if rest := len(streets) - len(named):
        named.append(form_of(words.more, rest, language).format(n=rest))
    return words.last.join([part for part in (", ".join(named[:-1]), *named[-1:]) if part])


def _end(outage: Announced, words: Words, language: str, now: datetime) -> str:
    if outage.expected_at is None:
        return words.unknown
    if outage.expected_at <= now:
        return words.longer
    return _at(words.expected, _later(outage.expected_at), outage.area, now, language)


def _later(at: datetime) -> datetime:
    """The next full quarter of an hour."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + STEP


def _at(sentence: str, at: datetime, area: Area, now: datetime, language: str) -> str:
    zone = ZoneInfo(area.time_zone)
    day = on_day(at.astimezone(zone).date(), now.astimezone(zone).date(), language)
    return sentence.format(day=day, time=clock(at, area))
