"""What is owed by the words of the tariff and not asked for: line 2 had seen the operator's line out of its limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from db.records import Closure, Escalation, LineTest, Reading
from db.states import WaiverReason
from dispatch.rules.charges import Due
from dispatch.rules.reports import Known


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """A charge that is not made; `proof` says which reading, within which limits it should have been, of which escalation."""

    due: Due
    reason: WaiverReason
    proof: dict[str, Any]


def waived_of(known: Known, owed: Sequence[Due], in_force: Sequence[Closure]) -> list[Waived]:
    """Of what is owed. By the last reading before the closure; what was seen before an earlier closure is of a trouble that
    was mended."""
    return [waived for due in owed if (waived := _waived(known, due, in_force)) is not None]


def _waived(known: Known, due: Due, in_force: Sequence[Closure]) -> Waived | None:
    test = known.kind.line_test
    if test is None:
        return None
    since = max((row.closed_at for row in in_force if row.closed_at < due.closure.closed_at), default=None)
    told = _last_told(test, known.escalations, since, due.closure.closed_at)
    if told is None or test.minimum <= told[1].value <= test.maximum:
        return None
    escalation, reading = told
    proof = {
        "escalation": str(escalation.escalation_id),
        "quantity": reading.quantity,
        "value": reading.value,
        "unit": reading.unit,
        "minimum": test.minimum,
        "maximum": test.maximum,
    }
    return Waived(due=due, reason=WaiverReason.LINE_OUT_OF_LIMITS, proof=proof)


def _last_told(
    test: LineTest, escalations: Sequence[Escalation], since: datetime | None, until: datetime
) -> tuple[Escalation, Reading] | None:
    told = [
        (escalation, reading)
        for escalation in escalations
        for reading in escalation.diagnosis.readings
        # whoever names no unit means the test's own
        if reading.quantity == test.quantity
        and reading.unit in ("", test.unit)
        and escalation.received_at <= until
        and (since is None or escalation.received_at > since)
    ]
    return max(reversed(told), key=lambda one: (one[0].received_at, one[0].sequence), default=None)
