"""Who calls: whose name was said, how often it may be said, and what phones are looked for."""

from datetime import timedelta

import pytest

from db.ids import new_id
from db.records import Ticket
from db.states import VerifiedBy
from dispatch.errors import TooManyNames
from dispatch.rules.callers import names_holder, phone_searches, verify_may_say
from dispatch.rules.tickets import SOURCE, after_call
from tests.worlds import NOW

ANNA = "Kovács-Szabó Anna Mária"


@pytest.mark.parametrize(
    ("said", "holder", "right"),
    [
        ("anna KOVACS", ANNA, True),
        ("Kovács Szabó", ANNA, True),
        ("Anna Mária", ANNA, True),
        ("Kovács", ANNA, False),
        ("A. Kovács", ANNA, False),
        ("Kovács Anna M.", ANNA, False),
        ("Kovács Ann", ANNA, False),
        ("Anna Anna", ANNA, False),
        ("Kovács Anna Éva", ANNA, False),
        ("Kiss A.", "Kiss A.", False),
        ("Магазин 7", "Магазин 7", True),
        ("Телеком", "Телеком", True),
        ("", "Телеком", False),
    ],
)
def test_the_name_is_said_by_two_whole_words_of_it_and_never_by_an_initial(
    said: str, holder: str, right: bool
) -> None:
    assert names_holder(said, holder) is right


def test_after_three_wrong_names_within_half_an_hour_none_is_taken_until_the_first_of_them_is_forgotten() -> (
    None
):
    wrong = [NOW - timedelta(minutes=minutes) for minutes in (31, 20, 10)]
    verify_may_say(wrong, NOW)
    with pytest.raises(TooManyNames) as refused:
        verify_may_say([*wrong, NOW], NOW)
    assert refused.value.facts == {"waitSeconds": 600}
    verify_may_say([*wrong, NOW], NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("said", "searches"),
    [
        ("+36 20 123-4567", ["+36201234567", "%201234567"]),
        ("0036 20 1234567", ["+36201234567", "%201234567"]),
        ("06 20 123 4567", ["%201234567"]),
        ("+06201234567", ["%201234567"]),
        ("+36 (0)20 123 4567", ["+360201234567", "%201234567"]),
        ("8 900 111-22-33", ["%001112233"]),
        ("030 123456", ["%30123456"]),
        ("123 45 67", ["%1234567"]),
        ("123456", []),
        ("0000000", []),
        ("1234567890123456", []),
        ("%", []),
    ],
)
def test_a_phone_is_looked_for_whole_where_it_says_its_country_and_by_its_end(
    said: str, searches: list[str]
) -> None:
    assert phone_searches(said) == searches


@pytest.mark.parametrize(
    ("by", "kept"),
    [
        (VerifiedBy.NAME, None),
        (VerifiedBy.CODE, None),
        (VerifiedBy.ACCOUNT, VerifiedBy.ACCOUNT),
        (None, None),
    ],
)
def test_what_was_said_in_a_call_ends_with_it_and_an_account_holds_for_what_is_written_from_it(
    by: VerifiedBy | None, kept: VerifiedBy | None
) -> None:
    ticket = Ticket(
        area_id=new_id(),
        ticket_id=new_id(),
        source=SOURCE,
        ticket_number="T-1",
        subscriber_id=new_id(),
        reported_at=NOW,
        verified_by=by,
    )
    assert after_call(ticket).verified_by is kept
