"""Callbacks on the wire."""

from datetime import datetime
from uuid import UUID

from api.wire.jobs import ClosureOut
from db.states import CallbackState
from dispatch.bounded import StrictWire, Text, Wire
from dispatch.rules.callbacks import CallbackOutcome


class CallbackOut(Wire):
    """`inHand`: the reader has it. `name` and `phone`: whom to call; `closure`: what the technician found and did, null where it is not
    known any more. The ticket has the history."""

    area_id: UUID
    callback_id: UUID
    state: CallbackState
    due_at: datetime
    tries: int
    in_hand: bool
    job_id: UUID
    job_number: str
    kind: str
    closed_at: datetime | None
    reopened: int
    closure: ClosureOut | None
    ticket_id: UUID
    ticket_number: str
    subscriber_id: UUID
    contract: str
    language: str
    name: str
    phone: str
    address: str


class Callbacks(Wire):
    """What is due, oldest first, and what somebody has in hand."""

    items: list[CallbackOut]


class CallbackOutcomeIn(StrictWire):
    outcome: CallbackOutcome
    note: Text = ""
