"""What a dispatcher should look at."""

from litestar import get

from api.auth import allow
from api.deps import AreaId, CallerDep, shown
from api.wire.alerts import AlertOut, Alerts
from db.states import Role
from dispatch.flows import alerts


@get("/v1/alerts", opt=allow(Role.DISPATCHER, Role.SUPERVISOR), tags=["alerts"], summary="List open alerts")
async def list_alerts(caller: CallerDep, area_id: AreaId = None) -> Alerts:
    """Promises at risk, technicians late or silent, parts missing, help asked for; oldest first. What each says is
    of now, not of when it opened."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: alerts.list_open(conn, area_id=area))
    return Alerts(items=[shown(row, AlertOut) for row in rows])
