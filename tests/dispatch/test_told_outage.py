"""What callers and those in the dark are told of an outage: where, since when, until when, and nothing that is not so."""

from datetime import datetime, timedelta

import msgspec
import pytest

from dispatch.rules.told_outage import WORDS, Announced, spoken, streets_of, text
from tests.worlds import small_town

AREA = msgspec.structs.replace(small_town.area, time_zone="Europe/Budapest")
SINCE = datetime.fromisoformat("2026-11-24T10:15:00+01:00")
NOW = SINCE + timedelta(hours=1)
OUTAGE = Announced(
    area=AREA,
    element="Splitter 4",
    streets=["Elm Street"],
    since=SINCE,
    expected_at=SINCE + timedelta(hours=4),
)


def outage(**changes: object) -> Announced:
    return msgspec.structs.replace(OUTAGE, **changes)


def test_who_calls_hears_where_since_when_and_until_when() -> None:
    assert spoken(OUTAGE, "en", NOW) == (
        "There is no service in Elm Street. It began today at 10:15. "
        "We expect it to work again today at about 14:15. We are working on it; you need not report it."
    )
    assert "Это началось сегодня в 10:15." in spoken(OUTAGE, "ru-RU", NOW)
    assert "A hiba ma 10:15-kor kezdődött." in spoken(OUTAGE, "hu", NOW)


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (2, "en", "in A and B."),
        (4, "en", "in A, B, C and D."),
        (5, "en", "in A, B, C and 2 more streets."),
        (5, "ru", ": A, B, C и ещё 2 улицы."),
        (8, "ru", ": A, B, C и ещё 5 улиц."),
        (24, "ru", ": A, B, C и ещё 21 улица."),
        (5, "hu", ": A, B, C és még 2 utca."),
    ],
)
def test_three_streets_are_named_and_the_others_counted(count: int, language: str, said: str) -> None:
    streets = [chr(ord("A") + number) for number in range(count)]
    assert said in spoken(outage(streets=streets), language, NOW)


@pytest.mark.parametrize("language", WORDS)
def test_without_a_street_the_element_is_named_to_callers_and_nothing_to_those_who_are_dark(
    language: str,
) -> None:
    assert "Splitter 4" in spoken(outage(streets=[]), language, NOW)
    assert "Splitter" not in text(outage(streets=[]), language, NOW)


@pytest.mark.parametrize("language", WORDS)
def test_an_end_is_told_only_while_it_is_expected(language: str) -> None:
    words = WORDS[language]
    for say in (spoken, text):
        assert "14:15" in say(OUTAGE, language, NOW)
        assert words.unknown in say(outage(expected_at=None), language, NOW)
        late = say(OUTAGE, language, NOW + timedelta(hours=5))
        assert words.longer in late
        assert "14:15" not in late


def test_an_end_is_told_to_the_quarter_of_an_hour_and_rather_late() -> None:
    odd = outage(expected_at=SINCE + timedelta(hours=3, minutes=46, seconds=1))
    assert "14:15" in spoken(odd, "en", NOW)
    night = outage(expected_at=SINCE + timedelta(hours=22))
    assert "tomorrow at about 08:15" in spoken(night, "en", NOW)


@pytest.mark.parametrize("language", WORDS)
def test_when_it_is_over_that_is_what_is_said(language: str) -> None:
    over = outage(restored_at=SINCE + timedelta(hours=2))
    assert "12:15" in spoken(over, language, NOW + timedelta(hours=2))
    assert text(over, language, NOW) == WORDS[language].text_restored


@pytest.mark.parametrize("language", WORDS)
def test_a_text_is_three_short_messages_at_most(language: str) -> None:
    long_ago = NOW + timedelta(days=2)
    for said in (
        text(OUTAGE, language, NOW),
        text(outage(expected_at=long_ago + timedelta(days=2)), language, long_ago),
    ):
        assert "{" not in said
        assert len(said) <= 3 * (153 if said.isascii() else 67)


def test_streets_come_by_how_many_live_there() -> None:
    place = small_town.made.places[0]
    rows = [msgspec.structs.replace(place, street=street) for street in ("B", "A", "C", "C", "")]
    assert streets_of(rows) == ["C", "A", "B"]
