"""The parts of the demo, each by itself: addresses, the seeded area and its faults, the phone, the work, the house."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from rich.console import Console

from api.demo.addresses import Address, BadAddresses, read_addresses
from api.demo.area import Made, shift_of
from api.demo.client import Client
from api.demo.faults import DARKENED, RACERS, Fate
from api.demo.house import free_port, temporary_folder
from api.demo.phone import Event, Network, Outbox, Phone, digest_of
from api.demo.region import region_of
from api.demo.table import plan_table
from db.states import (
    FeedOp,
    ReportStatus,
)
from dispatch.rules.phone import (
    Change,
    EventResult,
    Exchanged,
    Pull,
)
from tests.api.demo_days import MORNING, area, faults_of, round_of, stop, visible

HEAD = "city,street,house,postcode,lat,lon\n"
GOOD = "Москва,1-я Останкинская улица,13,129515,55.824802,37.618875\n"
OSM = Path(__file__).parents[2].parent / "shared" / "data" / "osm"


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


def unique_names(made: Made) -> set[tuple[str, str]]:
    """What must not come twice in a database."""
    tickets = {(fault.escalation.source, fault.escalation.ticket_number) for fault in faults_of(made)}
    contracts = {("contract", holder.contract) for holder in made.set_up.subscribers}
    logins = {("login", staff.login) for staff in made.set_up.staff}
    return tickets | contracts | logins | {("area", made.set_up.area.code)}


def test_two_areas_of_one_database_share_no_login_contract_or_ticket() -> None:
    names = unique_names(area(number=1)), unique_names(area(number=2))
    assert names[0].isdisjoint(names[1])


@pytest.mark.parametrize("count", [1, 2, 8, 14, 90])
def test_there_are_as_many_faults_as_asked_for_and_one_is_the_emergency_at_noon(count: int) -> None:
    every = faults_of(area(), count=count)
    faults = [fault for fault in every if not fault.races]
    assert len(every) == count + RACERS
    emergencies = [fault for fault in faults if fault.escalation.affected == DARKENED]
    assert len(faults) == count
    assert [(fault.escalation.fault_class, fault.at.hour) for fault in emergencies] == [("trunk_cut", 12)]
    assert len({fault.door for fault in every}) == count + RACERS


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


def result(number: int, status: Any = "applied") -> EventResult:
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

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = json.loads((await receive())["body"])
        if scope["path"] == "/v1/sign-in":
            role = {"areaId": str(UUID(int=1)), "role": "technician", "technicianId": str(UUID(int=2))}
            me = {
                "staffId": str(UUID(int=3)),
                "displayName": "",
                "language": "en",
                "roles": [role],
                "now": MORNING.isoformat(),
            }
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

    async def _answer(self, send: Any, status: int, body: bytes, headers: Any = ()) -> None:
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


# --- what is shown ------------------------------------------------------------------------------------------


def test_addresses_are_shown_as_they_are_written() -> None:
    """Square brackets are markup to whoever draws the table."""
    to = Console(file=io.StringIO(), width=160)
    odd = msgspec.structs.replace(stop(1, 0), address="Mill [/] Lane [bold]2", title="Wi-Fi [5 GHz]")
    with to.capture() as said:
        to.print(plan_table("Town [/b], plan 1", [round_of(odd)], ZoneInfo("UTC"), to))
    assert all(text in said.get() for text in ("Mill [/] Lane [bold]2", "Wi-Fi [5 GHz]", "Town [/b], plan 1"))


# --- the house ----------------------------------------------------------------------------------------------


def test_two_demos_that_start_in_the_same_moment_get_two_ports() -> None:
    with free_port(18_300) as one, free_port(18_300) as other:
        assert one != other


def test_the_folder_is_gone_afterwards_and_so_is_what_a_killed_demo_left(tmp_path: Path) -> None:
    left = tmp_path / "line3-demo-left"
    left.mkdir()
    (left / "lock").touch()
    with temporary_folder(tmp_path) as living, temporary_folder(tmp_path) as other:
        assert sorted(tmp_path.iterdir()) == sorted([living, other])
    assert list(tmp_path.iterdir()) == []
