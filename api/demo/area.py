"""A demo area as one `SetUp`: people, places, shifts, van stock, network, subscribers. Seeded, but for the ids."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from api.demo import catalogue, checks
from api.demo.addresses import Address, kilometres
from api.demo.people import name_of, staff_names
from api.demo.region import Region, region_of
from db.ids import new_id
from db.records import (
    Area,
    AreaSettings,
    Depot,
    Hours,
    NetworkElement,
    PatternShift,
    Place,
    ShiftPattern,
    Staff,
    StaffAreaRole,
    Stock,
    Subscriber,
    Technician,
    TechnicianDay,
    TechnicianPattern,
)
from db.states import CreditWay, FoundBy, Role, StockKind
from dispatch.flows.areas import SetUp
from dispatch.rules import agreements

PASSWORD = "line3-demo"
"""Of everybody in a demo area, as printed: a demo database holds nothing of anybody's."""
HORIZON_DAYS = 14
CABINETS = 8
FLAT_WORD = {"ru": "кв.", "hu": "ajtó", "de": "Top", "en": "flat"}
WAY_IN = {
    "ru": "этаж {}, домофон {}К",
    "hu": "{}. emelet, kaputelefon {}K",
    "de": "{}. Stock, Klingel {}K",
    "en": "floor {}, intercom {}K",
}
OFFICE = {"dispatcher": Role.DISPATCHER, "support": Role.SUPPORT, "supervisor": Role.SUPERVISOR}
OPERATORS = ("support2", "support3")
"""More of the support: nobody has to sign in as one of them."""
FEE_EURO = 15
"""Of a month."""
EARLY, LATE = (time(8), time(17)), (time(10), time(19))
EARLY_BREAK, LATE_BREAK = (time(11, 30), time(13, 30)), (time(13), time(15))
Shift = tuple[tuple[time, time], tuple[time, time]]
"""Its bounds, and those of the start of its break."""
SHIFTS: Mapping[str, Shift] = {"Early": (EARLY, EARLY_BREAK), "Late": (LATE, LATE_BREAK)}
BREAK = timedelta(minutes=45)
OVERTIME = timedelta(minutes=60)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The area, and what the demo has to remember of it. `logins`: by role, technicians in their order."""

    set_up: SetUp
    region: Region
    source: str
    logins: dict[str, str]
    technician_logins: list[str]
    operators: list[str]

    @property
    def area_id(self) -> UUID:
        return self.set_up.area.area_id


def shift_of(number: int) -> Shift:
    """Every fourth technician works late."""
    return SHIFTS["Late" if number % 4 == 2 else "Early"]


def make_area(
    addresses: Sequence[Address],
    *,
    number: int,
    technicians: int,
    subscribers: int,
    seed: int,
    first_on: date,
    password_hash: str,
    plan_seconds: int,
) -> Made:
    """`number`: the how-manieth area of its database; logins and contracts carry it, so that no two meet."""
    return _Maker(addresses, number, seed, first_on).make(
        technicians, subscribers, password_hash, plan_seconds
    )


class _Maker:
    """What the parts of an area have in common while it is being made."""

    def __init__(self, addresses: Sequence[Address], number: int, seed: int, first_on: date) -> None:
        self.addresses = addresses
        self.number = number
        self.first_on = first_on
        self.random = Random(f"area {seed}")
        self.region = region_of(addresses)
        self.area_id = new_id()
        self.zone = ZoneInfo(self.region.time_zone)
        self.valid_from = self.at(first_on - timedelta(days=30), time(0))
        self.places: list[Place] = []

    def at(self, on: date, clock: time) -> datetime:
        return datetime.combine(on, clock, tzinfo=self.zone)

    def login(self, name: str) -> str:
        return name if self.number == 1 else f"{name}-{self.number}"

    def make(self, technicians: int, subscribers: int, password_hash: str, plan_seconds: int) -> Made:
        depot = self._place(self.random.choice(self.addresses))
        people = self._technicians(technicians, depot)
        tariff, tariff_lines = catalogue.tariff(self.area_id, new_id(), self.region, self.valid_from)
        office = self._office(password_hash)
        crew = [
            self._staff(self.login(f"tech{number}"), person.display_name, password_hash, person.staff_id)
            for number, person in enumerate(people, 1)
        ]
        network = self._network()
        holders = self._subscribers(subscribers, network)
        patterns = {shift: self._pattern(name, shift) for name, shift in SHIFTS.items()}
        set_up = SetUp(
            area=self._area(plan_seconds),
            staff=[*office, *crew],
            roles=self._roles(office, people),
            skills=catalogue.skills(self.area_id),
            places=self.places,
            depots=[Depot(area_id=self.area_id, depot_id=new_id(), name="Depot", place_id=depot.place_id)],
            network=network,
            subscribers=holders,
            technicians=people,
            days=[day for number, person in enumerate(people) for day in self._days(number, person)],
            stock=[stock for person in people for stock in self._stock(person)],
            kinds=catalogue.job_kinds(self.area_id, self.valid_from),
            tariffs=[tariff],
            tariff_lines=tariff_lines,
            terms=catalogue.terms(self.area_id, self.region, self.valid_from),
            agreements=agreements.first_texts(self.area_id, self.valid_from),
            checks=checks.self_checks(self.area_id, self.valid_from),
            terminals=checks.terminals(holders, Random(f"terminals {self.number}")),
            parts=catalogue.parts(self.area_id),
            patterns=list(patterns.values()),
            chosen=[self._choice(patterns, number, person) for number, person in enumerate(people)],
        )
        return Made(
            set_up=set_up,
            region=self.region,
            source=f"demo-{self.number}",
            logins={role: self.login(role) for role in OFFICE},
            technician_logins=[staff.login for staff in crew],
            operators=[self.login(name) for name in OPERATORS],
        )

    def _area(self, plan_seconds: int) -> Area:
        town, share = Counter(address.city for address in self.addresses).most_common(1)[0]
        if not town or share < len(self.addresses) / 2:
            town = self.region.name
        return Area(
            area_id=self.area_id,
            code=self.login("demo"),
            name=town,
            time_zone=self.region.time_zone,
            currency=self.region.currency,
            language=self.region.languages[0],
            settings=AreaSettings(
                plan_days=2,
                plan_seconds=plan_seconds,
                dispatcher_phone=f"{self.region.phone_prefix}4000001",
                support_phone=f"{self.region.phone_prefix}4000000",
                credits_leave_by=CreditWay.FILE,
            ),
        )

    def _place(self, address: Address, flat: str = "") -> Place:
        word = FLAT_WORD[self.region.languages[0]]
        text = f"{address.street} {address.house}" + (f", {word} {flat}" if flat else "")
        floor, door = (self.random.randint(1, 9), self.random.randint(10, 99)) if flat else (0, 0)
        note = WAY_IN[self.region.languages[0]].format(floor, door) if flat else ""
        place = Place(
            area_id=self.area_id,
            place_id=new_id(),
            address=f"{text}, {address.city}" if address.city else text,
            city=address.city,
            street=address.street,
            house=address.house,
            flat=flat,
            postcode=address.postcode,
            latitude=address.latitude,
            longitude=address.longitude,
            found_by=FoundBy.GIVEN,
            access_note=note,
        )
        self.places.append(place)
        return place

    def _staff(self, login: str, name: str, password_hash: str, staff_id: UUID | None = None) -> Staff:
        return Staff(
            staff_id=staff_id or new_id(),
            login=login,
            display_name=name,
            language=self.region.staff_language,
            password_hash=password_hash,
        )

    def _office(self, password_hash: str) -> list[Staff]:
        logins = [*OFFICE, *OPERATORS]
        names = staff_names(self.random, self.region.languages[0], len(logins))
        return [
            self._staff(self.login(login), name, password_hash)
            for login, name in zip(logins, names, strict=True)
        ]

    def _roles(self, office: Sequence[Staff], people: Sequence[Technician]) -> list[StaffAreaRole]:
        rows = [
            StaffAreaRole(staff_id=staff.staff_id, area_id=self.area_id, role=role)
            for staff, role in zip(office, [*OFFICE.values(), *[Role.SUPPORT] * len(OPERATORS)], strict=True)
        ]
        return rows + [
            StaffAreaRole(
                staff_id=person.staff_id,
                area_id=self.area_id,
                role=Role.TECHNICIAN,
                technician_id=person.technician_id,
            )
            for person in people
        ]

    def _technicians(self, count: int, depot: Place) -> list[Technician]:
        """Half of them start at home, the others at the depot."""
        names = staff_names(self.random, self.region.languages[0], count)
        return [
            Technician(
                area_id=self.area_id,
                technician_id=new_id(),
                staff_id=new_id(),
                display_name=name,
                skills=list(catalogue.PROFILES[number % len(catalogue.PROFILES)]),
                start_place_id=(
                    depot if number % 2 else self._place(self.random.choice(self.addresses))
                ).place_id,
                overtime_max=OVERTIME,
            )
            for number, name in enumerate(names)
        ]

    def _days(self, number: int, person: Technician) -> list[TechnicianDay]:
        (start, end), (earliest, latest) = shift_of(number)
        days = [self.first_on + timedelta(days=offset) for offset in range(HORIZON_DAYS)]
        return [
            TechnicianDay(
                area_id=self.area_id,
                technician_id=person.technician_id,
                on_day=on,
                area_id_worked=self.area_id,
                shift_start_at=self.at(on, start),
                shift_end_at=self.at(on, end),
                break_earliest_at=self.at(on, earliest),
                break_latest_at=self.at(on, latest),
                break_duration=BREAK,
                on_call=False,
                absent=False,
            )
            for on in days
        ]

    def _pattern(self, name: str, shift: Shift) -> ShiftPattern:
        """The same every day: a demo may begin on a Sunday."""
        (start, end), (earliest, latest) = shift
        hours = Hours(
            start=f"{start:%H:%M}",
            end=f"{end:%H:%M}",
            break_earliest=f"{earliest:%H:%M}",
            break_latest=f"{latest:%H:%M}",
            break_minutes=int(BREAK.total_seconds() // 60),
        )
        return ShiftPattern(
            area_id=self.area_id,
            shift_pattern_id=new_id(),
            name=name,
            weeks=1,
            first_on=self.first_on - timedelta(days=self.first_on.weekday()),
            shifts=[PatternShift(week=1, weekday=weekday, hours=hours) for weekday in range(1, 8)],
            on_holidays=True,
        )

    def _choice(
        self, patterns: Mapping[Shift, ShiftPattern], number: int, person: Technician
    ) -> TechnicianPattern:
        return TechnicianPattern(
            area_id=self.area_id,
            technician_id=person.technician_id,
            from_on=self.first_on,
            shift_pattern_id=patterns[shift_of(number)].shift_pattern_id,
        )

    def _stock(self, person: Technician) -> list[Stock]:
        tools = [tool for skill in person.skills for tool in catalogue.TOOLS.get(skill, ())]
        carried = [(StockKind.TOOL, tool, 1) for tool in tools]
        carried += [(StockKind.PART, part, count) for part, count in catalogue.PARTS.items()]
        return [
            Stock(
                area_id=self.area_id,
                stock_id=new_id(),
                technician_id=person.technician_id,
                depot_id=None,
                kind=kind,
                code=code,
                serial="",
                quantity=quantity,
            )
            for kind, code, quantity in carried
        ]

    def _network(self) -> list[NetworkElement]:
        """One line terminal, cabinets below it."""
        root = self._element("olt", "OLT 1", None, self.random.choice(self.addresses))
        homes = self.random.sample(list(self.addresses), min(CABINETS, len(self.addresses)))
        return [
            root,
            *(self._element("cabinet", f"C{n:02}", root, home) for n, home in enumerate(homes, 1)),
        ]

    def _element(
        self, kind: str, name: str, parent: NetworkElement | None, address: Address
    ) -> NetworkElement:
        return NetworkElement(
            area_id=self.area_id,
            network_element_id=new_id(),
            parent_id=None if parent is None else parent.network_element_id,
            kind=kind,
            name=name,
            place_id=self._place(address).place_id,
        )

    def _subscribers(self, count: int, network: Sequence[NetworkElement]) -> list[Subscriber]:
        where = {place.place_id: place for place in self.places}
        cabinets = [element for element in network if element.kind == "cabinet"] or list(network)
        found: list[Subscriber] = []
        for index, address in enumerate(self._homes(count), 1):
            language = self.region.languages[0]
            if self.random.random() < 0.12:
                language = self.random.choice(self.region.languages)
            place = self._place(address, str(self.random.randint(1, 60)))
            nearest = min(
                cabinets,
                key=lambda element: _between(where[element.place_id or place.place_id], place),
            )
            found.append(
                Subscriber(
                    area_id=self.area_id,
                    subscriber_id=new_id(),
                    contract=f"D{self.number}-{index:05}",
                    holder_name=name_of(self.random, language),
                    language=language,
                    place_id=place.place_id,
                    network_element_id=nearest.network_element_id,
                    fee_minor=FEE_EURO * self.region.minor_per_euro,
                )
            )
        return found

    def _homes(self, count: int) -> list[Address]:
        """Every address once before any of them twice."""
        homes: list[Address] = []
        while len(homes) < count:
            homes += self.random.sample(list(self.addresses), min(count - len(homes), len(self.addresses)))
        return homes


def _between(one: Place, other: Place) -> float:
    def as_address(place: Place) -> Address:
        return Address(
            city="",
            street="",
            house="",
            postcode="",
            latitude=place.latitude,
            longitude=place.longitude,
        )

    return kilometres(as_address(one), as_address(other))
