"""Credits, and the terms of credit, on the wire."""

from datetime import date, datetime
from uuid import UUID

from db.states import CreditLineKind
from dispatch.bounded import StrictWire, Wire
from dispatch.rules.credit_setup import CreditTableIn
from dispatch.rules.credits import RefusalReason


class CreditLineOut(Wire):
    """`sentence` is the reader's; `spoken` the same in the subscriber's language. `onDay` of a month: its first."""

    kind: CreditLineKind
    on_day: date
    appointment_id: UUID | None
    amount_minor: int
    table_version: int
    sentence: str
    spoken: str


class CreditOut(Wire):
    """Of one ticket or one mass outage. `claimed`: the subscriber had to ask."""

    area_id: UUID
    credit_id: UUID
    subscriber_id: UUID
    ticket_id: UUID | None
    outage_id: UUID | None
    amount_minor: int
    currency: str
    claimed: bool
    credited_at: datetime
    lines: list[CreditLineOut]


class NotCreditedOut(Wire):
    """What is not credited, and why: `sentence` is the reader's, `spoken` the subscriber's."""

    reason: RefusalReason
    on_day: date
    appointment_id: UUID | None
    sentence: str
    spoken: str


class SubscriberCredits(Wire):
    """Newest first."""

    items: list[CreditOut]


class TicketCredits(Wire):
    """`isOver` false: it is worked out when the trouble is over. `dueMinor`: what a claim would add now."""

    items: list[CreditOut]
    is_over: bool
    due_minor: int
    currency: str
    refused: list[NotCreditedOut]


class ClaimIn(StrictWire):
    """Nothing has to be said: what is owed is known."""


class CreditClaimed(Wire):
    credit: CreditOut
    refused: list[NotCreditedOut]


class Credits(Wire):
    """A page: `next` is the `after` of the next one."""

    items: list[CreditOut]
    next: UUID | None


class CreditTableOut(Wire):
    """A version of the terms. `terms`: as one would say them for the next version, which `after` names."""

    table_version: int
    currency: str
    valid_from: date
    terms: CreditTableIn


class CreditTables(Wire):
    """All versions, the newest first; `known`: schemes to begin with, in their own currencies."""

    items: list[CreditTableOut]
    known: list[CreditTableOut]
