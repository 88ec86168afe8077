"""What a phone says and what becomes of it: each status and reason of the mobile protocol, on the whole server side."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import devices, technicians
from db.states import JobState, ReviewReason, StockKind, VisitState
from dispatch import exchange
from dispatch.errors import UnknownDevice
from dispatch.flows import reviews, stocks, sync
from dispatch.rules.phone import Envelope
from dispatch.rules.setting_up import PartIn, StockIn
from tests.builders import (
    LATE,
    Phone,
    Town,
    dispatcher,
    settled_in,
    statuses,
)
from tests.conftest import Server
from tests.dispatch.said import MENDED, THERE, out, walk
from tests.worlds import NOW


async def test_a_visit_walked_through_closes_its_job_unbilled(town: Town) -> None:
    phone, job, visit = await out(town)
    answer = await phone.send(town.database, walk(phone, visit, *MENDED))
    assert statuses(answer) == ["applied"] * 6
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert [visit.state for visit in whole.visits] == [VisitState.DONE]
    assert [closure.in_force for closure in whole.closures] == [True]
    assert await town.net_charges(job) == []
    assert answer.pull is not None
    (change,) = [change for change in answer.pull.changes if change.job_id == job.job_id]
    assert change.job is not None
    assert (change.job.state, change.version) == (JobState.CLOSED, whole.job.version)


async def test_what_is_sent_twice_counts_once_and_answers_the_current_outcome(town: Town) -> None:
    phone, job, visit = await out(town)
    said = walk(phone, visit, *MENDED)
    await phone.send(town.database, said)
    before = await town.state(job)
    answer = await phone.send(town.database, said)
    assert statuses(answer) == ["duplicate"] * 6
    assert {result.outcome for result in answer.results} == {"applied"}
    assert await town.state(job) == before


async def test_the_same_event_twice_in_one_batch_counts_once(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived")
    assert statuses(await phone.send(town.database, [said, said])) == ["applied", "duplicate"]


async def test_the_same_event_spelled_otherwise_is_a_duplicate(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived")
    members: dict[str, Any] = msgspec.json.decode(said)
    spelled = msgspec.json.format(msgspec.json.encode(dict(reversed(members.items()))), indent=4)
    assert statuses(await phone.send(town.database, [said, spelled])) == ["applied", "duplicate"]


async def test_a_technician_who_never_held_the_visit_is_kept_for_review(town: Town) -> None:
    _, job, visit = await out(town)
    stranger = await town.phone(2)
    assert statuses(await stranger.send(town.database, walk(stranger, visit, *THERE)))[-1] == "not-assignee"
    assert (await town.whole(job)).job.state is JobState.PLANNED
    assert await town.open_reasons(job) == [ReviewReason.NOT_ASSIGNEE] * 3


async def test_a_stranger_whom_a_person_accepts_counts(town: Town) -> None:
    _, job, visit = await out(town)
    stranger = await town.phone(2)
    await stranger.send(town.database, walk(stranger, visit, "arrived"))
    await town.decide(job, ReviewReason.NOT_ASSIGNEE, accepted=True)
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED


async def test_a_visit_that_is_not_of_the_job_is_kept_for_review(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived", visitId=new_id())
    assert statuses(await phone.send(town.database, [said])) == ["not-assignee"]


async def test_an_unknown_job_an_unknown_kind_and_a_newer_version_are_kept(town: Town) -> None:
    phone, _, visit = await out(town)
    said = [
        phone.say(visit, "arrived", envelope={"jobId": new_id()}),
        phone.say(visit, "arrived", envelope={"kind": "levitated"}),
        phone.say(visit, "arrived", envelope={"v": 2}),
        phone.say(visit, "arrived"),
    ]
    wanted = ["unknown-job", "unknown-kind", "unknown-kind", "applied"]
    assert statuses(await phone.send(town.database, said)) == wanted
    assert [result.outcome for result in (await phone.send(town.database, said)).results] == [
        "review"
    ] * 3 + ["applied"]


NESTED = b"[" * 3_000 + b"]" * 3_000


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"null",
        b"[]",
        b'"\\ud800"',
        b'{"eventId": "no id"}',
        b'{"eventId": "01890000-0000-7000-8000-000000000000", "seq": -1}',
        b'{"eventId": 1e999}',
        b"1" * 400,
        b'{"a": 99999999999999999999999999}',
        b'{"a": -99999999999999999999999999}',
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        NESTED,
        b'{"a": "' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda raw: raw[:24].decode(),
)
async def test_an_event_that_makes_no_sense_is_kept_and_spoils_no_other(town: Town, raw: bytes) -> None:
    phone, _, visit = await out(town)
    said = [phone.say(visit, "on-my-way"), raw, phone.say(visit, "arrived")]
    answer = await phone.send(town.database, said)
    assert statuses(answer) == ["applied", "invalid-body", "applied"]
    again = await phone.send(town.database, said)
    assert [result.status for result in again.results] == ["duplicate"] * 3
    assert [result.event_id for result in again.results] == [result.event_id for result in answer.results]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("arrived", {"visitId": 7}),
        ("note", {"text": "a\x00b"}),
        ("note", {"text": "a\u202eb"}),
        ("note", {"text": "x" * 5_000}),
        ("measurement", {"value": "high"}),
        ("measurement", {"value": 10**30}),
        ("part-used", {"quantity": -1}),
        ("part-used", {"quantity": 2**63}),
        ("photo-taken", {"photoId": UUID(int=1), "sha256": "no"}),
        ("closure", {"location": "moon"}),
        ("consent", {"consentId": UUID(int=1), "quoteId": UUID(int=2), "signature": "a\x00b"}),
        ("quote", {"quoteId": UUID(int=1), "tariffId": UUID(int=2), "currency": "rub"}),
    ],
)
async def test_a_body_out_of_bounds_is_kept_for_review(town: Town, kind: str, body: dict[str, Any]) -> None:
    phone, _, visit = await out(town)
    said = [phone.say(visit, kind, **body), phone.say(visit, "arrived")]
    assert statuses(await phone.send(town.database, said)) == ["invalid-body", "applied"]


async def test_an_unknown_member_is_a_newer_app_and_is_passed_over(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived", mood="good", envelope={"battery": 7})
    assert statuses(await phone.send(town.database, [said])) == ["applied"]


async def test_an_id_used_again_for_another_content_is_kept_beside_the_first(town: Town) -> None:
    phone, job, visit = await out(town)
    event_id = new_id()
    first = phone.say(visit, "arrived", event_id=event_id)
    other = phone.say(visit, "note", event_id=event_id)
    assert statuses(await phone.send(town.database, [first])) == ["applied"]
    assert statuses(await phone.send(town.database, [other, first])) == ["id-reused", "duplicate"]
    assert [report.kind for report in (await town.whole(job)).reports] == ["arrived"]


async def test_an_id_used_twice_in_one_batch_counts_once_and_the_other_is_kept(town: Town) -> None:
    for _ in range(4):  # the order of the two contents' hashes is chance
        phone, job, visit = await out(town)
        event_id = new_id()
        said = [phone.say(visit, kind, event_id=event_id) for kind in ("arrived", "note")]
        assert sorted(statuses(await phone.send(town.database, said))) == ["applied", "id-reused"]
        again = await phone.send(town.database, said)
        assert sorted(result.outcome for result in again.results) == ["applied", "review"]
        assert len((await town.whole(job)).reports) == 1


async def test_a_report_waits_for_what_it_needs_and_counts_when_that_has_come(town: Town) -> None:
    phone, job, visit = await out(town)
    photo_id = new_id()
    said = [*walk(phone, visit, *THERE, "part-used", "measurement")]
    photo = phone.say(visit, "photo-taken", photoId=photo_id)
    closure = phone.say(visit, "closure", needs=[photo_id])
    assert statuses(await phone.send(town.database, [*said, closure]))[-1] == "pending"
    assert (await town.whole(job)).job.state is JobState.IN_PROGRESS
    await phone.send(town.database, [photo])
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert [result.outcome for result in (await phone.send(town.database, [closure])).results] == ["applied"]


async def test_a_report_that_needs_an_event_which_makes_no_sense_does_not_wait_for_ever(town: Town) -> None:
    phone, job, visit = await out(town)
    needed = new_id()
    said = [
        *walk(phone, visit, *THERE, "part-used", "measurement"),
        phone.say(visit, "closure", needs=[needed]),
    ]
    assert statuses(await phone.send(town.database, said))[-1] == "pending"
    poor = phone.say(visit, "levitated", event_id=needed)
    assert statuses(await phone.send(town.database, [poor])) == ["unknown-kind"]
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_after_72_hours_of_waiting_a_person_looks(town: Town) -> None:
    phone, job, visit = await out(town)
    said = [
        *walk(phone, visit, *THERE, "part-used", "measurement"),
        phone.say(visit, "closure", needs=[new_id()]),
    ]
    await phone.send(town.database, said)
    late = LATE + timedelta(hours=72)
    await town.do(
        lambda conn: reviews.settle_overdue(
            conn, area_id=job.area_id, job_id=job.job_id, actor=phone.actor, now=late
        )
    )
    assert await town.open_reasons(job) == [ReviewReason.NEEDS_MISSING]
    assert [result.outcome for result in (await phone.send(town.database, said[-1:])).results] == ["review"]
    await town.decide(job, ReviewReason.NEEDS_MISSING, accepted=True, now=late)
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_a_revoked_phone_pulls_nothing_and_its_deposits_go_to_review(town: Town) -> None:
    phone, job, visit = await out(town)
    await town.do(
        lambda conn: devices.revoke_device(
            conn, town.world.area_id, phone.device_id, NOW + timedelta(hours=1), "lost"
        )
    )
    answer = await phone.send(town.database, walk(phone, visit, "arrived"))
    assert statuses(answer) == ["device-revoked"]
    assert (answer.session, answer.pull) == ("revoked", None)
    assert (await town.whole(job)).job.state is JobState.PLANNED


async def test_somebody_elses_phone_is_refused_and_nothing_is_stored(town: Town) -> None:
    phone, job, visit = await out(town)
    stolen = Phone(town.world, town.world.technicians[1], device_id=phone.device_id)
    with pytest.raises(UnknownDevice):
        await stolen.send(town.database, walk(stolen, visit, "arrived"))
    assert (await town.whole(job)).reports == []


async def test_a_phones_wrong_clock_is_corrected_by_its_skew(town: Town) -> None:
    phone, job, visit = await out(town)
    now, wrong = LATE, timedelta(hours=-5)
    said = phone.say(visit, "arrived", NOW + timedelta(hours=3) + wrong)
    await phone.send(town.database, [said], now=now, sent_at=now + wrong)
    (report,) = (await town.whole(job)).reports
    assert (report.corrected_at, report.clock_suspect) == (NOW + timedelta(hours=3), False)


@pytest.mark.parametrize(
    ("recorded", "corrected"),
    [
        ("2026-11-20T00:00:00Z", NOW),
        ("2026-11-24T20:00:00Z", LATE),
        ("0001-01-01T00:00:00Z", LATE),
        ("9999-12-31T23:59:59-12:00", LATE),
        ("2026-11-24T07:00:00", LATE),
        (12345, LATE),
        (None, LATE),
    ],
)
async def test_an_absurd_time_is_clamped_and_marked_never_refused(
    town: Town, recorded: object, corrected: object
) -> None:
    phone, job, visit = await out(town)
    said = phone.say(visit, "arrived", envelope={"recordedAt": recorded})
    answer = await phone.send(town.database, [said], now=LATE, sent_at="yesterday")
    assert statuses(answer) == ["applied"]
    (report,) = (await town.whole(job)).reports
    assert (report.corrected_at, report.clock_suspect) == (corrected, True)


async def test_parts_are_taken_from_the_van_once(town: Town) -> None:
    phone, _, visit = await out(town)
    technician = town.world.technicians[0].technician_id

    async def left() -> int:
        rows = await town.do(
            lambda conn: technicians.list_van_stock(conn, [town.world.area_id], [technician])
        )
        return next(row.quantity for row in rows if row.code == "ont")

    before = await left()
    said = walk(phone, visit, "part-used")
    await phone.send(town.database, said)
    await phone.send(town.database, said)
    assert await left() == before - 1


async def test_a_piece_with_a_number_of_its_own_is_gone_from_the_van_when_it_is_used(town: Town) -> None:
    phone, _, visit = await out(town)
    person = town.world.technicians[0]
    said = phone.say(visit, "part-used", code="router", serial="R-1", removedSerial="")
    await phone.send(town.database, [said])
    rows = await town.do(
        lambda conn: technicians.list_van_stock(conn, [person.area_id], [person.technician_id])
    )
    assert {row.serial: row.quantity for row in rows if row.code == "router"} == {"R-1": 0}


@pytest.fixture
async def alone(database: Database) -> Town:
    """A town whose vans nobody has touched."""
    return Town(database, await settled_in(database))


async def test_a_phone_is_told_its_own_van_once_and_again_when_something_left_it(alone: Town) -> None:
    town = alone
    phone, _, visit = await out(town)
    assert (await phone.send(town.database, [])).van is None, "an app that shows no van is told none"
    phone.van = ""
    van = (await phone.send(town.database, [])).van
    assert van is not None
    assert [(part.code, part.serials) for part in van.parts] == [
        ("drop_cable", []),
        ("ont", []),
        ("router", ["R-1"]),
    ]
    assert (await phone.send(town.database, [])).van is None
    used = [phone.say(visit, "part-used"), phone.say(visit, "part-used", code="router", serial="R-1")]
    after = (await phone.send(town.database, used)).van
    assert after is not None
    before = {part.code: part.quantity for part in van.parts}
    assert {part.code: part.quantity - before[part.code] for part in after.parts} == {
        "drop_cable": 0,
        "ont": -1,
        "router": -1,
    }
    assert [part.serials for part in after.parts if part.code == "router"] == [[]]
    assert (await phone.send(town.database, used)).van is None


async def test_parts_are_called_by_the_operators_names_and_other_names_are_another_van(alone: Town) -> None:
    phone = await alone.phone()
    phone.van = ""
    van = (await phone.send(alone.database, [])).van
    assert van is not None
    assert van.names == {}
    area_id = alone.world.area_id
    for version, name in enumerate(["terminal", "optical terminal"]):
        await alone.do(
            lambda conn, name=name, version=version: stocks.save_part(
                conn,
                area_id=area_id,
                code="ont",
                made=PartIn(kind=StockKind.PART, name=name),
                version=version,
                actor=dispatcher(alone.world),
                now=NOW,
            )
        )
        renamed = (await phone.send(alone.database, [])).van
        assert renamed is not None
        assert (renamed.names, renamed.parts) == ({"ont": name}, van.parts)
    assert (await phone.send(alone.database, [])).van is None


async def test_what_the_office_puts_into_the_van_is_told_at_the_next_exchange(alone: Town) -> None:
    phone = await alone.phone()
    phone.van = ""
    await phone.send(alone.database, [])
    person = alone.world.technicians[0]
    made = StockIn(technician_id=person.technician_id, kind=StockKind.PART, code="clamp", quantity=4)
    await alone.do(
        lambda conn: stocks.save_stock(
            conn,
            area_id=person.area_id,
            stock_id=new_id(),
            made=made,
            version=0,
            actor=dispatcher(alone.world),
            now=NOW,
        )
    )
    van = (await phone.send(alone.database, [])).van
    assert van is not None
    assert {part.code: part.quantity for part in van.parts}["clamp"] == 4


async def test_more_taken_than_the_van_had_is_applied_and_stands_below_zero(alone: Town) -> None:
    town = alone
    phone, _, visit = await out(town)
    phone.van = ""
    said = [
        phone.say(visit, "part-used", quantity=9, serial=""),
        phone.say(visit, "part-used", code="clamp", quantity=2, serial=""),
        phone.say(visit, "part-used", code="router", serial="from a colleague"),
        phone.say(visit, "part-used", code="router", serial="R-1"),
        phone.say(visit, "part-used", code="connector", quantity=1_000_000, serial=""),
        phone.say(visit, "part-used", code="connector", quantity=1_000_000, serial=""),
    ]
    answer = await phone.send(town.database, said)
    assert set(statuses(answer)) == {"applied"}
    assert answer.van is not None
    assert {part.code: part.quantity for part in answer.van.parts} == {
        "clamp": -2,
        "connector": -10_000,
        "drop_cable": 20,
        "ont": -3,
        "router": -1,
    }


async def test_a_deposit_is_told_no_van(town: Town) -> None:
    phone, _, visit = await out(town)
    envelope = Envelope(
        device_id=phone.device_id,
        batch_id=new_id(),
        events=[msgspec.Raw(phone.say(visit, "part-used"))],
        van="",
    )
    answer = await exchange.exchange(
        town.database,
        actor=phone.actor,
        technician=phone.technician,
        envelope=envelope,
        now=LATE,
        deposit=True,
    )
    assert (answer.pull, answer.van) == (None, None)


async def test_the_answer_names_the_highest_number_seen_of_the_phone(town: Town) -> None:
    phone, _, visit = await out(town)
    said = walk(phone, visit, *THERE)
    assert (await phone.send(town.database, said)).last_seq == 3
    assert (await phone.send(town.database, said[:1])).last_seq == 3


async def test_what_a_dead_process_left_in_the_inbox_is_applied_by_the_worker(town: Town) -> None:
    phone, job, visit = await out(town)
    await deposit(town, phone, phone.say(visit, "arrived"))
    assert (await town.whole(job)).visits[0].state is VisitState.PUBLISHED
    area_id, late = town.world.area_id, LATE + timedelta(hours=1)
    assert await exchange.apply_left_over(town.database, area_id=area_id, seen=[area_id], now=late) == 1
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED
    assert await exchange.apply_left_over(town.database, area_id=area_id, seen=[area_id], now=late) == 0


async def deposit(town: Town, phone: Phone, said: bytes) -> None:
    """What a process does that receives an event and dies."""
    envelope = Envelope(device_id=phone.device_id, batch_id=new_id(), events=[msgspec.Raw(said)])
    await town.do(lambda conn: sync.receive(conn, actor=phone.actor, envelope=envelope, now=LATE))


async def test_an_event_that_fails_three_times_is_given_to_a_person_and_holds_up_no_other(
    server: Server, fresh: str, database: Database
) -> None:
    town = Town(database, await settled_in(database))
    await server.run(fresh, "ALTER TABLE report ADD CONSTRAINT a_bug_of_ours CHECK (kind <> 'note')")
    phone, job, visit = await out(town)
    poison, fine = phone.say(visit, "note"), phone.say(visit, "arrived")
    assert statuses(await phone.send(database, [poison, fine])) == ["pending", "applied"]
    for wanted in ("pending", "pending", "review"):
        answer = await phone.send(database, [poison])
        assert [(row.status, row.outcome) for row in answer.results] == [("duplicate", wanted)]
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED
