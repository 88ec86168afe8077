"""Taking back what a hand did, over HTTP: the visit, and the word that was given with it."""

from uuid import UUID

from db.queries import jobs
from db.records import Plan
from db.states import AppointmentState
from tests.api.conftest import Desk
from tests.api.test_hands import board, holder, later, moved, office, out, promised
from tests.dispatch.office import Office

__all__ = ["office", "out"]


async def test_a_promise_that_a_hand_moved_is_what_it_was_once_the_move_is_taken_back(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    """Its subscriber hears of it, as of the move."""
    stop = promised(await board(dispatcher))
    mine, _ = holder(await board(dispatcher), stop["jobId"])
    wanted = later(stop["window"]["latest"], hours=1)
    done = await moved(
        dispatcher, stop["jobId"], mine["technicianId"], startAt=wanted, accept=["promise", "rest", "shift"]
    )
    _, there = holder(await board(dispatcher), stop["jobId"])
    assert there["window"] != stop["window"]
    undone = await dispatcher.post(f"/v1/plans/{done['plan']['planId']}/undo")
    assert undone.status_code == 200, undone.text
    back, there = holder(await board(dispatcher), stop["jobId"])
    assert (back["technicianId"], there["window"], there["plannedStartAt"]) == (
        mine["technicianId"],
        stop["window"],
        stop["plannedStartAt"],
    )
    async with office.town.database.begin([office.town.world.area_id]) as conn:
        windows = await jobs.list_appointments(conn, office.town.world.area_id, [UUID(stop["jobId"])])
        told = await conn.fetchval(
            "SELECT count(*) FROM outbox WHERE kind = 'visit-code' AND subject_id = $1",
            windows[-1].appointment_id,
        )
    assert [one.state for one in windows] == [AppointmentState.MOVED] * 2 + [AppointmentState.CONFIRMED]
    assert told == 1
