"""The parts of the demo, each by itself: addresses, the seeded area and its faults, the phone, the work, the house."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from api.demo import sabotage
from api.demo.addresses import Address, BadAddresses, read_addresses
from api.demo.area import Made, make_area, shift_of
from api.demo.client import Client
from api.demo.evidence import Evidence, PhoneRecord
from api.demo.faults import DARKENED, Fate, Fault, make_faults
from api.demo.house import free_port, temporary_folder
from api.demo.invariants import INVARIANTS, judge
from api.demo.phone import Event, Network, Outbox, Phone, digest_of
from api.demo.region import region_of
from api.demo.town import default_town
from api.demo.work import Attendance, Step, steps_of
from api.demo.world import Publication
from api.wire.jobs import (
    ChargeOut,
    ClosureOut,
    ConsentOut,
    JobOut,
    JournalEntryOut,
    PlaceOut,
    ReportOut,
    SubscriberOut,
    VisitOut,
    WholeJob,
)
from api.wire.plans import DayNumbersOut, PlanOut, RoundOut, RoundStopOut, RoundWindow
from db.ids import new_id
from db.records import JobKindVersion
from db.states import (
    Action,
    ActorKind,
    AppointmentState,
    Cause,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    FeedOp,
    JobState,
    Liability,
    Location,
    PlanState,
    ReportStatus,
    VisitEnd,
    VisitState,
)
from dispatch.rules import closures
from dispatch.rules.events import Body, Closing, NoAccess, decode_body
from dispatch.rules.phone import (
    Change,
    EventResult,
    Exchanged,
    Pull,
    VisibleItem,
    VisibleJob,
    VisibleKind,
    VisibleLineTest,
    VisiblePlace,
    VisiblePrice,
    VisibleTariff,
    VisibleVisit,
)
from dispatch.rules.visits import no_access_faults

HEAD = "city,street,house,postcode,lat,lon\n"
GOOD = "Москва,1-я Останкинская улица,13,129515,55.824802,37.618875\n"
OSM = Path("/work/shared/data/osm")
ON = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "addresses.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- addresses ----------------------------------------------------------------------------------------------


def test_addresses_of_any_script_are_read_with_city_and_postcode_empty(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "city,street,house,postcode,lat,lon,building\n"
        ",1-я Останкинская улица,13,,55.824802,37.618875,yes\n"
        '\nVaduz,"Im Rösle, hinten",7a,9490,47.139822,9.517628,\n'.replace(
            "47.139822,9.517628", "55.82,37.61"
        ),
    )
    first, second = read_addresses(path)
    assert (first.city, first.street, first.house, first.postcode) == ("", "1-я Останкинская улица", "13", "")
    assert (second.street, second.latitude, second.longitude) == ("Im Rösle, hinten", 55.82, 37.61)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + (HEAD + GOOD).replace("\n", "\r\n").encode())
    assert len(read_addresses(path)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column city"),
        ("city,street,house\n", "line 1: no column postcode, lat, lon"),
        (HEAD, "there is no address in it"),
        (HEAD + GOOD + "a,b,1,,55.8\n", "line 3: 5 values, but 6 columns"),
        (HEAD + GOOD + "a,,1,,55.8,37.6\n", "line 3: street is empty"),
        (HEAD + GOOD + "a,b,,,55.8,37.6\n", "line 3: house is empty"),
        (HEAD + GOOD + "a,b,1,,north,37.6\n", "line 3: lat is not a number: 'north'"),
        (HEAD + "a,b,1,,nan,37.6\n", "line 2: lat is not within -90 .. 90: nan"),
        (HEAD + "a,b,1,,55.8,181\n", "line 2: lon is not within -180 .. 180: 181"),
        (HEAD + "a,b,1,,0,0\n", "line 2: 0, 0 is the open sea"),
        (HEAD + "a,b\u202ec,1,,55.8,37.6\n", "line 2: street has a character in it that cannot be seen"),
        (HEAD + "a," + "b" * 201 + ",1,,55.8,37.6\n", "line 2: street is longer than 200 characters"),
        (HEAD + GOOD * 3 + "a,b,1,,47.1,9.5\n", "line 5: 2176 km from the middle of the others"),
        (HEAD + 'a,"b"c,1,,55.8,37.6\n', "line 2: not CSV"),
        ((HEAD + GOOD).encode() + b"a,\xff,1,,55.8,37.6\n", "line 3: not UTF-8"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BadAddresses) as refusal:
        read_addresses(written(tmp_path, text))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(BadAddresses, match="cannot be read"):
            read_addresses(path)


@pytest.mark.parametrize(
    ("name", "count", "zone", "currency"),
    [
        ("moscow-butyrsky", 377, "Europe/Moscow", "RUB"),
        ("liechtenstein", 999, "Europe/Vaduz", "CHF"),
    ],
)
def test_real_addresses_are_read_and_lie_in_their_region(
    name: str, count: int, zone: str, currency: str
) -> None:
    path = OSM / f"{name}-addresses.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    addresses = read_addresses(path)
    region = region_of(addresses)
    assert (len(addresses), region.time_zone, region.currency) == (count, zone, currency)


def test_a_place_in_no_box_follows_its_longitude() -> None:
    somewhere = Address(city="", street="s", house="1", postcode="", latitude=-33.4, longitude=-70.6)
    assert region_of([somewhere]).time_zone == "Etc/GMT+5"


# --- the seeded area and its faults -------------------------------------------------------------------------


def area(seed: int = 1, technicians: int = 12, number: int = 1, subscribers: int = 120) -> Made:
    return make_area(
        default_town(seed),
        number=number,
        technicians=technicians,
        subscribers=subscribers,
        seed=seed,
        first_on=ON,
        password_hash="no hash",
        plan_seconds=1,
    )


def faults_of(made: Made, seed: int = 1, count: int = 90) -> list[Fault]:
    return make_faults(made, seed=seed, first_on=ON, count=count)


def without_ids(made: Made) -> object:
    """What is seeded: everything but the ids."""
    return (
        [(person.display_name, person.skills) for person in made.set_up.technicians],
        [(place.address, place.latitude, place.longitude) for place in made.set_up.places],
        [(holder.contract, holder.holder_name, holder.language) for holder in made.set_up.subscribers],
        [(day.on_day, day.shift_start_at) for day in made.set_up.days],
    )


def test_the_same_seed_makes_the_same_area_and_the_same_faults() -> None:
    def told(seed: int) -> list[object]:
        return [
            (fault.at, fault.fate, msgspec.structs.replace(fault.escalation, network_element_id=None))
            for fault in faults_of(area(seed), seed)
        ]

    assert without_ids(area(3)) == without_ids(area(3))
    assert without_ids(area(3)) != without_ids(area(4))
    assert told(3) == told(3)
    assert told(3) != told(4)


def test_two_areas_of_one_database_share_no_login_contract_or_ticket() -> None:
    one, other = area(number=1), area(number=2)
    for names in (
        lambda made: {staff.login for staff in made.set_up.staff},
        lambda made: {holder.contract for holder in made.set_up.subscribers},
        lambda made: {(f.escalation.source, f.escalation.ticket_number) for f in faults_of(made)},
        lambda made: {made.set_up.area.code},
    ):
        assert names(one).isdisjoint(names(other))


@pytest.mark.parametrize("count", [1, 2, 8, 14, 90])
def test_there_are_as_many_faults_as_asked_for_and_one_is_the_emergency_at_noon(count: int) -> None:
    faults = faults_of(area(), count=count)
    emergencies = [fault for fault in faults if fault.escalation.affected == DARKENED]
    assert len(faults) == count
    assert [(fault.escalation.fault_class, fault.at.hour) for fault in emergencies] == [("trunk_cut", 12)]
    assert len({fault.door for fault in faults}) == count


def test_every_episode_of_the_day_has_its_fault() -> None:
    fates = Counter(fault.fate for fault in faults_of(area(), count=14))
    assert set(fates) >= {Fate.PAID, Fate.DECLINED, Fate.NO_ACCESS, Fate.FORGETFUL, Fate.UNSIGNED}


def test_no_more_is_promised_than_can_be_kept() -> None:
    """Windows lie within the early shift, begin after they are promised, and a third of the crew is enough."""
    made = area()
    (start, end), _ = shift_of(0)
    windows = Counter[datetime]()
    for fault in faults_of(made):
        window = fault.escalation.promised_window
        if window is not None:
            windows[window.earliest] += 1
            assert start <= window.earliest.time() < window.latest.time() <= end
            assert window.earliest > fault.at
    assert max(windows.values()) <= len(made.set_up.technicians) // 3


@pytest.mark.parametrize("technicians", [1, 2, 4, 12])
def test_whatever_their_number_somebody_can_do_each_kind(technicians: int) -> None:
    made = area(technicians=technicians)
    for kind in made.set_up.kinds:
        assert any(set(kind.skills) <= set(person.skills) for person in made.set_up.technicians), kind.kind


# --- the phone ----------------------------------------------------------------------------------------------


def event(number: int) -> Event:
    return {"eventId": str(UUID(int=number)), "kind": "note", "body": {}}


def result(number: int, status: Any = "applied") -> EventResult:  # noqa: ANN401
    return EventResult(event_id=UUID(int=number), status=status, outcome=ReportStatus.APPLIED)


def test_the_outbox_keeps_every_report_until_the_server_has_it() -> None:
    outbox = Outbox()
    for number in (1, 2, 3):
        outbox.record(event(number))
    outbox.settle([result(2)])
    assert [(kept["eventId"][-1], kept["seq"]) for kept in outbox.batch()] == [("1", 1), ("3", 3)]
    assert len(outbox.diary) == 3


@pytest.mark.parametrize("status", ["applied", "duplicate", "review", "pending"])
def test_each_of_the_four_statuses_means_durable(status: str) -> None:
    outbox = Outbox()
    outbox.record(event(1))
    outbox.settle([result(1, status)])
    assert len(outbox) == 0


def test_the_outbox_sends_the_oldest_first_and_all_again_to_a_server_set_back() -> None:
    outbox = Outbox()
    for number in range(1, 151):
        outbox.record(event(number))
    batch = outbox.batch()
    assert [kept["seq"] for kept in batch] == list(range(1, 101))
    outbox.settle(result(kept["seq"]) for kept in batch)
    outbox.offer_again()
    assert len(outbox) == 150


class Server:
    """Answers like the server as far as a phone can tell; `sent` holds every envelope that came."""

    def __init__(self, pulls: Sequence[Pull] = ()) -> None:
        self.sent: list[dict[str, Any]] = []
        self.epoch = UUID(int=9)
        self.refuses = False
        self._pulls = list(pulls)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        body = json.loads((await receive())["body"])
        if scope["path"] == "/v1/sign-in":
            role = {"areaId": str(UUID(int=1)), "role": "technician", "technicianId": str(UUID(int=2))}
            me = {"staffId": str(UUID(int=3)), "displayName": "", "language": "en", "roles": [role]}
            cookie = [(b"set-cookie", b"__Host-line3=secret; Path=/; Secure")]
            return await self._answer(send, 200, json.dumps(me).encode(), cookie)
        if scope["path"] == "/v1/mobile/devices":
            return await self._answer(send, 200, b"{}")
        assert (b"cookie", b"__Host-line3=secret") in scope["headers"]
        self.sent.append(body)
        if self.refuses:
            return await self._answer(send, 503, b"{}")
        pull = self._pulls.pop(0) if self._pulls else Pull(changes=[], cursor="7", more=False, digest=None)
        results = [result(UUID(sent["eventId"]).int) for sent in body["events"]]
        answer = Exchanged(server_time=MORNING, epoch=self.epoch, results=results, pull=pull, last_seq=0)
        return await self._answer(send, 200, msgspec.json.encode(answer))

    async def _answer(self, send: Any, status: int, body: bytes, headers: Any = ()) -> None:  # noqa: ANN401
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})


async def enrolled(server: Server, network: Network | None = None) -> Phone:
    client = Client("http://line3", httpx.ASGITransport(server))
    phone = Phone(client, Random(1), network=network or Network(lost_answer=0, repeated=0, reordered=0))
    await phone.sign_in("tech1", "password")
    return phone


def record(phone: Phone, number: int) -> None:
    phone.record("note", UUID(int=5), {}, MORNING, UUID(int=number))


async def test_a_lost_answer_changes_nothing_on_the_phone_and_the_reports_go_again() -> None:
    server = Server()
    phone = await enrolled(server, Network(lost_answer=1, repeated=0, reordered=0))
    record(phone, 1)
    await phone.flush(MORNING)
    await phone.flush(MORNING)
    assert [sent["events"][0]["eventId"] for sent in server.sent] == [str(UUID(int=1))] * 2
    assert (len(phone.outbox), phone.cursor, phone.seen.lost_answers) == (1, None, 2)


async def test_a_refusal_keeps_everything() -> None:
    server = Server()
    phone = await enrolled(server)
    record(phone, 1)
    server.refuses = True
    await phone.flush(MORNING)
    assert len(phone.outbox) == 1
    server.refuses = False
    await phone.flush(MORNING)
    assert (len(phone.outbox), phone.cursor) == (0, "7")


async def test_batches_arrive_twice_and_out_of_order_and_in_parts_until_all_have_arrived() -> None:
    server = Server()
    phone = await enrolled(server, Network(lost_answer=0, repeated=1, reordered=1))
    for number in range(1, 31):
        record(phone, number)
    await phone.flush(MORNING)
    sent = [int(event["seq"]) for envelope in server.sent for event in envelope["events"]]
    assert set(sent) == set(range(1, 31))
    assert sent[:20] != sorted(sent[:20])
    assert len(phone.outbox) == 0


async def test_a_server_of_another_epoch_is_offered_everything_again() -> None:
    server = Server()
    phone = await enrolled(server)
    record(phone, 1)
    await phone.flush(MORNING)
    server.epoch = UUID(int=10)
    await phone.flush(MORNING)
    assert [len(sent["events"]) for sent in server.sent] == [1, 0, 1]


async def test_a_reset_drops_the_rows_and_keeps_the_outbox() -> None:
    row = visible(area().set_up.kinds[0])
    put = Change(job_id=row.job_id, version=row.version, op=FeedOp.PUT, job=row)
    server = Server(
        [
            Pull(changes=[put], cursor="1", more=False, digest=digest_of([row])),
            Pull(changes=[], cursor="2", more=False, digest=digest_of([]), reset=True),
        ]
    )
    phone = await enrolled(server)
    await phone.flush(MORNING)
    assert list(phone.rows) == [row.job_id]
    await phone.flush(MORNING)
    assert (phone.rows, phone.cursor, phone.seen.digest_alarms, phone.seen.resets) == ({}, "2", 0, 1)


async def test_rows_that_are_not_the_servers_are_noticed_and_asked_for_again() -> None:
    phone = await enrolled(Server([Pull(changes=[], cursor="1", more=False, digest="another")]))
    await phone.flush(MORNING)
    assert (phone.cursor, phone.seen.digest_alarms) == (None, 1)


# --- the work -----------------------------------------------------------------------------------------------


def visible(kind: JobKindVersion) -> VisibleJob:
    test = kind.line_test
    visit = VisibleVisit(
        visit_id=new_id(),
        on_day=ON,
        sequence=1,
        state=VisitState.PUBLISHED,
        end_reason=VisitEnd.NONE,
        planned_arrival_at=MORNING,
        planned_start_at=MORNING,
        planned_end_at=MORNING + kind.service_duration,
        travel_seconds=300,
        distance_m=1000,
    )
    prices = [
        VisiblePrice(code=code, text=code, amount_minor=100, tax_basis_points=0)
        for code in ("settings_work", "own_device")
    ]
    return VisibleJob(
        job_id=new_id(),
        number="ABC1234",
        version=1,
        state=JobState.PLANNED,
        kind=VisibleKind(
            code=kind.kind,
            version=1,
            title=kind.kind,
            checklist=[VisibleItem(code=i.code, text=i.code, required=i.required) for i in kind.checklist],
            photos=kind.photos,
            parts=kind.parts,
            tools=kind.tools,
            line_test=None if test is None else msgspec.convert(test, VisibleLineTest, from_attributes=True),
            chargeable=kind.chargeable,
        ),
        priority=3,
        affected=1,
        due_at=MORNING,
        holder_name="Somebody",
        place=VisiblePlace(address="There 1", latitude=47.0, longitude=19.0, access_note=""),
        contact=None,
        diagnosis=[],
        readings=[],
        window=None,
        terms_answer=None,
        tariff=VisibleTariff(tariff_id=new_id(), version=1, currency="EUR", lines=prices),
        visits=[visit],
        outcomes=[],
        history=[],
    )


def work(job: VisibleJob, fate: Fate, seed: int) -> list[Step]:
    attendance = Attendance(
        job=job,
        visit=job.visits[0],
        fate=fate,
        leave_at=MORNING,
        arrive_at=MORNING + timedelta(minutes=5),
        length=timedelta(minutes=40),
    )
    return steps_of(attendance, Random(seed))


def bodies_of(steps: Sequence[Step]) -> list[Body]:
    """As the server reads them off the wire."""
    return [decode_body(step.kind, msgspec.json.decode(msgspec.json.encode(step.body))) for step in steps]


@pytest.mark.parametrize("kind", area().set_up.kinds, ids=lambda kind: kind.kind)
def test_work_that_is_done_passes_the_gate_and_forgotten_photos_do_not(kind: JobKindVersion) -> None:
    job = visible(kind)
    for fate, seed in itertools.product((Fate.FIXED, Fate.PAID, Fate.FORGETFUL), range(12)):
        steps = work(job, fate, seed)
        bodies = bodies_of(steps)
        closing = bodies[-1]
        assert isinstance(closing, Closing)
        missing = [f"photo-missing {kind.photos[-1]}"] if fate is Fate.FORGETFUL and kind.photos else []
        assert [f"{f.code} {f.detail}" for f in closures.gate(closing, kind, bodies)] == missing
        assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_nobody_at_home_is_proved() -> None:
    job = visible(area().set_up.kinds[0])
    bodies = bodies_of(work(job, Fate.NO_ACCESS, 1))
    said = bodies[-1]
    assert isinstance(said, NoAccess)
    assert no_access_faults(said, bodies) == []


def test_a_declined_price_ends_the_visit_without_work() -> None:
    kind = next(kind for kind in area().set_up.kinds if kind.chargeable)
    steps = work(visible(kind), Fate.DECLINED, 1)
    kinds = [step.kind for step in steps]
    assert kinds[-3:] == ["quote", "consent", "closure"]
    assert steps[-1].body["action"] == "cancelled"
    assert "consentId" not in steps[-1].body


# --- the house ----------------------------------------------------------------------------------------------


def test_two_demos_that_start_in_the_same_moment_get_two_ports() -> None:
    with free_port(18_300) as one, free_port(18_300) as other:
        assert one != other


def test_the_folder_is_gone_afterwards_and_so_is_what_a_killed_demo_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "line3-demo-left"
    left.mkdir()
    (left / "lock").touch()
    with temporary_folder() as living, temporary_folder() as other:
        assert sorted(tmp_path.iterdir()) == sorted([living, other])
    assert list(tmp_path.iterdir()) == []


# --- the invariants -----------------------------------------------------------------------------------------

TECHNICIAN, PLAN = UUID(int=20), UUID(int=21)


def stop(number: int, hour: int, state: VisitState = VisitState.PUBLISHED) -> RoundStopOut:
    at = MORNING + timedelta(hours=hour)
    return RoundStopOut(
        visit_id=UUID(int=100 + number),
        version=1,
        job_id=UUID(int=number),
        job_number=f"J{number}",
        kind="wifi_setup",
        title="",
        state=state,
        sequence=number,
        planned_arrival_at=at,
        planned_start_at=at,
        planned_end_at=at + timedelta(minutes=50),
        address="There 1",
        latitude=47.0,
        longitude=19.0,
        window=RoundWindow(earliest=at, latest=at + timedelta(hours=2), state=AppointmentState.CONFIRMED),
        priority=1,
        affected=1,
    )


def round_of(*stops: RoundStopOut) -> RoundOut:
    return RoundOut(
        technician_id=TECHNICIAN,
        display_name="T",
        leave_at=None,
        back_at=None,
        break_start_at=None,
        break_end_at=None,
        travel_seconds=0,
        distance_m=0,
        stops=list(stops),
    )


def publication(before: RoundOut, after: RoundOut) -> Publication:
    plan = PlanOut(
        plan_id=PLAN,
        plan_version=1,
        plan_run_id=PLAN,
        state=PlanState.PUBLISHED,
        first_on=ON,
        last_on=ON,
        cost={},
        unassigned=[],
        created_at=MORNING,
        published_at=MORNING,
    )
    return Publication(at=MORNING, plan=plan, before=[before], after=[after])


def whole_job() -> WholeJob:
    """The emergency and a paid visit in one: restored, agreed to, closed, charged, reported."""
    job = JobOut(
        job_id=UUID(int=1),
        number="J1",
        kind="wifi_setup",
        kind_version=1,
        state=JobState.CLOSED,
        hold_reason=None,
        priority=1,
        fault_class="",
        affected=DARKENED,
        reported_at=MORNING,
        received_at=MORNING,
        due_at=MORNING,
        restored_at=MORNING,
        closed_at=MORNING,
        reopened=0,
        version=1,
    )
    visit = VisitOut(
        visit_id=UUID(int=101),
        job_id=UUID(int=1),
        technician_id=TECHNICIAN,
        on_day=ON,
        state=VisitState.DONE,
        end_reason=VisitEnd.NONE,
        sequence=1,
        planned_arrival_at=MORNING,
        planned_start_at=MORNING,
        planned_end_at=MORNING,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
        pinned=False,
        version=1,
    )
    return WholeJob(
        job=job,
        place=PlaceOut(address="There 1", latitude=47.0, longitude=19.0, access_note=""),
        subscriber=SubscriberOut(contract="D1-00001", holder_name="Somebody", language="en"),
        escalations=[],
        appointments=[],
        visits=[visit],
        reports=[report()],
        quotes=[],
        consents=[consent()],
        closures=[closure()],
        charges=[],
        reviews=[],
        journal=[],
    )


def report() -> ReportOut:
    return ReportOut(
        report_id=UUID(int=31),
        visit_id=UUID(int=101),
        technician_id=TECHNICIAN,
        device_id=TECHNICIAN,
        seq=1,
        kind="closure",
        body={},
        recorded_at=MORNING,
        received_at=MORNING,
        corrected_at=MORNING,
        clock_suspect=False,
        status=ReportStatus.APPLIED,
        reason=None,
    )


def consent() -> ConsentOut:
    return ConsentOut(
        consent_id=UUID(int=41),
        job_id=UUID(int=1),
        subject=ConsentSubject.QUOTE,
        quote_id=UUID(int=42),
        terms_version=None,
        answer=ConsentAnswer.ACCEPTED,
        amount_minor=900,
        currency="EUR",
        language="en",
        method=ConsentMethod.SIGNATURE,
        person="Somebody",
        capacity="holder",
        agreed_at=MORNING,
        recorded_at=MORNING,
    )


def closure() -> ClosureOut:
    return ClosureOut(
        closure_id=UUID(int=31),
        visit_id=UUID(int=101),
        technician_id=TECHNICIAN,
        location=Location.SUBSCRIBER_SETTINGS,
        cause=Cause.CONFIG,
        action=Action.RECONFIGURE,
        liability=Liability.SUBSCRIBER,
        outcome=ClosureOutcome.DONE,
        consent_id=UUID(int=41),
        confirmed_by="Somebody",
        closed_at=MORNING,
        in_force=True,
    )


def good_evidence() -> Evidence:
    charge = ChargeOut(
        charge_id=UUID(int=51),
        job_id=UUID(int=1),
        kind=ChargeKind.WORK,
        consent_id=UUID(int=41),
        closure_id=UUID(int=31),
        amount_minor=900,
        currency="EUR",
        charged_at=MORNING,
    )
    journal = [
        JournalEntryOut(
            n=n,
            at=MORNING,
            actor_kind=ActorKind.WORKER,
            actor_id=None,
            action=action,
            job_id=UUID(int=1),
            subject_id=UUID(int=31),
            facts={},
        )
        for n, action in enumerate(("job.received", "plan.published", "report.received"), 1)
    ]
    out = round_of(stop(1, 0, VisitState.DONE), stop(2, 4))
    return Evidence(
        jobs=[whole_job()],
        charges=[charge],
        journal=journal,
        reviews=[],
        numbers=no_numbers(),
        rounds=[out],
        publications=[publication(out, out)],
        phones=[
            PhoneRecord(
                name="T", diary=[UUID(int=31)], waiting=0, digest="same", own_digest="same", digest_alarms=0
            ),
        ],
        delivered={UUID(int=1): faults_of(area(), count=1)[0]},
        escalations_differing=0,
        failed_runs=[],
        freeze=timedelta(minutes=30),
    )


def no_numbers() -> DayNumbersOut:
    zero = dict.fromkeys(DayNumbersOut.__struct_encode_fields__, 0)
    return msgspec.convert({**zero, "onDay": "2026-11-24", "currency": "EUR"}, DayNumbersOut)


def broken_in(evidence: Evidence) -> set[str]:
    return {name for name, violations in judge(evidence).items() if violations}


def test_a_good_day_breaks_no_invariant() -> None:
    assert broken_in(good_evidence()) == set()


@pytest.mark.parametrize("name", sorted(sabotage.AFTERWARDS))
def test_each_invariant_finds_what_it_forbids(name: str) -> None:
    assert name in broken_in(sabotage.spoilt(good_evidence(), name))


def test_every_sabotage_has_the_name_of_an_invariant() -> None:
    assert {invariant.__name__ for invariant in INVARIANTS} >= sabotage.NAMES


def test_a_report_the_server_does_not_know_is_lost_and_one_that_nobody_recorded_doubled() -> None:
    phone = good_evidence().phones[0]
    more = msgspec.structs.replace(phone, diary=[*phone.diary, new_id()])
    less = msgspec.structs.replace(phone, diary=[])
    assert broken_in(msgspec.structs.replace(good_evidence(), phones=[more])) == {"nothing_is_lost"}
    assert broken_in(msgspec.structs.replace(good_evidence(), phones=[less])) == {"nothing_is_doubled"}


def published(before: RoundOut, after: RoundOut) -> set[str]:
    return broken_in(msgspec.structs.replace(good_evidence(), publications=[publication(before, after)]))


def test_a_plan_that_moves_what_has_begun_or_overlaps_or_breaks_a_promise_is_found() -> None:
    begun = stop(1, 0, VisitState.WORKING)
    moved = msgspec.structs.replace(begun, planned_start_at=MORNING + timedelta(hours=1))
    late = msgspec.structs.replace(stop(2, 4), planned_start_at=MORNING + timedelta(hours=7))
    late = msgspec.structs.replace(late, planned_end_at=MORNING + timedelta(hours=8))
    assert published(round_of(begun), round_of(moved)) == {"what_is_frozen_stays"}
    assert published(round_of(begun), round_of()) == {"what_is_frozen_stays"}
    assert published(round_of(), round_of(stop(2, 4), stop(3, 4))) == {"no_technician_is_double_booked"}
    assert published(round_of(), round_of(late)) == {"no_plan_breaks_a_promise"}
