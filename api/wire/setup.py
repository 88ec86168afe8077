"""What an area is set up with, on the wire. Each thing carries its version; saving names the one that was read."""

from datetime import date, datetime
from uuid import UUID

from db.states import AbsenceReason, FoundBy, StockKind
from dispatch.bounded import Language, Name, StrictWire, Wire
from dispatch.rules.setting_up import AreaSettingsIn


class AreaSetupOut(Wire):
    area_id: UUID
    code: str
    name: str
    time_zone: str
    currency: str
    language: str
    settings: AreaSettingsIn
    version: int


class WeighableOut(Wire):
    """`product`: what counts where an area says nothing."""

    name: str
    product: float
    least: float
    most: float
    whole: bool


class AreasSetup(Wire):
    """`weights` and `fairness`: what may be said of each."""

    items: list[AreaSetupOut]
    weights: list[WeighableOut]
    fairness: list[WeighableOut]


class PlaceSetupOut(Wire):
    place_id: UUID
    address: str
    city: str
    street: str
    house: str
    flat: str
    postcode: str
    latitude: float
    longitude: float
    found_by: FoundBy
    access_note: str
    version: int


class AddressIn(StrictWire):
    """An address to look up, as a person would write it."""

    address: Name
    language: Language = "en"


class LocatedOut(Wire):
    address: str
    latitude: float
    longitude: float
    city: str
    street: str
    house: str
    postcode: str


class LocatedPlaces(Wire):
    """The likeliest first."""

    items: list[LocatedOut]


class DepotOut(Wire):
    depot_id: UUID
    name: str
    place_id: UUID
    address: str
    version: int


class Depots(Wire):
    items: list[DepotOut]


class NetworkElementOut(Wire):
    network_element_id: UUID
    parent_id: UUID | None
    kind: str
    name: str
    place_id: UUID | None
    version: int


class NetworkElements(Wire):
    items: list[NetworkElementOut]


class SubscriberSetupOut(Wire):
    subscriber_id: UUID
    contract: str
    holder_name: str
    language: str
    place_id: UUID
    network_element_id: UUID | None
    phone: str
    fee_minor: int
    address: str
    version: int


class SubscribersSetup(Wire):
    items: list[SubscriberSetupOut]


class SkillOut(Wire):
    code: str
    name: str
    version: int


class Skills(Wire):
    items: list[SkillOut]


class WaitingOut(Wire):
    """A visit that would fall out of the shift: its day stays as it is until the visit is given away."""

    visit_id: UUID
    job_id: UUID
    job_number: str
    technician_id: UUID
    display_name: str
    on_day: date
    planned_start_at: datetime
    planned_end_at: datetime


class WaitingList(Wire):
    items: list[WaitingOut]


class TechnicianSetupOut(Wire):
    technician_id: UUID
    login: str
    display_name: str
    language: str
    skills: list[str]
    start_place_id: UUID
    overtime_minutes: int
    active: bool
    phone: str
    version: int


class TechniciansSetup(Wire):
    items: list[TechnicianSetupOut]


class TechnicianSaved(Wire):
    technician: TechnicianSetupOut
    waiting: list[WaitingOut]


class PartSetupOut(Wire):
    """One with version 0 is spoken of by stock or a kind of job, and nobody has named it yet."""

    code: str
    kind: StockKind
    name: str
    version: int


class Parts(Wire):
    items: list[PartSetupOut]


class StockOut(Wire):
    stock_id: UUID
    technician_id: UUID | None
    depot_id: UUID | None
    kind: StockKind
    code: str
    serial: str
    quantity: int
    version: int


class StockList(Wire):
    items: list[StockOut]


class HoursOut(Wire):
    start: str
    end: str
    break_earliest: str | None
    break_latest: str | None
    break_minutes: int
    on_call: bool


class PatternShiftOut(Wire):
    week: int
    weekday: int
    hours: HoursOut


class ShiftPatternOut(Wire):
    shift_pattern_id: UUID
    name: str
    weeks: int
    first_on: date
    shifts: list[PatternShiftOut]
    on_holidays: bool
    version: int


class TechnicianPatternOut(Wire):
    technician_id: UUID
    from_on: date
    shift_pattern_id: UUID | None
    version: int


class ShiftPatterns(Wire):
    """The patterns, and who works by which from when."""

    items: list[ShiftPatternOut]
    chosen: list[TechnicianPatternOut]


class ShiftPatternSaved(Wire):
    pattern: ShiftPatternOut
    waiting: list[WaitingOut]


class PatternChosen(Wire):
    choice: TechnicianPatternOut
    waiting: list[WaitingOut]


class ShiftExceptionOut(Wire):
    technician_id: UUID
    on_day: date
    hours: HoursOut | None
    version: int


class ShiftExceptionSaved(Wire):
    exception: ShiftExceptionOut
    waiting: list[WaitingOut]


class PlannedAbsenceOut(Wire):
    absence_id: UUID
    technician_id: UUID
    first_on: date
    last_on: date
    reason: AbsenceReason
    from_clock: str | None
    until_clock: str | None
    version: int


class PlannedAbsenceSaved(Wire):
    absence: PlannedAbsenceOut
    waiting: list[WaitingOut]


class HolidayOut(Wire):
    on_day: date
    name: str
    version: int


class Holidays(Wire):
    items: list[HolidayOut]


class HolidaySaved(Wire):
    holiday: HolidayOut
    waiting: list[WaitingOut]


class LoanOut(Wire):
    loan_id: UUID
    technician_id: UUID
    area_id_worked: UUID
    first_on: date
    last_on: date
    cancelled: bool
    version: int


class OtherAreaOut(Wire):
    """An area to which somebody may be lent."""

    area_id: UUID
    name: str


class Loans(Wire):
    items: list[LoanOut]
    areas: list[OtherAreaOut]


class LoanSaved(Wire):
    loan: LoanOut
    waiting: list[WaitingOut]


class WorkingDayOut(Wire):
    """A technician-day as it stands."""

    on_day: date
    area_id_worked: UUID
    shift_start_at: datetime
    shift_end_at: datetime
    break_earliest_at: datetime | None
    break_latest_at: datetime | None
    on_call: bool
    absent: bool
    absence_reason: AbsenceReason | None


class WorkingTimesOut(Wire):
    """What is said of a technician's working times, and the coming days that came of it. `today` is the area's."""

    today: date
    chosen: list[TechnicianPatternOut]
    exceptions: list[ShiftExceptionOut]
    loans: list[LoanOut]
    absences: list[PlannedAbsenceOut]
    days: list[WorkingDayOut]


class ChecklistItemOut(Wire):
    code: str
    text: dict[str, str]
    required: bool


class LineTestOut(Wire):
    quantity: str
    unit: str
    minimum: float
    maximum: float
    warn_below: float | None
    warn_above: float | None


class JobKindOut(Wire):
    kind: str
    kind_version: int
    title: dict[str, str]
    fault_classes: list[str]
    skills: list[str]
    tools: list[str]
    parts: dict[str, int]
    service_minutes: int
    setup_minutes: int
    priority: int
    due_hours: int
    checklist: list[ChecklistItemOut]
    photos: list[str]
    line_test: LineTestOut | None
    chargeable: bool
    interruptible: bool
    valid_from: datetime


class JobKinds(Wire):
    """All versions, by kind."""

    items: list[JobKindOut]


class TariffLineOut(Wire):
    code: str
    text: dict[str, str]
    amount_minor: int
    tax_basis_points: int


class TariffOut(Wire):
    tariff_version: int
    currency: str
    valid_from: datetime
    lines: list[TariffLineOut]


class Tariffs(Wire):
    """All versions, the newest first."""

    items: list[TariffOut]


class TermsOut(Wire):
    terms_version: int
    texts: dict[str, str]
    call_out_minor: int
    currency: str
    valid_from: datetime


class TermsVersions(Wire):
    """All versions, the newest first."""

    items: list[TermsOut]


class AgreementOut(Wire):
    agreement_version: int
    texts: dict[str, str]
    valid_from: datetime


class AgreementVersions(Wire):
    """All versions, the newest first."""

    items: list[AgreementOut]
