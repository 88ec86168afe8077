"""What burns and what a hand breaks is said in three languages, of every kind there is."""

from datetime import timedelta

import pytest

from db.ids import new_id
from db.records import Alert
from db.states import AlertKind
from dispatch.rules.hands import Break, BreakCode
from dispatch.rules.told_board import Gap, Level, of_alerts, of_gaps, sorted_by_heat
from dispatch.rules.told_dispatcher import Reader
from dispatch.rules.told_hands import told_of_absence, told_of_break, told_of_pin
from tests.worlds import NOW, TODAY, small_town

PROMISES = (BreakCode.PROMISE, BreakCode.OTHER_PROMISE)
JOB, TECHNICIAN = new_id(), new_id()


def reader(language: str) -> Reader:
    return Reader(language, small_town.area, TODAY, {TECHNICIAN: "Béla"}, {JOB: "7G4"}, {})


def alert(kind: AlertKind) -> Alert:
    """With all that any kind knows."""
    facts = {
        "visitId": str(new_id()),
        "expectedArrivalAt": (NOW + timedelta(hours=3)).isoformat(),
        "latestAt": (NOW + timedelta(hours=2)).isoformat(),
        "earliestAt": (NOW + timedelta(hours=1)).isoformat(),
        "plannedStartAt": NOW.isoformat(),
        "expectedStartAt": (NOW + timedelta(minutes=70)).isoformat(),
        "code": "ont",
    }
    return Alert(
        area_id=small_town.area_id,
        alert_id=new_id(),
        kind=kind,
        subject_id=new_id(),
        job_id=JOB,
        technician_id=TECHNICIAN,
        facts=facts,
        opened_at=NOW,
        closed_at=None,
    )


@pytest.mark.parametrize("language", ["en", "ru", "hu"])
@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_alert_has_a_sentence(kind: AlertKind, language: str) -> None:
    (said,) = of_alerts([alert(kind)], reader(language), TODAY)
    assert "7G4" in said.sentence
    assert said.sentence.endswith(".")
    assert "{" not in said.sentence


def test_sentences_say_when_and_by_how_much() -> None:
    said = {kind: of_alerts([alert(kind)], reader("en"), TODAY)[0].sentence for kind in AlertKind}
    assert said[AlertKind.PROMISE_LATE] == "7G4: promised by 10:00, Béla is expected at 11:00."
    assert said[AlertKind.PROMISE_UNPLACED] == "7G4: promised today between 09:00 and 10:00, and nobody goes."
    assert said[AlertKind.TECHNICIAN_LATE] == "Béla is expected at 7G4 1 h 10 min late."


@pytest.mark.parametrize("language", ["en", "ru", "hu"])
@pytest.mark.parametrize("code", list(BreakCode))
def test_every_broken_rule_has_a_sentence(code: BreakCode, language: str) -> None:
    window = (NOW, NOW + timedelta(hours=2)) if code in PROMISES else None
    broken = Break(code=code, seconds=900, job_id=JOB, lacks=["fibre", "odd"], window=window)
    said = told_of_break(broken, "Béla", "7G4", language, {"fibre": "Fibre splicing"}, small_town.area)
    assert said.endswith(".")
    assert "{" not in said
    if code is BreakCode.SKILL:
        assert "Fibre splicing, odd" in said, "what has no name is called by its code"
    if code is BreakCode.OTHER_PROMISE:
        assert "7G4" in said
    assert ("08:00–10:00" in said) == (code in PROMISES)


@pytest.mark.parametrize("language", ["en", "ru", "hu"])
def test_a_pin_says_what_stands_in_its_way(language: str) -> None:
    said = told_of_pin(
        "7G4",
        "Béla",
        NOW,
        NOW + timedelta(hours=1),
        ("8H5", NOW + timedelta(minutes=40)),
        small_town.area,
        language,
    )
    assert all(word in said for word in ("7G4", "Béla", "08:00", "09:00", "8H5", "08:40"))
    assert "Béla" in told_of_absence("7G4", "Béla", language)


def test_what_burns_most_and_longest_comes_first() -> None:
    late = of_alerts([alert(AlertKind.PROMISE_LATE)], reader("en"), TODAY)
    gaps = of_gaps(
        [
            Gap(technician_id=TECHNICIAN, technician_name="Béla", missing=missing, since=since)
            for missing, since in ((2, NOW), (0, NOW - timedelta(hours=1)))
        ],
        reader("en"),
    )
    found = sorted_by_heat([*gaps, *late])
    assert [one.level for one in found] == [Level.DANGER, Level.WARNING, Level.WARNING]
    assert [one.sentence for one in found[1:]] == [
        "The phone of Béla lost what it had not sent.",
        "2 records of Béla have not arrived.",
    ]
