"""What is said of reasons: right words in three languages, right plurals, and never anybody else's data."""

import re
import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from db.ids import new_id
from db.records import (
    Appointment,
    Elsewhere,
    Job,
    MovedAside,
    Obstacle,
    PlanReason,
    Round,
    Tried,
    Visit,
    WouldHelp,
)
from db.states import AppointmentState, HoldReason, JobState, VisitState
from dispatch.rules import told_dispatcher, told_subscriber, told_technician
from dispatch.rules.plurals import duration, form_of, language_of, on_day, up_to
from dispatch.rules.reasons import NOT_OPEN, OFF, Stands
from optimizer.check import Cause
from optimizer.result import Block, Change, Cost
from tests.builders import visit_of
from tests.worlds import NOW, TODAY, small_town

LANGUAGES = ("en", "ru", "hu")
ADA, BEN = small_town.technicians[:2]
ALLOWED = {"day", "earliest", "latest", "minutes", "until", "because", "n"}


def job(**changes: Any) -> Job:
    kind = small_town.kind("equipment_failure")
    made = Job(
        area_id=small_town.area_id,
        job_id=new_id(),
        number="7G4M0KT",
        kind=kind.kind,
        kind_version=1,
        state=JobState.PLANNED,
        hold_reason=None,
        priority=3,
        fault_class="equipment_failure",
        affected=1,
        subscriber_id=small_town.subscribers[0].subscriber_id,
        place_id=small_town.subscribers[0].place_id,
        network_element_id=None,
        contact_id=None,
        service_duration=kind.service_duration,
        reported_at=NOW,
        received_at=NOW,
        due_at=NOW + timedelta(hours=24),
        resumed_at=None,
        restored_at=None,
        closed_at=None,
        reopened=0,
        version=1,
    )
    return msgspec.structs.replace(made, **changes)


def promise(of: Job, earliest_at: datetime, **changes: Any) -> Appointment:
    made = Appointment(
        area_id=of.area_id,
        appointment_id=new_id(),
        job_id=of.job_id,
        state=AppointmentState.CONFIRMED,
        earliest_at=earliest_at,
        latest_at=earliest_at + timedelta(hours=2),
        promised_at=NOW,
        promised_by=new_id(),
        arrived_at=None,
        slot_quote_id=None,
    )
    return msgspec.structs.replace(made, **changes)


def left_out(of: Job, **blocks: int) -> PlanReason:
    return PlanReason(
        area_id=of.area_id,
        plan_id=new_id(),
        job_id=of.job_id,
        technician_area_id=None,
        technician_id=None,
        on_day=None,
        start_at=None,
        cost={},
        own={},
        left_out=None,
        instead=None,
        blocks=blocks,
        hint=None,
        explained_at=NOW,
    )


def told(
    of: Job,
    language: str = "en",
    *,
    visit: Visit | None = None,
    promises: tuple[Appointment, ...] = (),
    reason: PlanReason | None = None,
    now: datetime = NOW,
) -> str | None:
    known = told_subscriber.Known(
        area=small_town.area,
        job=of,
        visit=visit,
        appointments=promises,
        reason=reason,
        planned_until=TODAY + timedelta(days=1),
    )
    return told_subscriber.told(known, language, now)


def test_a_promise_says_when_and_how_near_somebody_is_then() -> None:
    of = job()
    tomorrow = NOW + timedelta(hours=26)
    visit = visit_of(of, ADA, tomorrow, travel_duration=timedelta(minutes=4, seconds=10))
    promises = (promise(of, tomorrow - timedelta(minutes=30)),)
    assert told(of, visit=visit, promises=promises) == (
        "Your visit is tomorrow between 09:30 and 11:30: the technician is then 4 minutes away."
    )
    assert told(of, "ru-RU", visit=visit, promises=promises) == (
        "Мастер придёт к вам завтра с 09:30 до 11:30: он будет тогда в 4 минутах пути."
    )
    assert told(of, "hu", visit=visit, promises=promises) == (
        "A szerelő holnap 09:30 és 11:30 között érkezik Önhöz: akkor 4 percre lesz."
    )


def test_who_comes_from_afar_is_not_said_to_be_near() -> None:
    of = job()
    at = NOW + timedelta(days=3)
    visit = visit_of(of, ADA, at, travel_duration=timedelta(minutes=50))
    assert told(of, visit=visit, promises=(promise(of, at),)) == (
        "Your visit is on Friday, 27 November between 08:00 and 10:00: a technician who can do this is free then."
    )


def test_a_promise_without_a_visit_in_it_is_said_as_what_it_is() -> None:
    of = job()
    at = NOW + timedelta(days=3)
    elsewhere = visit_of(of, ADA, at + timedelta(hours=5))
    said = "It has been agreed that somebody comes on Friday, 27 November between 08:00 and 10:00."
    for visit in (None, elsewhere):
        assert told(of, visit=visit, promises=(promise(of, at),)) == said


def test_without_a_promise_no_hour_is_named() -> None:
    of = job()
    visit = visit_of(of, ADA, NOW + timedelta(hours=3))
    assert told(of, visit=visit) == "A technician is to come today; no hour has been agreed yet."
    draft = msgspec.structs.replace(visit, state=VisitState.DRAFT)
    assert told(of, visit=draft) == "We have your report and are planning the visit."


def test_a_promise_that_passed_is_not_denied() -> None:
    of = job()
    missed = promise(of, NOW - timedelta(hours=4))
    visit = visit_of(of, ADA, NOW + timedelta(hours=1))
    assert told(of, visit=visit, promises=(missed,)) == (
        "The technician is late; the visit is still planned for today."
    )


@pytest.mark.parametrize(
    ("blocks", "because"),
    [
        ({"skill": 12}, "nobody who can do this is on duty"),
        ({"skill": 9, "priority": 1}, "all technicians who can do this are booked up"),
        ({"skill": 9, "shift": 1}, "all technicians who can do this are booked up"),
        ({"part": 3, "skill": 9}, "a part that is needed is not to be had yet"),
        ({"tool": 3}, "a tool that is needed is not to be had yet"),
        ({"price": 2, "skill": 9}, "more urgent visits come first"),
        ({"window": 2, "part": 4}, "nobody is free at the time that was agreed"),
    ],
)
def test_a_job_without_a_place_says_what_stood_in_the_way_longest(
    blocks: dict[str, int], because: str
) -> None:
    of = job(state=JobState.RECEIVED)
    assert told(of, reason=left_out(of, **blocks)) == (
        f"We could not find a time for you up to 25 November: {because}. We go on looking."
    )


def test_what_was_not_found_for_days_that_are_past_is_no_news() -> None:
    of = job(state=JobState.RECEIVED)
    later = NOW + timedelta(days=2)
    assert told(of, reason=left_out(of, priority=3), now=later) == (
        "We have your report and are planning the visit."
    )


def test_under_way_waiting_and_over() -> None:
    of = job(state=JobState.IN_PROGRESS)
    coming = visit_of(of, ADA, NOW, state=VisitState.ON_MY_WAY)
    assert told(of, visit=coming) == "A technician is on the way to you."
    working = msgspec.structs.replace(coming, state=VisitState.WORKING)
    assert told(of, visit=working) == "A technician is at work on it."
    for state in (JobState.CLOSED, JobState.CANCELLED):
        assert told(job(state=state)) is None
    for language in LANGUAGES:
        held = [
            told(job(state=JobState.ON_HOLD, hold_reason=reason), language) for reason in (*HoldReason, None)
        ]
        assert all(held)


def every_word(words: msgspec.Struct) -> list[str]:
    """All texts in a struct of words, those in its tuples and mappings too."""
    found: list[str] = []
    for value in msgspec.structs.asdict(words).values():
        if isinstance(value, str):
            found.append(value)
        else:
            found += value.values() if isinstance(value, Mapping) else value
    return found


def test_a_sentence_for_the_subscriber_has_room_for_when_and_how_near_and_nothing_else() -> None:
    for words in told_subscriber.WORDS.values():
        for text in every_word(words):
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert names <= ALLOWED, text
            assert not re.search(r"\d", text), text


def test_every_language_says_everything() -> None:
    for module in (told_dispatcher, told_subscriber, told_technician):
        assert set(module.WORDS) == set(LANGUAGES)
    for words in told_dispatcher.WORDS.values():
        assert set(words.blocks) == {block.value for block in Block}
        assert set(words.hints) == {change.value for change in Change}
        assert set(words.parts) == set(Cost.__struct_fields__)
        assert set(words.obstacles) == OBSTACLES
    for words in told_subscriber.WORDS.values():
        assert set(words.held) == set(HoldReason)
    assert set(told_subscriber.NEAREST) == {block.value for block in Block}


OBSTACLES = {
    *(
        cause.value
        for cause in (
            Cause.FROZEN,
            Cause.SKILL,
            Cause.TOOL,
            Cause.PART,
            Cause.EXCLUDED,
            Cause.LOCKED,
            Cause.WINDOW,
            Cause.OVERTIME,
            Cause.MISSING,
            Cause.PARTNER,
            Cause.DEPOT,
        )
    ),
    OFF,
    NOT_OPEN,
}
"""All that `force` can name, and what is known before it is asked."""


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [(1, 0, 0), (2, 1, 1), (4, 1, 1), (5, 1, 2), (11, 1, 2), (12, 1, 2), (21, 1, 0), (22, 1, 1), (111, 1, 2)],
)
def test_plurals(number: int, english: int, russian: int) -> None:
    assert form_of(("0", "1"), number, "en") == str(english)
    assert form_of(("0", "1", "2"), number, "ru") == str(russian)
    assert form_of(("0",), number, "hu") == "0"
    assert form_of(("в минуте", "в минутах"), number, "ru") == ("в минуте" if russian == 0 else "в минутах")


def test_days_and_durations() -> None:
    assert on_day(TODAY, TODAY, "ru") == "сегодня"
    assert on_day(TODAY + timedelta(days=1), TODAY, "hu") == "holnap"
    assert on_day(date(2026, 12, 1), TODAY, "hu") == "kedden, december 1-jén"
    assert on_day(date(2026, 12, 8), TODAY, "hu") == "kedden, december 8-án"
    assert on_day(date(2026, 12, 9), TODAY, "hu") == "szerdán, december 9-én"
    assert on_day(date(2026, 12, 1), TODAY, "ru") == "во вторник, 1 декабря"
    assert [up_to(TODAY, language) for language in LANGUAGES] == [
        "up to 24 November",
        "до 24 ноября включительно",
        "november 24-ig",
    ]
    assert [duration(seconds, "en") for seconds in (0, 90, 3600, 4800, -4800)] == [
        "1 min",
        "2 min",
        "1 h",
        "1 h 20 min",
        "1 h 20 min",
    ]
    assert duration(4800, "ru") == "1 ч 20 мин"
    assert (language_of("ru-RU"), language_of("de"), language_of("HU")) == ("ru", "en", "hu")


def reader(language: str = "en") -> told_dispatcher.Reader:
    return told_dispatcher.Reader(
        language=language,
        area=small_town.area,
        today=TODAY,
        names={ADA.technician_id: "Ada", BEN.technician_id: "Ben"},
        numbers={},
        codes={"fibre": "Fibre splicing"},
    )


def placed(**changes: Any) -> PlanReason:
    made = msgspec.structs.replace(
        left_out(job()),
        technician_area_id=ADA.area_id,
        technician_id=ADA.technician_id,
        on_day=TODAY,
        start_at=NOW,
        cost={"travel": 1440, "outage": 4320, "churn": -900, "lateness": 20, "total": 4880},
        instead=elsewhere(1080),
    )
    return msgspec.structs.replace(made, **changes)


def elsewhere(cost: int) -> Elsewhere:
    return Elsewhere(
        technician_area_id=BEN.area_id,
        technician_id=BEN.technician_id,
        on_day=TODAY + timedelta(days=1),
        start_at=NOW + timedelta(hours=29),
        cost=cost,
    )


def test_a_dispatcher_hears_the_cost_and_the_next_best() -> None:
    assert told_dispatcher.told_of_reason(placed(), reader()) == [
        "When planned, it cost 1 h 21 min there (outage 1 h 12 min, driving 24 min, moved visits −15 min).",
        "Next best when planned: Ben tomorrow at 13:00, 18 min more.",
    ]
    assert told_dispatcher.told_of_reason(placed(instead=elsewhere(-600)), reader())[1] == (
        "When planned, Ben tomorrow at 13:00 would have cost 10 min less: the search did not come to see it."
    )
    assert told_dispatcher.told_of_reason(placed(instead=elsewhere(10)), reader())[1] == (
        "When planned, Ben tomorrow at 13:00 would have done as well."
    )
    alone = placed(instead=None, blocks={"skill": 1, "priority": 5})
    assert told_dispatcher.told_of_reason(alone, reader())[1] == (
        "There is no other place for it: full of what comes first (5 shifts), the skill is lacking (1 shift)."
    )
    assert told_dispatcher.told_of_reason(alone, reader("ru"))[1] == (
        "Другого места нет: занято более важным (5 смен), нет навыка (1 смена)."
    )


def test_a_dispatcher_hears_what_would_help() -> None:
    hint = WouldHelp(kind="overtime", technician_id=ADA.technician_id, on_day=TODAY, seconds=1500)
    row = msgspec.structs.replace(left_out(job(), skill=9, priority=3), hint=hint)
    assert told_dispatcher.told_of_reason(row, reader()) == [
        "There is no place for it: the skill is lacking (9 shifts), full of what comes first (3 shifts).",
        "If Ada stayed 25 min longer today, it would fit.",
    ]
    for language in LANGUAGES:
        for change in Change:
            hint = WouldHelp(
                kind=change, technician_id=ADA.technician_id, on_day=TODAY, seconds=60, missing="ont"
            )
            row = msgspec.structs.replace(left_out(job()), hint=hint)
            (said,) = told_dispatcher.told_of_reason(row, reader(language))
            assert "{" not in said
            if change in (Change.PART, Change.TOOL, Change.SKILL):
                assert "ont" in said


def tried(total: int, moved: int = 0) -> Tried:
    aside = [
        MovedAside(
            job_id=new_id(),
            from_technician_id=None,
            from_day=None,
            to_technician_id=None,
            to_day=None,
            seconds_later=0,
        )
        for _ in range(moved)
    ]
    return Tried(
        obstacles=[], cost={"travel": total, "total": total}, on_day=TODAY, start_at=NOW, moved=aside
    )


def test_the_answer_to_a_why_not() -> None:
    def said(of: Tried, language: str = "en") -> list[str]:
        return told_dispatcher.told_of_trial(of, BEN.technician_id, reader(language))

    assert said(tried(1080, 1)) == [
        "Ben could be there today at 08:00, and the rounds would cost 18 min more (driving 18 min); 1 other visit would move."
    ]
    assert said(tried(1080, 3), "ru") == [
        "Ben может быть там сегодня в 08:00, и маршруты станут на 18 мин дороже (дорога 18 мин); сдвинутся 3 других визита."
    ]
    assert said(tried(-1080)) == [
        "Ben could be there today at 08:00, and the rounds would cost 18 min less (driving −18 min)."
    ]
    assert said(tried(5)) == ["Ben could be there today at 08:00 at no cost."]
    for language in LANGUAGES:
        for code in OBSTACLES:
            bar = Obstacle(code=code, lacks=["fibre", "mast"], seconds=600)
            of = Tried(obstacles=[bar, bar], cost={}, on_day=None, start_at=None, moved=[])
            (sentence,) = said(of, language)
            assert "{" not in sentence
            assert ("Fibre splicing, mast" in sentence) == (code in ("skill", "tool", "part"))


@pytest.mark.parametrize(
    ("row", "stands", "pinned", "says"),
    [
        (placed(), Stands.HOLDS, False, "Any other place for it would cost 18 min of driving more."),
        (
            placed(instead=elsewhere(30)),
            Stands.HOLDS,
            False,
            "Another round could have taken it just as well.",
        ),
        (
            placed(instead=None, blocks={"skill": 2, "part": 1}),
            Stands.HOLDS,
            False,
            "Nobody else on duty has what it takes.",
        ),
        (
            placed(instead=None, blocks={"skill": 2, "priority": 1}),
            Stands.HOLDS,
            False,
            "Nobody else has time for it.",
        ),
        (placed(instead=None, blocks={"locked": 2}), Stands.HOLDS, False, "It was given to you by hand."),
        (placed(), Stands.HOLDS, True, "It was given to you by hand."),
        (placed(), Stands.CHANGED, False, "The rounds have changed since this was planned."),
        (placed(), Stands.MOVED, False, "The rounds have changed since this was planned."),
        (None, None, False, "The rounds have changed since this was planned."),
    ],
)
def test_a_technician_hears_why_a_visit_is_his_and_no_name(
    row: PlanReason | None, stands: Stands | None, pinned: bool, says: str
) -> None:
    assert told_technician.told_of_visit(row, stands, pinned, "en") == says
    for language in LANGUAGES:
        said = told_technician.told_of_visit(row, stands, pinned, language)
        assert "Ben" not in said
        assert "{" not in said


def test_a_technician_hears_how_long_the_round_is() -> None:
    frame = Round(
        area_id=small_town.area_id,
        round_id=new_id(),
        technician_area_id=ADA.area_id,
        technician_id=ADA.technician_id,
        on_day=TODAY,
        plan_id=new_id(),
        round_version=1,
        leave_at=NOW,
        back_at=NOW + timedelta(hours=8),
        break_start_at=None,
        break_end_at=None,
        travel_duration=timedelta(minutes=100),
        distance_m=1,
        published_at=NOW,
    )
    visits = [visit_of(job(), ADA, NOW) for _ in range(2)]
    area = small_town.area
    assert told_technician.told_of_round(frame, visits, area, "en") == (
        "2 visits, 1 h 40 min at the wheel, back at 16:00."
    )
    assert told_technician.told_of_round(frame, visits, area, "ru") == (
        "2 визита, 1 ч 40 мин за рулём, возвращение в 16:00."
    )
    assert told_technician.told_of_round(frame, visits[:1], area, "hu") == (
        "1 látogatás, 1 óra 40 perc vezetés, vissza: 16:00."
    )
    assert told_technician.told_of_round(None, visits, area, "en") is None
