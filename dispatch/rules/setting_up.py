"""What a person says when an area is set up, bounded; and what of a change goes into the journal."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from db.records import Area, AreaSettings
from db.states import AbsenceReason, CreditWay, FoundBy, StockKind
from dispatch.bounded import (
    Code,
    Count,
    Currency,
    Instant,
    Language,
    Latitude,
    Longitude,
    MaybeName,
    Minutes,
    Money,
    Name,
    Phone,
    StrictWire,
    Text,
    Value,
)
from dispatch.bounded import Sequence as VersionNumber
from dispatch.rules.prices import PlanWeightsIn

END = r"(?![\s\S])"
Login = Annotated[
    str, Meta(pattern=rf"^[a-z0-9][a-z0-9_.@-]{{1,63}}{END}", description="Lower case: letters, digits, _.@-")
]
ClockTime = Annotated[
    str, Meta(pattern=rf"^([01][0-9]|2[0-3]):[0-5][0-9]{END}", description="HH:MM in the area's time")
]
Texts = Annotated[dict[Language, Text], Meta(min_length=1, max_length=20, description="By language")]
Codes = Annotated[list[Code], Meta(max_length=100)]
Version = Annotated[int, Meta(ge=0, le=1_000_000)]
Hour = Annotated[int, Meta(ge=0, le=24)]
Factor = Annotated[float, Meta(ge=0.1, le=10)]


class PlaceIn(StrictWire):
    """`foundBy` says whether the point was given, found by a geocoder or put there by hand."""

    address: Name
    latitude: Latitude
    longitude: Longitude
    found_by: FoundBy
    city: MaybeName = ""
    street: MaybeName = ""
    house: MaybeName = ""
    flat: MaybeName = ""
    postcode: MaybeName = ""
    access_note: Text = ""


class DepotIn(StrictWire):
    name: Name
    place_id: UUID


class NamedIn(StrictWire):
    """A skill, a holiday."""

    name: Name


class PartIn(StrictWire):
    kind: StockKind
    name: Name


class StockIn(StrictWire):
    """In a van or a depot: one of both. Only the quantity can be changed later."""

    kind: StockKind
    code: Code
    quantity: Count
    serial: MaybeName = ""
    technician_id: UUID | None = None
    depot_id: UUID | None = None


class TechnicianIn(StrictWire):
    """`login` is for signing in and stays; the phone is enrolled by a link. `phone`: where a dispatcher calls."""

    login: Login
    display_name: Name
    language: Language
    skills: Codes
    start_place_id: UUID
    overtime_minutes: Minutes = 0
    active: bool = True
    phone: Phone = ""


class NetworkElementIn(StrictWire):
    kind: Code
    name: Name
    parent_id: UUID | None = None
    place_id: UUID | None = None


class SubscriberIn(StrictWire):
    """`phone` is the holder's; another one than before is added, none changes nothing. The contract stays. `feeMinor` is a month's, by
    which credits are worked out; where it is not said, it stays."""

    contract: Code
    holder_name: Name
    language: Language
    place_id: UUID
    network_element_id: UUID | None = None
    phone: Phone = ""
    fee_minor: Money | None = None


class HoursIn(StrictWire):
    """An end that is not after the start is on the next day. A break has a length and bounds for its start, or is none."""

    start: ClockTime
    end: ClockTime
    break_earliest: ClockTime | None = None
    break_latest: ClockTime | None = None
    break_minutes: Annotated[int, Meta(ge=0, le=240)] = 0
    on_call: bool = False


class PatternShiftIn(StrictWire):
    week: Annotated[int, Meta(ge=1, le=8)]
    weekday: Annotated[int, Meta(ge=1, le=7, description="Monday is 1")]
    hours: HoursIn


class ShiftPatternIn(StrictWire):
    """Weeks that repeat. `firstOn`: a day in the week that the first of them is."""

    name: Name
    weeks: Annotated[int, Meta(ge=1, le=8)]
    first_on: date
    shifts: Annotated[list[PatternShiftIn], Meta(max_length=56)]
    on_holidays: bool = False


class PatternChoiceIn(StrictWire):
    """None: works by no pattern from then on."""

    shift_pattern_id: UUID | None


class ShiftExceptionIn(StrictWire):
    """None: a day off."""

    hours: HoursIn | None


class ClockSpan(StrictWire):
    """Of each day; the end is after the start."""

    start: ClockTime
    end: ClockTime


class PlannedAbsenceIn(StrictWire):
    """Of these days, all day long or some hours of each."""

    first_on: date
    last_on: date
    reason: AbsenceReason
    hours: ClockSpan | None = None


class LoanIn(StrictWire):
    technician_id: UUID
    area_id_worked: UUID
    first_on: date
    last_on: date
    cancelled: bool = False


class ChecklistItemIn(StrictWire):
    code: Code
    text: Texts
    required: bool = True


class LineTestIn(StrictWire):
    quantity: Code
    unit: MaybeName
    minimum: Value
    maximum: Value
    warn_below: Value | None = None
    warn_above: Value | None = None


class JobKindIn(StrictWire):
    """A new version of a kind, made from version `after` (0: the kind is new). Jobs keep the version that they began with."""

    kind: Code
    after: Version
    title: Texts
    fault_classes: Annotated[list[Code], Meta(min_length=1, max_length=100)]
    skills: Codes
    tools: Codes
    parts: Annotated[dict[Code, VersionNumber], Meta(max_length=100)]
    service_minutes: Annotated[int, Meta(ge=1, le=1440)]
    setup_minutes: Minutes
    priority: Annotated[int, Meta(ge=1, le=5)]
    due_hours: Annotated[int, Meta(ge=1, le=8760)]
    checklist: Annotated[list[ChecklistItemIn], Meta(max_length=100)]
    photos: Codes
    line_test: LineTestIn | None
    chargeable: bool
    interruptible: bool
    valid_from: Instant | None = None


class TariffLineIn(StrictWire):
    code: Code
    text: Texts
    amount_minor: Money
    tax_basis_points: Annotated[int, Meta(ge=0, le=10_000)]


class TariffIn(StrictWire):
    """A new version, made from version `after`; valid from now on, or from an instant ahead."""

    after: Version
    lines: Annotated[list[TariffLineIn], Meta(min_length=1, max_length=500)]
    valid_from: Instant | None = None


class TermsVersionIn(StrictWire):
    """A new version of the terms of a paid visit, in all its languages."""

    after: Version
    texts: Texts
    call_out_minor: Money
    valid_from: Instant | None = None


class AgreementVersionIn(StrictWire):
    """A new version of the words under which a price is agreed to on site. They hold no price."""

    after: Version
    texts: Texts
    valid_from: Instant | None = None


class SupportLineIn(StrictWire):
    """A line of support; without a limit it takes the time it needs."""

    number: Annotated[int, Meta(ge=1, le=9)]
    limit_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    warn_minutes: Minutes = 3
    wait_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 120


class AreaSettingsIn(StrictWire):
    """As `db/records/areas.py` has them."""

    freeze_minutes: Minutes = 30
    shown_from_hour: Hour = 18
    hidden_after_hours: Annotated[int, Meta(ge=0, le=168)] = 24
    detour: Annotated[float, Meta(ge=1, le=5)] = 1.3
    speed_kmh: Annotated[float, Meta(ge=1, le=130)] = 24.0
    pace_by_hour: Annotated[list[Factor], Meta(max_length=24)] = msgspec.field(default_factory=list[float])
    slot_minutes: Annotated[int, Meta(ge=15, le=720)] = 120
    quote_minutes: Annotated[int, Meta(ge=1, le=240)] = 15
    offers: Annotated[int, Meta(ge=1, le=20)] = 6
    tight_minutes: Minutes = 15
    silent_minutes: Annotated[int, Meta(ge=5, le=1440)] = 45
    far_minutes: Annotated[int, Meta(ge=1, le=1440)] = 30
    late_from_hour: Hour = 19
    fairness: dict[Code, Value] = msgspec.field(default_factory=dict[str, float])
    change_budget: Annotated[int, Meta(ge=0, le=100_000)] = 40
    dispatcher_phone: Phone = ""
    support_phone: Phone = ""
    plan_days: Annotated[int, Meta(ge=1, le=14)] = 2
    plan_seconds: Annotated[int, Meta(ge=1, le=600)] = 12
    weights: PlanWeightsIn = msgspec.field(default_factory=PlanWeightsIn)
    support_lines: Annotated[list[SupportLineIn], Meta(min_length=1, max_length=9)] = msgspec.field(
        default_factory=lambda: [SupportLineIn(number=1), SupportLineIn(number=2, limit_minutes=15)]
    )
    callback_hours: Annotated[int, Meta(ge=0, le=720)] | None = 24
    callback_again_minutes: Annotated[int, Meta(ge=5, le=10_080)] = 180
    callback_tries: Annotated[int, Meta(ge=1, le=20)] = 3
    complaint_days: Annotated[int, Meta(ge=1, le=365)] = 30
    credits_leave_by: CreditWay = CreditWay.BILLING


class AreaIn(StrictWire):
    """Code, time zone and currency stay as they are from the first time on: what was promised and charged stands in them."""

    code: Code
    name: Name
    time_zone: Name
    currency: Currency
    language: Language
    settings: AreaSettingsIn


def area_of(area_id: UUID, made: AreaIn, version: int) -> Area:
    settings = msgspec.convert(made.settings, AreaSettings, from_attributes=True)
    return Area(
        area_id=area_id,
        code=made.code,
        name=made.name,
        time_zone=made.time_zone,
        currency=made.currency,
        language=made.language,
        settings=settings,
        version=version,
    )


PERSONAL = frozenset(
    {
        *("display_name", "holder_name", "login", "phone", "reason"),
        *("address", "city", "street", "house", "flat", "postcode", "latitude", "longitude", "access_note"),
    }
)
"""Members whose change is recorded and whose content is not."""
SILENT = frozenset({"area_id", "version", "removed_version", "password_hash"})


def difference(before: msgspec.Struct | None, after: msgspec.Struct) -> dict[str, Any]:
    """What changed, before and after; of what is personal only that it changed."""
    old: Mapping[str, Any] = {} if before is None else msgspec.to_builtins(before)
    new: Mapping[str, Any] = msgspec.to_builtins(after)
    changed = [name for name, value in new.items() if name not in SILENT and old.get(name) != value]
    said = [name for name in changed if name not in PERSONAL]
    return {
        "before": {_camel(name): old[name] for name in said if name in old},
        "after": {_camel(name): new[name] for name in said},
        "personal": sorted(_camel(name) for name in changed if name in PERSONAL),
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
