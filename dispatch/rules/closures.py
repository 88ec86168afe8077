"""The closure gate: may this visit be closed as it stands, who bears it, and may it be charged?

Closure codes have three axes (location x cause x action); inconsistent triples are named with the reason. Liability
and what may be charged follow from them: cable breaks and the operator's equipment are never charged.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from db.records import JobKindVersion
from db.states import Action, Cause, Liability, Location
from dispatch.rules.events import Body, Checked, Closing, Measurement, PartUsed, PhotoTaken

SUBSCRIBERS = frozenset(
    {Location.SUBSCRIBER_EQUIPMENT, Location.SUBSCRIBER_SETTINGS, Location.SUBSCRIBER_POWER}
)
CABLES = frozenset(
    {Location.FEEDER, Location.SPLITTER_OR_CABINET, Location.DROP, Location.RISER, Location.INDOOR_WIRING}
)
OPERATORS_BOXES = frozenset({Location.ONT_OPERATOR, Location.CPE_OPERATOR, Location.OLT_OR_CORE})
_ANYWHERE = frozenset(Location)

WITHOUT_WORK = frozenset({Action.CANCELLED, Action.EDUCATE, Action.NO_ACCESS, Action.REFER_NETWORK})
"""Nothing was mended by hand, so there is nothing to charge as work and no line to test."""

ACTION_AT: Mapping[Action, frozenset[Location]] = {
    Action.RESPLICE: CABLES,
    Action.RETERMINATE: CABLES | {Location.ONT_OPERATOR},
    Action.CLEAN: CABLES | OPERATORS_BOXES,
    Action.REPLACE_DROP: frozenset({Location.DROP, Location.RISER, Location.INDOOR_WIRING}),
    Action.SWAP_ONT: frozenset({Location.ONT_OPERATOR}),
    Action.SWAP_CPE: frozenset({Location.CPE_OPERATOR}),
    Action.RECONFIGURE: OPERATORS_BOXES | {Location.SUBSCRIBER_SETTINGS, Location.SUBSCRIBER_EQUIPMENT},
    Action.RESTORE_POWER: frozenset(
        {Location.SUBSCRIBER_POWER, Location.SPLITTER_OR_CABINET, Location.OLT_OR_CORE, Location.ONT_OPERATOR}
    ),
    Action.EDUCATE: SUBSCRIBERS | {Location.NONE_FOUND},
    Action.REFER_NETWORK: _ANYWHERE - SUBSCRIBERS,
    Action.NO_ACCESS: frozenset({Location.NONE_FOUND}),
    Action.CANCELLED: _ANYWHERE,
}

CAUSE_AT: Mapping[Cause, frozenset[Location]] = {
    Cause.DIG: frozenset({Location.FEEDER, Location.DROP, Location.SPLITTER_OR_CABINET}),
    Cause.VEHICLE: frozenset({Location.FEEDER, Location.DROP, Location.SPLITTER_OR_CABINET}),
    Cause.RODENT: CABLES,
    Cause.WEATHER: frozenset(
        {
            Location.FEEDER,
            Location.DROP,
            Location.SPLITTER_OR_CABINET,
            Location.OLT_OR_CORE,
            Location.ONT_OPERATOR,
        }
    ),
    Cause.WATER: CABLES | OPERATORS_BOXES | {Location.SUBSCRIBER_EQUIPMENT},
    Cause.WEAR: CABLES | OPERATORS_BOXES | {Location.SUBSCRIBER_EQUIPMENT},
    Cause.WORKMANSHIP: _ANYWHERE - {Location.NONE_FOUND},
    Cause.VANDALISM: _ANYWHERE - {Location.SUBSCRIBER_SETTINGS, Location.NONE_FOUND},
    Cause.POWER: OPERATORS_BOXES
    | {Location.SPLITTER_OR_CABINET, Location.SUBSCRIBER_POWER, Location.SUBSCRIBER_EQUIPMENT},
    Cause.CONFIG: OPERATORS_BOXES | {Location.SUBSCRIBER_SETTINGS, Location.SUBSCRIBER_EQUIPMENT},
    Cause.HARDWARE: CABLES | OPERATORS_BOXES | {Location.SUBSCRIBER_EQUIPMENT},
    Cause.CONTAMINATION: CABLES | OPERATORS_BOXES,
    Cause.THIRD_PARTY: _ANYWHERE - {Location.NONE_FOUND},
    Cause.UNKNOWN: _ANYWHERE,
}

_THIRD_PARTIES = frozenset({Cause.DIG, Cause.VEHICLE, Cause.VANDALISM, Cause.THIRD_PARTY})


class Fault(msgspec.Struct, frozen=True):
    """One reason why the gate stays shut, as data for a sentence in the reader's language."""

    code: str
    detail: str = ""


def inconsistencies(location: Location, cause: Cause, action: Action) -> list[Fault]:
    """Why the three do not go together; empty when they do."""
    faults: list[Fault] = []
    if location not in ACTION_AT[action]:
        faults.append(Fault("action-not-at-location", f"{action} at {location}"))
    if location not in CAUSE_AT[cause]:
        faults.append(Fault("cause-not-at-location", f"{cause} at {location}"))
    if location is Location.NONE_FOUND and cause is not Cause.UNKNOWN:
        faults.append(Fault("nothing-found-has-no-cause", str(cause)))
    return faults


def liability_for(location: Location, cause: Cause) -> Liability:
    """Who bears it. What lies on the operator's side never becomes the subscriber's."""
    if location in SUBSCRIBERS and cause is not Cause.WORKMANSHIP:
        return Liability.SUBSCRIBER
    if cause in _THIRD_PARTIES:
        return Liability.THIRD_PARTY
    if cause is Cause.WEATHER:
        return Liability.FORCE_MAJEURE
    return Liability.OPERATOR


def gate(closing: Closing, kind: JobKindVersion, bodies: Sequence[Body]) -> list[Fault]:
    """Everything that is missing for this closure, given all that was reported of the visit, in the order of the phone: of
    a measurement and of a checklist item the last word counts."""
    faults = inconsistencies(closing.location, closing.cause, closing.action)
    if closing.action in WITHOUT_WORK:
        return faults
    faults += _line_test(kind, bodies)
    photos = {body.purpose for body in bodies if isinstance(body, PhotoTaken)}
    faults += [Fault("photo-missing", purpose) for purpose in kind.photos if purpose not in photos]
    checked = {body.code: body.done for body in bodies if isinstance(body, Checked)}
    faults += [
        Fault("checklist-open", item.code)
        for item in kind.checklist
        if item.required and not checked.get(item.code, False)
    ]
    return faults + _parts(closing, bodies)


def _line_test(kind: JobKindVersion, bodies: Sequence[Body]) -> list[Fault]:
    """The last measurement after the work counts; without one the line is not known to be mended."""
    test = kind.line_test
    if test is None:
        return []
    after = [
        body
        for body in bodies
        if isinstance(body, Measurement) and body.moment == "after" and body.quantity == test.quantity
    ]
    if not after:
        return [Fault("line-test-missing", test.quantity)]
    if not test.minimum <= after[-1].value <= test.maximum:
        return [Fault("line-test-out-of-limits", f"{after[-1].value} {test.unit}")]
    return []


SWAPPED: Mapping[Action, Collection[str]] = {Action.SWAP_ONT: ("ont",), Action.SWAP_CPE: ("router",)}


def _parts(closing: Closing, bodies: Sequence[Body]) -> list[Fault]:
    """A swap names the piece that went in and the one that came out."""
    faults: list[Fault] = []
    for code in SWAPPED.get(closing.action, ()):
        used = [
            body for body in bodies if isinstance(body, PartUsed) and body.code == code and body.quantity > 0
        ]
        if not used:
            faults.append(Fault("part-missing", code))
        elif not any(body.serial and body.removed_serial for body in used):
            faults.append(Fault("serials-missing", code))
    return faults
