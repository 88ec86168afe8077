"""Small named worlds, which rules, flows, API and benchmarks share: areas as they are before the first escalation.

`quiet_street`: 1 technician, 2 jobs; `small_town`: 3, 6; `storm_day`: 20, 120. Ids are the same in every run.
"""

import hashlib
import math
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
from argon2 import PasswordHasher

from db.records import (
    Area,
    AreaSettings,
    ChecklistItem,
    Depot,
    JobKindVersion,
    LineTest,
    NetworkElement,
    Place,
    Skill,
    Staff,
    StaffAreaRole,
    Stock,
    Subscriber,
    Tariff,
    TariffLine,
    Technician,
    TechnicianDay,
    TermsText,
)
from db.states import FoundBy, Role, StockKind
from dispatch.flows.areas import SetUp
from dispatch.rules.agreements import first_texts

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""A Tuesday, 8 in the morning in the worlds' time zone; shifts begin an hour later."""
TODAY = date(2026, 11, 24)
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 3
PASSWORD = "seven copper lanterns"
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH = _QUICK.hash(PASSWORD)
CALL_OUT = 50_000
WORK = 150_000


def known_id(*words: object) -> UUID:
    """The same id for the same words, in the form of a UUIDv7."""
    digest = int.from_bytes(hashlib.sha256(" ".join(map(str, words)).encode()).digest()[:16])
    return UUID(int=digest & ~(0xF << 76) & ~(0b11 << 62) | 0x7 << 76 | 0b10 << 62)


class World(msgspec.Struct, frozen=True):
    """An area, and how many jobs it is meant for: one subscriber each."""

    name: str
    made: SetUp
    jobs: int

    @property
    def area(self) -> Area:
        return self.made.area

    @property
    def area_id(self) -> UUID:
        return self.made.area.area_id

    @property
    def technicians(self) -> list[Technician]:
        return list(self.made.technicians)

    @property
    def subscribers(self) -> list[Subscriber]:
        return list(self.made.subscribers)

    def kind(self, code: str) -> JobKindVersion:
        return next(kind for kind in self.made.kinds if kind.kind == code)

    @property
    def tariff(self) -> Tariff:
        return self.made.tariffs[0]

    def staff_id(self, login: str) -> UUID:
        """Of `dispatcher`, `support`, `supervisor` or `technician1` and so on."""
        return known_id(self.name, login)


def build(name: str, technicians: int, jobs: int) -> World:
    """A world of this name."""
    area_id = known_id(name)
    depot_place = known_id(name, "place", 0)
    numbers = range(1, technicians + 1)
    made = SetUp(
        area=_area(name),
        staff=[_person(name, login) for login in _logins(technicians)],
        roles=[_role(name, area_id, login) for login in _logins(technicians)],
        skills=[Skill(area_id=area_id, code=code, name=code) for code in ("fibre", "equipment", "wifi")],
        places=[_place(name, area_id, number) for number in range(jobs + 1)],
        depots=[Depot(area_id=area_id, depot_id=known_id(name, "depot"), name="Depot", place_id=depot_place)],
        network=[
            NetworkElement(
                area_id=area_id,
                network_element_id=known_id(name, "splitter"),
                parent_id=None,
                kind="splitter",
                name="S-1",
                place_id=depot_place,
            )
        ],
        subscribers=[_subscriber(name, area_id, number) for number in range(1, jobs + 1)],
        technicians=[_technician(name, area_id, number) for number in numbers],
        days=[
            _day(name, area_id, number, TODAY + timedelta(days=after))
            for number in numbers
            for after in range(DAYS)
        ],
        stock=[row for number in numbers for row in _stock(name, area_id, number)],
        kinds=_kinds(area_id),
        tariffs=[_tariff(name, area_id)],
        tariff_lines=[_line(name, area_id, "wifi", WORK), _line(name, area_id, "cable", 5_000)],
        terms=[_terms(area_id, "ru"), _terms(area_id, "en")],
        agreements=first_texts(area_id, BEFORE),
    )
    return World(name, made, jobs)


def _area(name: str) -> Area:
    return Area(
        area_id=known_id(name),
        code=name.replace("_", "-"),
        name=name.replace("_", " ").title(),
        time_zone="Europe/Moscow",
        currency="RUB",
        language="ru",
        settings=AreaSettings(plan_seconds=1),
    )


def _tariff(name: str, area_id: UUID) -> Tariff:
    tariff_id = known_id(name, "tariff")
    return Tariff(area_id=area_id, tariff_id=tariff_id, tariff_version=1, currency="RUB", valid_from=BEFORE)


def _line(name: str, area_id: UUID, code: str, amount: int) -> TariffLine:
    return TariffLine(
        area_id=area_id,
        tariff_id=known_id(name, "tariff"),
        code=code,
        text={"ru": f"Работа: {code}", "en": code},
        amount_minor=amount,
        tax_basis_points=2000,
    )


def _terms(area_id: UUID, language: str) -> TermsText:
    return TermsText(
        area_id=area_id,
        terms_version=1,
        language=language,
        text={"ru": "Выезд может быть платным.", "en": "The visit may have to be paid."}[language],
        call_out_minor=CALL_OUT,
        currency="RUB",
        valid_from=BEFORE,
    )


def _logins(technicians: int) -> list[str]:
    return [
        "dispatcher",
        "support",
        "supervisor",
        *(f"technician{number}" for number in range(1, technicians + 1)),
    ]


def _person(world: str, login: str) -> Staff:
    return Staff(
        staff_id=known_id(world, login),
        login=f"{world}.{login}",
        display_name=f"{login.title()} of {world}",
        language="ru",
        password_hash=_HASH,
    )


def _role(world: str, area_id: UUID, login: str) -> StaffAreaRole:
    role = Role(login.rstrip("0123456789"))
    number = login.removeprefix("technician")
    technician_id = known_id(world, "technician", int(number)) if role is Role.TECHNICIAN else None
    return StaffAreaRole(
        staff_id=known_id(world, login), area_id=area_id, role=role, technician_id=technician_id
    )


def _place(world: str, area_id: UUID, number: int) -> Place:
    """On a sunflower around the depot: no two at one spot, neighbours a few hundred metres apart."""
    radius, angle = 0.004 * math.sqrt(number), number * 2.399963
    return Place(
        area_id=area_id,
        place_id=known_id(world, "place", number),
        address=f"Long Street {number}",
        city="",
        street="Long Street",
        house=str(number),
        flat="",
        postcode="",
        latitude=round(55.8 + radius * math.sin(angle), 6),
        longitude=round(37.57 + 1.8 * radius * math.cos(angle), 6),
        found_by=FoundBy.GIVEN,
        access_note="",
    )


def _subscriber(world: str, area_id: UUID, number: int) -> Subscriber:
    return Subscriber(
        area_id=area_id,
        subscriber_id=known_id(world, "subscriber", number),
        contract=f"{world}-{number}",
        holder_name=f"Holder {number}",
        language="ru",
        place_id=known_id(world, "place", number),
        network_element_id=known_id(world, "splitter"),
    )


def _technician(world: str, area_id: UUID, number: int) -> Technician:
    """All can do all, but for every fourth, who splices no fibre."""
    return Technician(
        area_id=area_id,
        technician_id=known_id(world, "technician", number),
        staff_id=known_id(world, f"technician{number}"),
        display_name=f"Technician {number}",
        skills=["equipment", "wifi"] if number % 4 == 0 else ["equipment", "fibre", "wifi"],
        start_place_id=known_id(world, "place", 0),
        overtime_max=timedelta(minutes=30),
    )


def _day(world: str, area_id: UUID, number: int, on_day: date) -> TechnicianDay:
    start = NOW + timedelta(days=(on_day - TODAY).days, hours=1)
    return TechnicianDay(
        area_id=area_id,
        technician_id=known_id(world, "technician", number),
        on_day=on_day,
        area_id_worked=area_id,
        shift_start_at=start,
        shift_end_at=start + timedelta(hours=9),
        break_earliest_at=start + timedelta(hours=3),
        break_latest_at=start + timedelta(hours=5),
        break_duration=timedelta(minutes=30),
        on_call=False,
        absent=False,
    )


def _stock(world: str, area_id: UUID, number: int) -> list[Stock]:
    carried = [
        (StockKind.PART, "ont", "", 6),
        (StockKind.PART, "drop_cable", "", 20),
        (StockKind.TOOL, "splicer", "", 1),
        (StockKind.SERIAL, "router", f"R-{number}", 1),
    ]
    return [
        Stock(
            area_id=area_id,
            stock_id=known_id(world, "stock", number, code),
            technician_id=known_id(world, "technician", number),
            depot_id=None,
            kind=kind,
            code=code,
            serial=serial,
            quantity=quantity,
        )
        for kind, code, serial, quantity in carried
    ]


def _kinds(area_id: UUID) -> list[JobKindVersion]:
    light = LineTest(
        quantity="rx_power", unit="dBm", minimum=-27.0, maximum=-8.0, warn_below=-25.0, warn_above=-10.0
    )
    tested = ChecklistItem(code="speed", text={"en": "Speed shown to the subscriber", "ru": "Скорость"})
    tidy = ChecklistItem(code="tidy", text={"en": "Place left tidy"}, required=False)
    return [
        _kind(
            area_id, "cable_break", ["fibre"], 60, 2, tools=["splicer"], photos=["splice"], line_test=light
        ),
        _kind(area_id, "equipment_failure", ["equipment"], 40, 3, parts={"ont": 1}, line_test=light),
        _kind(area_id, "wifi_setup", ["wifi"], 30, 4, checklist=[tested, tidy], chargeable=True),
    ]


def _kind(
    area_id: UUID,
    code: str,
    skills: list[str],
    minutes: int,
    priority: int,
    *,
    tools: list[str] | None = None,
    parts: dict[str, int] | None = None,
    photos: list[str] | None = None,
    checklist: list[ChecklistItem] | None = None,
    line_test: LineTest | None = None,
    chargeable: bool = False,
) -> JobKindVersion:
    return JobKindVersion(
        area_id=area_id,
        kind=code,
        kind_version=1,
        title={"en": code.replace("_", " ").capitalize()},
        fault_classes=[code],
        skills=skills,
        tools=tools or [],
        parts=parts or {},
        service_duration=timedelta(minutes=minutes),
        setup_duration=timedelta(minutes=5),
        priority=priority,
        due_duration=timedelta(hours=24),
        checklist=checklist or [],
        photos=photos or [],
        line_test=line_test,
        chargeable=chargeable,
        interruptible=code == "cable_break",
        valid_from=BEFORE,
    )


quiet_street = build("quiet_street", 1, 2)
small_town = build("small_town", 3, 6)
storm_day = build("storm_day", 20, 120)
ALL = (quiet_street, small_town, storm_day)
