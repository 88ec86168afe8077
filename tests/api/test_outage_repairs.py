"""Of several jobs on one failed element one is its repair."""

from db.pool import Database
from tests.api.conftest import Desk
from tests.api.test_outages import (
    HOUSE,
    LEFT,
    ON_LEFT,
    decided,
    escalated,
    line1,
    net,
    promised,
    raised,
    whole,
)
from tests.worlds import World

__all__ = ["line1", "net"]


async def test_of_several_jobs_one_visit_mends_the_element_and_the_others_follow_its_end(
    line1: Desk, tickets: Desk, database: Database, net: World
) -> None:
    chosen, other, third = [await escalated(tickets, net, number) for number in (1, 2, 3)]
    told = await promised(line1, chosen)
    await promised(line1, other)
    tablet = await escalated(tickets, net, 3, faultClass="wifi_setup", ticketNumber="T-tablet")
    path = f"/v1/network-elements/{LEFT}/outage"
    for not_able in (tablet, str(net.area_id)):
        refused = await line1.post(path, json={"jobId": not_able})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/jobId")
    outage = await raised(line1, jobId=chosen)
    assert (outage["jobId"], outage["held"]) == (chosen, 2)
    shown = {one["jobId"]: one for one in outage["jobs"]}
    assert {job_id: (one["mends"], one["follows"]) for job_id, one in shown.items()} == {
        chosen: (True, False),
        other: (False, True),
        third: (False, True),
        tablet: (False, False),
    }
    assert {job_id for job_id, one in shown.items() if one["mayMend"]} == {chosen, other, third}
    assert (shown[chosen]["affected"], shown[other]["plannedAt"]) == (ON_LEFT, None)
    after = await whole(line1, chosen)
    assert (after["job"]["priority"], after["appointments"]) == (1, [told["appointment"]])
    over = await decided(line1, outage, "restoration", notMended=[third])
    assert (over["state"], over["jobs"]) == ("restored", [])
    states = [(await whole(line1, job_id))["job"]["state"] for job_id in (chosen, other, third)]
    assert states == ["received", "cancelled", "received"], (
        "who says that theirs is not mended is planned again"
    )


async def test_the_job_that_mends_a_larger_outage_waits_for_no_smaller_one(
    line1: Desk, tickets: Desk, net: World
) -> None:
    job_id = await escalated(tickets, net, 1)
    small = await raised(line1, HOUSE)
    assert (await whole(line1, job_id))["job"]["holdReason"] == "outage"
    large = await raised(line1, LEFT, jobId=job_id)
    mends = (await whole(line1, job_id))["job"]
    assert (mends["state"], mends["holdReason"], mends["outageId"]) == ("received", None, large["outageId"])
    assert (await whole(line1, small["jobId"]))["job"]["holdReason"] == "outage"
    await promised(line1, job_id)
