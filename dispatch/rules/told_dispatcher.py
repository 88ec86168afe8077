"""Why a job is where it is, or nowhere, and what became of a "why not?": for whoever plans.

A cost is said as such, with its largest parts: all prices are in seconds of driving, but little of it may be driven. Sentences of a
version say that they are of when it was planned: what it costs now is asked of the days as they are.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area, Elsewhere, Obstacle, PlanReason, Tried, WouldHelp
from dispatch.rules.plurals import clock, duration, form_of, language_of, on_day
from dispatch.rules.told_technician import NOTHING_S

MOST_PARTS = 3
"""Of a cost: the rest is small."""


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    costs: str
    parts: Mapping[str, str]
    instead: str
    cheaper: str
    equal: str
    nowhere: str
    left_out: str
    shifts: tuple[str, ...]
    blocks: Mapping[str, str]
    hints: Mapping[str, str]
    dearer: str
    less: str
    same: str
    moved: tuple[str, ...]
    obstacles: Mapping[str, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        costs="When planned, it cost {total} there ({parts}).",
        parts={
            "travel": "driving",
            "distance": "distance",
            "outage": "outage",
            "lateness": "lateness",
            "overtime": "overtime",
            "duration": "time away",
            "shifts": "one more round",
            "unfairness": "uneven loads",
            "churn": "moved visits",
            "unassigned": "left out",
        },
        instead="Next best when planned: {name} {day} at {at}, {cost} more.",
        cheaper="When planned, {name} {day} at {at} would have cost {cost} less: the search did not come to see it.",
        equal="When planned, {name} {day} at {at} would have done as well.",
        nowhere="There is no other place for it: {blocks}.",
        left_out="There is no place for it: {blocks}.",
        shifts=("{n} shift", "{n} shifts"),
        blocks={
            "skill": "the skill is lacking",
            "tool": "the tool is lacking",
            "part": "the part is lacking",
            "excluded": "excluded",
            "locked": "closed to this job",
            "window": "no time in its window",
            "priority": "full of what comes first",
            "shift": "too short for it",
            "partner": "no time that suits both technicians",
            "price": "not worth the way",
        },
        hints={
            "overtime": "If {name} stayed {seconds} longer {day}, it would fit.",
            "window": "With {name} it would fit {day}, up to {seconds} outside its window.",
            "price": "With {name} it would fit {day}, if doing it were worth {seconds} more.",
            "part": "With the part “{missing}” in the van of {name} it would fit {day}.",
            "tool": "With the tool “{missing}” in the van of {name} it would fit {day}.",
            "skill": "With the skill “{missing}”, {name} could take it {day}.",
            "partner": "It has a place; who is to come along has none at that time.",
            "none": "No single change makes it fit.",
        },
        dearer="{name} could be there {day} at {at}, and the rounds would cost {cost} more ({parts})",
        less="{name} could be there {day} at {at}, and the rounds would cost {cost} less ({parts})",
        same="{name} could be there {day} at {at} at no cost",
        moved=("{n} other visit would move", "{n} other visits would move"),
        obstacles={
            "skill": "{name} lacks the skill “{lacks}”.",
            "tool": "{name} lacks the tool “{lacks}”.",
            "part": "{name} lacks the part “{lacks}”.",
            "excluded": "{name} must not go there.",
            "locked": "The job is bound to somebody else or to another day.",
            "window": "{name} cannot be there within its window.",
            "overtime": "With nothing else to do, {name} would still be back {seconds} too late.",
            "missing": "A promise would be broken: job {number} would have no place.",
            "partner": "Who is to come along is not free then.",
            "depot": "{name} has no time to fetch what is needed.",
            "frozen": "The visit is under way or about to begin.",
            "off": "{name} does not work in these days, or no more.",
            "not-open": "There is nothing to plan: the job is over, waits, is promised for later, or its visit has begun.",
        },
    ),
    "ru": Words(
        costs="При планировании это место стоило {total} ({parts}).",
        parts={
            "travel": "дорога",
            "distance": "расстояние",
            "outage": "перерыв связи",
            "lateness": "опоздание",
            "overtime": "сверхурочные",
            "duration": "время вне базы",
            "shifts": "ещё один маршрут",
            "unfairness": "неравная нагрузка",
            "churn": "сдвинутые визиты",
            "unassigned": "без места",
        },
        instead="Следующий по цене при планировании: {name} {day} в {at}, на {cost} дороже.",
        cheaper="При планировании {name} {day} в {at} был бы на {cost} дешевле: поиск до этого не дошёл.",
        equal="При планировании {name} {day} в {at} подошёл бы так же.",
        nowhere="Другого места нет: {blocks}.",
        left_out="Места нет: {blocks}.",
        shifts=("{n} смена", "{n} смены", "{n} смен"),
        blocks={
            "skill": "нет навыка",
            "tool": "нет инструмента",
            "part": "нет запчасти",
            "excluded": "исключено",
            "locked": "закрыто для этой заявки",
            "window": "нет времени в окне",
            "priority": "занято более важным",
            "shift": "слишком коротко",
            "partner": "нет времени, удобного обоим мастерам",
            "price": "дорога не оправдана",
        },
        hints={
            "overtime": "Если {name} задержится {day} на {seconds}, место найдётся.",
            "window": "{name} может {day}, если выйти за окно не более чем на {seconds}.",
            "price": "{name} может {day}, если заявка будет стоить на {seconds} больше.",
            "part": "С запчастью «{missing}» в машине ({name}) место есть {day}.",
            "tool": "С инструментом «{missing}» в машине ({name}) место есть {day}.",
            "skill": "С навыком «{missing}» {name} может {day}.",
            "partner": "Место есть; у того, кто едет вторым, его в это время нет.",
            "none": "Ни одно изменение само по себе не поможет.",
        },
        dearer="{name} может быть там {day} в {at}, и маршруты станут на {cost} дороже ({parts})",
        less="{name} может быть там {day} в {at}, и маршруты станут на {cost} дешевле ({parts})",
        same="{name} может быть там {day} в {at} без доплаты",
        moved=("сдвинется {n} другой визит", "сдвинутся {n} других визита", "сдвинутся {n} других визитов"),
        obstacles={
            "skill": "{name}: нет навыка «{lacks}».",
            "tool": "{name}: нет инструмента «{lacks}».",
            "part": "{name}: нет запчасти «{lacks}».",
            "excluded": "{name} не должен туда ехать.",
            "locked": "Заявка закреплена за другим или за другим днём.",
            "window": "{name} не успевает в окно.",
            "overtime": "Даже без других заявок {name} вернулся бы на {seconds} позже допустимого.",
            "missing": "Было бы нарушено обещание: заявка {number} осталась бы без места.",
            "partner": "Тот, кто едет вторым, в это время занят.",
            "depot": "{name} не успевает забрать нужное.",
            "frozen": "Визит уже идёт или вот-вот начнётся.",
            "off": "{name} в эти дни не работает, или уже не работает.",
            "not-open": "Планировать нечего: заявка завершена, ждёт, обещана на позже, или визит уже начался.",
        },
    ),
    "hu": Words(
        costs="Tervezéskor itt {total} volt a költsége ({parts}).",
        parts={
            "travel": "vezetés",
            "distance": "távolság",
            "outage": "kiesés",
            "lateness": "késés",
            "overtime": "túlóra",
            "duration": "távollét",
            "shifts": "még egy kör",
            "unfairness": "egyenlőtlen terhelés",
            "churn": "áthelyezett látogatások",
            "unassigned": "hely nélkül",
        },
        instead="Tervezéskor a következő legjobb: {name}, {day} {at}, {cost} többletköltség.",
        cheaper="Tervezéskor {name}, {day} {at}: {cost} megtakarítás lett volna; a keresés eddig nem jutott el.",
        equal="Tervezéskor {name}, {day} {at}: ugyanolyan jó lett volna.",
        nowhere="Máshol nincs helye: {blocks}.",
        left_out="Nincs helye: {blocks}.",
        shifts=("{n} műszak",),
        blocks={
            "skill": "hiányzik a képesítés",
            "tool": "hiányzik az eszköz",
            "part": "hiányzik az alkatrész",
            "excluded": "kizárva",
            "locked": "ehhez nem vehető igénybe",
            "window": "nincs idő az időablakban",
            "priority": "tele van fontosabbal",
            "shift": "túl rövid",
            "partner": "nincs mindkét szerelőnek jó idő",
            "price": "nem éri meg az utat",
        },
        hints={
            "overtime": "Ha {name} {day} {seconds} tovább maradna, beleférne.",
            "window": "{name}: {day} beleférne, legfeljebb {seconds} eltéréssel az időablaktól.",
            "price": "{name}: {day} beleférne, ha {seconds} költséggel többet érne.",
            "part": "Ha {name} autójában lenne „{missing}” alkatrész, {day} beleférne.",
            "tool": "Ha {name} autójában lenne „{missing}” eszköz, {day} beleférne.",
            "skill": "„{missing}” képesítéssel {name} {day} elvihetné.",
            "partner": "Van helye; aki vele menne, annak akkor nincs.",
            "none": "Egyetlen változtatás sem elég hozzá.",
        },
        dearer="{name} {day} {at}-kor ott lehet, és a körök költsége {cost} értékkel nőne ({parts})",
        less="{name} {day} {at}-kor ott lehet, és a körök költsége {cost} értékkel csökkenne ({parts})",
        same="{name} {day} {at}-kor ott lehet, többlet nélkül",
        moved=("{n} másik látogatás mozdulna",),
        obstacles={
            "skill": "{name}: hiányzik a(z) „{lacks}” képesítés.",
            "tool": "{name}: hiányzik a(z) „{lacks}” eszköz.",
            "part": "{name}: hiányzik a(z) „{lacks}” alkatrész.",
            "excluded": "{name} nem mehet oda.",
            "locked": "A munka máshoz vagy más naphoz van kötve.",
            "window": "{name} nem ér oda az időablakban.",
            "overtime": "{name} más munka nélkül is {seconds} késéssel érne vissza.",
            "missing": "Ígéretet szegnénk: a(z) {number} munkának nem maradna helye.",
            "partner": "Aki vele menne, az akkor nem szabad.",
            "depot": "{name} nem ér rá elhozni, ami kell.",
            "frozen": "A látogatás már tart, vagy mindjárt kezdődik.",
            "off": "{name} ezeken a napokon nem dolgozik, vagy már nem.",
            "not-open": "Nincs mit tervezni: a munka kész, várakozik, későbbre ígértük, vagy a látogatás elkezdődött.",
        },
    ),
}


class Reader(msgspec.Struct, frozen=True):
    """To whom it is told, and what stands behind the ids."""

    language: str
    area: Area
    today: date
    names: Mapping[UUID, str]
    numbers: Mapping[UUID, str]
    codes: Mapping[str, str]
    """What skills, parts and tools are called."""

    def coded(self, codes: Iterable[str]) -> str:
        return ", ".join(self.codes.get(code, code) for code in codes)

    @property
    def words(self) -> Words:
        return WORDS[language_of(self.language)]

    def day(self, day: date) -> str:
        return on_day(day, self.today, self.language)

    def day_of(self, instant: datetime) -> date:
        """By the area's clocks."""
        return instant.astimezone(ZoneInfo(self.area.time_zone)).date()

    def at(self, instant: datetime) -> str:
        return clock(instant, self.area)

    def length(self, seconds: int) -> str:
        return duration(seconds, self.language)


def told_of_reason(reason: PlanReason, reader: Reader) -> list[str]:
    """What it costs and where it would go next best; or why it has no place, and what would help."""
    words = reader.words
    if reason.technician_id is None:
        said = [words.left_out.format(blocks=_blocks(reason.blocks, reader))] if reason.blocks else []
        return [*said, *([_hint(reason.hint, reader)] if reason.hint is not None else [])]
    said = [words.costs.format(total=reader.length(reason.cost["total"]), parts=_parts(reason.cost, reader))]
    if reason.instead is not None:
        return [*said, _instead(reason.instead, reader)]
    return [*said, words.nowhere.format(blocks=_blocks(reason.blocks, reader))] if reason.blocks else said


def told_of_change(reason: PlanReason, reader: Reader) -> str | None:
    """In one sentence: what keeps it from the next best place, or from any."""
    said = told_of_reason(reason, reader)
    if not said:
        return None
    return said[0] if reason.technician_id is None else said[-1]


def _parts(cost: Mapping[str, int], reader: Reader) -> str:
    words = reader.words
    parts = sorted((part for part in cost.items() if part[0] in words.parts), key=lambda part: -abs(part[1]))
    said = [
        f"{words.parts[name]} {'−' if amount < 0 else ''}{reader.length(amount)}"
        for name, amount in parts[:MOST_PARTS]
        if abs(amount) >= NOTHING_S
    ]
    return ", ".join(said) or words.parts["travel"]


def _instead(instead: Elsewhere, reader: Reader) -> str:
    words = reader.words
    sentence = words.instead if instead.cost > 0 else words.cheaper
    if abs(instead.cost) < NOTHING_S:
        sentence = words.equal
    return sentence.format(
        name=reader.names.get(instead.technician_id, ""),
        day=reader.day(instead.on_day),
        at=reader.at(instead.start_at),
        cost=reader.length(instead.cost),
    )


def _blocks(blocks: Mapping[str, int], reader: Reader) -> str:
    words = reader.words
    return ", ".join(
        f"{words.blocks[code]} ({form_of(words.shifts, count, reader.language).format(n=count)})"
        for code, count in sorted(blocks.items(), key=lambda block: -block[1])
        if code in words.blocks
    )


def _hint(hint: WouldHelp, reader: Reader) -> str:
    return reader.words.hints[hint.kind].format(
        name="" if hint.technician_id is None else reader.names.get(hint.technician_id, ""),
        day="" if hint.on_day is None else reader.day(hint.on_day),
        seconds=reader.length(hint.seconds or 0),
        missing="" if hint.missing is None else reader.coded([hint.missing]),
    )


def told_of_trial(tried: Tried, technician_id: UUID, reader: Reader) -> list[str]:
    """What it would cost and whom it would move; or all that prevents it."""
    words, name = reader.words, reader.names.get(technician_id, "")
    if tried.on_day is None or tried.start_at is None:
        return list(dict.fromkeys(_obstacle(bar, name, reader) for bar in tried.obstacles))
    total = tried.cost["total"]
    sentence = words.dearer if total > 0 else words.less
    if abs(total) < NOTHING_S:
        sentence = words.same
    said = sentence.format(
        name=name,
        day=reader.day(tried.on_day),
        at=reader.at(tried.start_at),
        cost=reader.length(total),
        parts=_parts(tried.cost, reader),
    )
    if tried.moved:
        count = len(tried.moved)
        said += "; " + form_of(words.moved, count, reader.language).format(n=count)
    return [f"{said}."]


def _obstacle(bar: Obstacle, name: str, reader: Reader) -> str:
    return reader.words.obstacles[bar.code].format(
        name=name,
        lacks=reader.coded(bar.lacks),
        seconds=reader.length(bar.seconds or 0),
        number="" if bar.job_id is None else reader.numbers.get(bar.job_id, ""),
    )
