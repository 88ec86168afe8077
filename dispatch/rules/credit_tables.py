"""What is owed for time without service and for appointments that were not kept: schemes as versioned data.

Sources. UK: Ofcom's automatic compensation scheme, amounts from 1 April 2026. DE: Telekommunikationsgesetz, section 58, in force since
1 December 2021. RU: Decree 2607 of the Government of 31 December 2021, in force since 1 March 2022. What they leave open is a
setting here, and ours: that a day counts on which service came back; that the first day is the one after the report; that a day
is stopped only if the clock stood all the time that the service was missing on it; that Ofcom's scheme knows no force majeure.
An operator's own scheme is another table.
"""

from datetime import date, timedelta
from enum import StrEnum

from db.records.base import Record


class StopReason(StrEnum):
    """Why the clock stands although there is no service."""

    NO_ACCESS = "no_access"
    SUBSCRIBER_WISH = "subscriber_wish"
    FORCE_MAJEURE = "force_majeure"


class Rounding(StrEnum):
    """Of what is less than a minor unit."""

    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"


class StopsDay(StrEnum):
    """When a day does not count because the clock stood on it."""

    WHOLE = "whole"
    """All the time that the service was missing."""
    ANY = "any"
    """At all."""


class Amount(Record):
    """The higher of the two."""

    minor: int = 0
    percent: int = 0
    """Of the monthly fee."""


class Step(Record):
    """From this day of the period on, which begins with 1."""

    from_day: int
    amount: Amount


class Daily(Record, tag="daily"):
    """So much for each calendar day. `steps`: by rising `from_day`; before the first of them nothing is paid."""

    steps: tuple[Step, ...]
    starts_next_day: bool = True
    """The period: with the day after the report, not with the report's own."""
    free_working_days: int = 0
    """So many pass before the period starts."""
    restoration_day_counts: bool = True
    stops_day: StopsDay = StopsDay.WHOLE


class ProRata(Record, tag="pro_rata"):
    """The monthly fee by the share of the month without service. Both are time that passes, so that a month in which the clocks
    change, dark from end to end, is its fee."""


class Unkept(Record):
    """An appointment that was missed."""

    amount: Amount
    notice: timedelta | None = None
    """Cancelled with less than this is missed as well. None: cancelling costs nothing."""


class CreditTable(Record):
    """One version of a scheme, for whatever began while it was valid."""

    scheme: str
    version: int
    currency: str
    valid_from: date
    valid_until: date | None
    """The last day."""
    outage: Daily | ProRata
    appointment: Unkept | None
    stops: tuple[StopReason, ...]
    """What stops the clock."""
    complete_only: bool
    """Nothing is owed where something still worked."""
    rounding: Rounding = Rounding.HALF_UP


UK = CreditTable(
    scheme="uk",
    version=1,
    currency="GBP",
    valid_from=date(2026, 4, 1),
    valid_until=None,
    outage=Daily(steps=(Step(from_day=1, amount=Amount(minor=1_034)),), free_working_days=2),
    appointment=Unkept(amount=Amount(minor=3_231), notice=timedelta(hours=24)),
    stops=(StopReason.NO_ACCESS, StopReason.SUBSCRIBER_WISH),
    complete_only=True,
)
DE = CreditTable(
    scheme="de",
    version=1,
    currency="EUR",
    valid_from=date(2021, 12, 1),
    valid_until=None,
    outage=Daily(
        steps=(
            Step(from_day=3, amount=Amount(minor=500, percent=10)),
            Step(from_day=5, amount=Amount(minor=1_000, percent=20)),
        )
    ),
    appointment=Unkept(amount=Amount(minor=1_000, percent=20)),
    stops=tuple(StopReason),
    complete_only=True,
)
RU = CreditTable(
    scheme="ru",
    version=1,
    currency="RUB",
    valid_from=date(2022, 3, 1),
    valid_until=None,
    outage=ProRata(),
    appointment=None,
    stops=tuple(StopReason),
    complete_only=False,
)
TABLES = (UK, DE, RU)
