"""Credits, and the terms of credit, on the wire."""

from datetime import date, datetime
from uuid import UUID

from db.states import CreditLineKind, CreditWay
from dispatch.bounded import Money, StrictWire, Wire
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


class CreditOfPeriodOut(Wire):
    """`leavesBy`: to billing by itself (`billedAt`: it has it), or in a file (`exportedAt`: it is in one). `ticketNumber` empty: it is of an
    outage."""

    credit_id: UUID
    contract: str
    ticket_id: UUID | None
    ticket_number: str
    amount_minor: int
    currency: str
    claimed: bool
    credited_at: datetime
    exported_at: datetime | None
    leaves_by: CreditWay
    billed_at: datetime | None
    lines: list[CreditLineOut]


class CreditTotalOut(Wire):
    """Of all of the period in one currency: how many and how much, what of it is in a file, and what is for one and in none yet."""

    currency: str
    credits: int
    amount_minor: int
    exported: int
    exported_minor: int
    owed: int
    owed_minor: int


class CreditStatementOut(Wire):
    """Newest first; `more`: not all of the period are listed, though `totals` count them. `leavesBy`: how credits of this area leave from
    now on; each leaves one way."""

    first_on: date
    last_on: date
    items: list[CreditOfPeriodOut]
    totals: list[CreditTotalOut]
    leaves_by: CreditWay
    more: bool


class CreditExportIn(StrictWire):
    """A period of whole days in the area's zone, of at most 400 days."""

    first_on: date
    last_on: date


class CreditExportOut(Wire):
    """A file of what was in none before. `exportedBy`: by name."""

    export_id: UUID
    first_on: date
    last_on: date
    exported_at: datetime
    exported_by: str
    credits: int


class CreditExports(Wire):
    """The last hundred, newest first."""

    items: list[CreditExportOut]


class CreditExampleIn(StrictWire):
    """Terms that are not saved yet, and what a subscriber pays a month."""

    terms: CreditTableIn
    fee_minor: Money


class CreditExampleOut(Wire):
    """What these terms give for one case: nobody came to Tuesday's appointment, and a complete outage, reported at nine on Monday, was
    over at five on Sunday."""

    reported_at: datetime
    restored_at: datetime
    currency: str
    amount_minor: int
    sentences: list[str]


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
