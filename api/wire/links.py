"""What a subscriber is shown by the link, and says there."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from db.states import ConsentAnswer, ConsentSubject
from dispatch.bounded import LINES, StrictWire, Wire
from dispatch.rules.links import DIGITS, NOTE_LENGTH, CancelReason, Stage

Digits = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{{DIGITS}}}(?![\s\S])", description="The last four of the contract's phone number"
    ),
]


class WindowOut(Wire):
    earliest: datetime
    latest: datetime


class ExpectedOut(Wire):
    """`late`: after the window that was promised."""

    earliest: datetime
    latest: datetime
    late: bool
    sentence: str


class ShownLineOut(Wire):
    """`amountMinor` is for one, tax included."""

    text: str
    quantity: int
    amount_minor: int


class KeptConsentOut(Wire):
    """What was answered, without strokes. `copy` says the same as one text, to keep."""

    consent_id: UUID
    subject: ConsentSubject
    answer: ConsentAnswer
    answered_at: datetime
    title: str
    text: str
    language: str
    """Of `text`, which stands as it was said."""
    lines: list[ShownLineOut]
    amount_minor: int
    currency: str
    copy: str


class AwaitedVisitOut(Wire):
    """A visit as its subscriber sees it. `technician`: a first name, from when somebody is on the way. `expected`: on the day, when it
    says more than the window. `visitCode`: agrees to a price, where one can be asked. `call`: whom to call, or empty."""

    number: str
    language: str
    time_zone: str
    first_name: str
    what: str
    stage: Stage
    sentence: str
    window: WindowOut | None
    confirmed: bool
    expected: ExpectedOut | None
    technician: str
    access_note: str
    visit_code: str | None
    consents: list[KeptConsentOut]
    may_move: bool
    may_cancel: bool
    locked: bool
    call: str
    now: datetime


class AccessNoteIn(StrictWire):
    note: Annotated[str, Meta(max_length=NOTE_LENGTH, pattern=LINES)]


class WindowOfferOut(Wire):
    offer: int
    earliest: datetime
    latest: datetime


class WindowsOut(Wire):
    """Best first; none where nobody is free in the coming days."""

    slot_quote_id: UUID
    expires_at: datetime
    offers: list[WindowOfferOut]


class MoveIn(StrictWire):
    """The number of the window taken."""

    slot_quote_id: UUID
    offer: Annotated[int, Meta(ge=1, le=100)]
    digits: Digits


class CancelIn(StrictWire):
    digits: Digits
    reason: CancelReason
