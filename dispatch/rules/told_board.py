"""What burns, in one sentence each, for whoever sits at the board: alerts, records that wait, records that are missing, pins."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from db.records import Alert, Review
from db.states import AlertKind, JobState
from dispatch.rules.board import BoardRound, WaitingJob
from dispatch.rules.on_call import URGENT
from dispatch.rules.pins import ABOUT, held
from dispatch.rules.plurals import called, form_of, language_of
from dispatch.rules.told_dispatcher import Reader
from dispatch.rules.told_hands import told_of_absence, told_of_pin


class Burning(StrEnum):
    """What it is about."""

    LATE = "late"
    TIGHT = "tight"
    UNPLACED = "unplaced"
    URGENT = "urgent"
    SILENT = "silent"
    PART = "part"
    HELP = "help"
    PIN = "pin"
    REVIEW = "review"
    GAP = "gap"


class Level(StrEnum):
    """How much it burns, the worst first."""

    DANGER = "danger"
    WARNING = "warning"
    INFO = "info"


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at, since when it is so."""

    kind: Burning
    level: Level
    sentence: str
    since: datetime
    technician_id: UUID | None = None
    visit_id: UUID | None = None
    job_id: UUID | None = None
    review_id: UUID | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a technician's phone that have not arrived."""

    technician_id: UUID
    technician_name: str
    missing: int
    since: datetime


OF_ALERT: Mapping[AlertKind, tuple[Burning, Level]] = {
    AlertKind.PROMISE_LATE: (Burning.LATE, Level.DANGER),
    AlertKind.PROMISE_TIGHT: (Burning.TIGHT, Level.WARNING),
    AlertKind.PROMISE_UNPLACED: (Burning.UNPLACED, Level.DANGER),
    AlertKind.TECHNICIAN_LATE: (Burning.LATE, Level.WARNING),
    AlertKind.TECHNICIAN_SILENT: (Burning.SILENT, Level.DANGER),
    AlertKind.PART_MISSING: (Burning.PART, Level.WARNING),
    AlertKind.HELP_ASKED: (Burning.HELP, Level.WARNING),
}
LEVELS = tuple(Level)


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    alerts: Mapping[AlertKind, str]
    urgent: str
    review: str
    gap: tuple[str, ...]
    lost: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        alerts={
            AlertKind.PROMISE_LATE: "{number}: promised by {latest}, {name} is expected at {expected}.",
            AlertKind.PROMISE_TIGHT: "{number}: promised by {latest}, {name} is expected just before, at {expected}.",
            AlertKind.PROMISE_UNPLACED: "{number}: promised {day} between {earliest} and {latest}, and nobody goes.",
            AlertKind.TECHNICIAN_LATE: "{name} is expected at {number} {late} late.",
            AlertKind.TECHNICIAN_SILENT: "{name} should have reported on {number} long ago, and is silent.",
            AlertKind.PART_MISSING: "{number} waits for the part “{code}”.",
            AlertKind.HELP_ASKED: "{name} asks for a second technician at {number}.",
        },
        urgent="{number} cannot wait, and nobody goes: {address}.",
        review="A record of {name} waits for your decision{job}.",
        gap=("{n} record of {name} has not arrived.", "{n} records of {name} have not arrived."),
        lost="The phone of {name} lost what it had not sent.",
    ),
    "ru": Words(
        alerts={
            AlertKind.PROMISE_LATE: "{number}: обещано до {latest}, {name} ожидается в {expected}.",
            AlertKind.PROMISE_TIGHT: "{number}: обещано до {latest}, {name} ожидается впритык, в {expected}.",
            AlertKind.PROMISE_UNPLACED: "{number}: обещано {day} с {earliest} до {latest}, и никто не едет.",
            AlertKind.TECHNICIAN_LATE: "{name}: опоздание к {number} ожидается на {late}.",
            AlertKind.TECHNICIAN_SILENT: "{name} давно должен был отчитаться по {number} и молчит.",
            AlertKind.PART_MISSING: "{number} ждёт запчасть «{code}».",
            AlertKind.HELP_ASKED: "{name} просит второго мастера на {number}.",
        },
        urgent="{number} не может ждать, и никто не едет: {address}.",
        review="Запись ({name}) ждёт вашего решения{job}.",
        gap=(
            "Не дошла {n} запись ({name}).",
            "Не дошли {n} записи ({name}).",
            "Не дошло {n} записей ({name}).",
        ),
        lost="Телефон ({name}) потерял то, что не успел отправить.",
    ),
    "hu": Words(
        alerts={
            AlertKind.PROMISE_LATE: "{number}: {latest}-ig ígértük, {name} várhatóan {expected}-kor ér oda.",
            AlertKind.PROMISE_TIGHT: "{number}: {latest}-ig ígértük, {name} épp csak odaér {expected}-kor.",
            AlertKind.PROMISE_UNPLACED: "{number}: {day} {earliest} és {latest} közé ígértük, és senki sem megy.",
            AlertKind.TECHNICIAN_LATE: "{name} várhatóan {late} késéssel ér ide: {number}.",
            AlertKind.TECHNICIAN_SILENT: "{name} már rég jelentkezhetett volna ({number}), és hallgat.",
            AlertKind.PART_MISSING: "{number}: hiányzik a(z) „{code}” alkatrész.",
            AlertKind.HELP_ASKED: "{name} második szerelőt kér ide: {number}.",
        },
        urgent="{number} nem várhat, és senki sem megy: {address}.",
        review="{name} egy bejegyzése döntésre vár{job}.",
        gap=("{name}: {n} bejegyzés nem érkezett meg.",),
        lost="{name} telefonja elvesztette, amit még nem küldött el.",
    ),
}


def of_alerts(alerts: Sequence[Alert], reader: Reader, on_day: date) -> list[Attention]:
    """Those that speak of this day: what is under way is today's, a promise without a place is of its own day."""
    found: list[Attention] = []
    for alert in alerts:
        begins = _instant(alert.facts, "earliestAt")
        of_day = reader.today if begins is None else reader.day_of(begins)
        if of_day != on_day:
            continue
        kind, level = OF_ALERT[alert.kind]
        visit_id = alert.facts.get("visitId")
        found.append(
            Attention(
                kind=kind,
                level=level,
                sentence=_of_alert(alert, reader),
                since=alert.opened_at,
                technician_id=alert.technician_id,
                visit_id=None if visit_id is None else UUID(visit_id),
                job_id=alert.job_id,
            )
        )
    return found


def _of_alert(alert: Alert, reader: Reader) -> str:
    facts = alert.facts
    earliest, latest = _instant(facts, "earliestAt"), _instant(facts, "latestAt")
    planned, starts = _instant(facts, "plannedStartAt"), _instant(facts, "expectedStartAt")
    expected = _instant(facts, "expectedArrivalAt")
    late = 0.0 if planned is None or starts is None else (starts - planned).total_seconds()

    def at(instant: datetime | None) -> str:
        return "" if instant is None else reader.at(instant)

    return (
        WORDS[language_of(reader.language)]
        .alerts[alert.kind]
        .format(
            number=_number(alert.job_id, reader),
            name=_name(alert.technician_id, reader),
            day="" if earliest is None else reader.day(reader.day_of(earliest)),
            earliest=at(earliest),
            latest=at(latest),
            expected=at(expected),
            late=reader.length(round(late)),
            code=facts.get("code") or "",
        )
    )


def of_reviews(reviews: Sequence[Review], reader: Reader) -> list[Attention]:
    words = WORDS[language_of(reader.language)]
    return [
        Attention(
            kind=Burning.REVIEW,
            level=Level.INFO,
            sentence=words.review.format(
                name=_name(review.technician_id, reader),
                job="" if review.job_id is None else f": {_number(review.job_id, reader)}",
            ),
            since=review.opened_at,
            technician_id=review.technician_id,
            job_id=review.job_id,
            review_id=review.review_id,
        )
        for review in reviews
    ]


def of_gaps(gaps: Sequence[Gap], reader: Reader) -> list[Attention]:
    """`missing` 0: the phone forgot what it had, and nobody knows how much that was."""
    words = WORDS[language_of(reader.language)]
    return [
        Attention(
            kind=Burning.GAP,
            level=Level.WARNING,
            sentence=(form_of(words.gap, gap.missing, reader.language) if gap.missing else words.lost).format(
                name=gap.technician_name, n=gap.missing
            ),
            since=gap.since,
            technician_id=gap.technician_id,
        )
        for gap in gaps
    ]


def of_urgent(waiting: Sequence[WaitingJob], reader: Reader) -> list[Attention]:
    """Jobs that cannot wait and have no place; of those with a promise the alerts speak."""
    sentence = WORDS[language_of(reader.language)].urgent
    return [
        Attention(
            kind=Burning.URGENT,
            level=Level.DANGER,
            sentence=sentence.format(number=one.job.number, address=one.place.address),
            since=one.job.received_at,
            job_id=one.job.job_id,
        )
        for one in waiting
        if one.job.priority == URGENT and one.job.state is not JobState.ON_HOLD and one.window is None
    ]


def of_pins(rounds: Sequence[BoardRound], reader: Reader) -> list[Attention]:
    """Visits that cannot be where or when a person put them; the rest of their rounds is planned all the same."""
    found: list[Attention] = []
    for one in rounds:
        for number, visit in enumerate(one.visits):
            sentence = _of_pin(one, number, reader)
            if sentence is not None:
                at_once = visit.stop.visit.assigned_at or visit.stop.visit.planned_start_at
                found.append(
                    Attention(
                        kind=Burning.PIN,
                        level=Level.WARNING,
                        sentence=sentence,
                        since=at_once,
                        technician_id=one.technician.technician_id,
                        visit_id=visit.stop.visit.visit_id,
                        job_id=visit.stop.job.job_id,
                    )
                )
    return found


def _of_pin(one: BoardRound, number: int, reader: Reader) -> str | None:
    stop, name = one.visits[number].stop, one.technician.display_name
    if stop.joined or not held(stop.visit):
        return None
    if one.day.absent:
        return told_of_absence(called(stop.job.number, stop.place), name, reader.language)
    pin = stop.visit.pinned_start_at
    start = stop.visit.planned_start_at if stop.expected is None else stop.expected.start_at
    if pin is None or start < pin + ABOUT + timedelta(minutes=1):
        return None
    before = one.visits[number - 1].stop if number else None
    because = None if before is None else (called(before.job.number, before.place), before.end_at)
    return told_of_pin(
        called(stop.job.number, stop.place), name, pin, start, because, reader.area, reader.language
    )


def sorted_by_heat(found: Sequence[Attention]) -> list[Attention]:
    """What burns most comes first, and of that what has been burning longest."""
    return sorted(found, key=lambda one: (LEVELS.index(one.level), one.since))


def _instant(facts: Mapping[str, Any], name: str) -> datetime | None:
    said = facts.get(name)
    return None if said is None else datetime.fromisoformat(said).astimezone(UTC)


def _name(technician_id: UUID | None, reader: Reader) -> str:
    return "" if technician_id is None else reader.names.get(technician_id, "")


def _number(job_id: UUID | None, reader: Reader) -> str:
    return "" if job_id is None else reader.numbers.get(job_id, "")
