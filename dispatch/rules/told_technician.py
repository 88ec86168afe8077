"""Why this round, and why this visit is mine: for the technician, of the own round alone."""

from collections.abc import Mapping, Sequence

import msgspec

from db.records import Area, PlanReason, Round, Visit
from dispatch.rules.plurals import clock, duration, form_of, language_of
from dispatch.rules.reasons import Stands

NOTHING_S = 60
"""Costs that differ by less are the same."""
ABLE = frozenset({"skill", "tool", "part"})


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    round: str
    visits: tuple[str, ...]
    by_hand: str
    alone: str
    nobody: str
    nearest: str
    equal: str
    since: str
    changed: str
    """In a push: whoever sees the phone's screen may read it."""


WORDS: Mapping[str, Words] = {
    "en": Words(
        round="{visits}, {driving} at the wheel, back at {back}.",
        visits=("{n} visit", "{n} visits"),
        by_hand="It was given to you by hand.",
        alone="Nobody else on duty has what it takes.",
        nobody="Nobody else has time for it.",
        nearest="Any other place for it would cost {cost} of driving more.",
        equal="Another round could have taken it just as well.",
        since="The rounds have changed since this was planned.",
        changed="Your round has changed",
    ),
    "ru": Words(
        round="{visits}, {driving} за рулём, возвращение в {back}.",
        visits=("{n} визит", "{n} визита", "{n} визитов"),
        by_hand="Этот визит вам дали вручную.",
        alone="Ни у кого другого из работающих нет всего, что для этого нужно.",
        nobody="Ни у кого другого нет на это времени.",
        nearest="В любом другом месте это стоило бы на {cost} пути больше.",
        equal="С тем же успехом это мог бы взять и другой маршрут.",
        since="С тех пор как это было запланировано, маршруты изменились.",
        changed="Маршрут изменился",
    ),
    "hu": Words(
        round="{visits}, {driving} vezetés, vissza: {back}.",
        visits=("{n} látogatás",),
        by_hand="Ezt kézzel osztották Önre.",
        alone="A szolgálatban lévők közül másnak nincs meg minden, ami ehhez kell.",
        nobody="Másnak nincs rá ideje.",
        nearest="Bárhol máshol {cost} vezetéssel többe kerülne.",
        equal="Egy másik körbe is ugyanígy belefért volna.",
        since="A tervezés óta a körök megváltoztak.",
        changed="Megváltozott a kör",
    ),
}


def told_of_round(frame: Round | None, visits: Sequence[Visit], area: Area, language: str) -> str | None:
    """None for a day without a round."""
    if frame is None:
        return None
    words = WORDS[language_of(language)]
    return words.round.format(
        visits=form_of(words.visits, len(visits), language).format(n=len(visits)),
        driving=duration(frame.travel_duration.total_seconds(), language),
        back=clock(frame.back_at, area),
    )


def told_of_visit(reason: PlanReason | None, stands: Stands | None, pinned: bool, language: str) -> str:
    """`stands`: of that reason. What does not hold any more is not repeated."""
    words = WORDS[language_of(language)]
    if pinned:
        return words.by_hand
    if reason is None or stands is not Stands.HOLDS:
        return words.since
    if reason.instead is None:
        if set(reason.blocks) <= {"locked"} and reason.blocks:
            return words.by_hand
        return words.alone if reason.blocks and set(reason.blocks) <= ABLE else words.nobody
    if reason.instead.cost < NOTHING_S:
        return words.equal
    return words.nearest.format(cost=duration(reason.instead.cost, language))


def round_changed(language: str) -> str:
    return WORDS[language_of(language)].changed
