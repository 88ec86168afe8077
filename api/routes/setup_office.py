"""Setting an area up: who works in its office, and the links by which they set a password."""

from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from api.auth import OPEN, allow
from api.deps import AreaId, CallerDep, IfMatch, StrictRequest, shown
from api.saving import answered, saved
from api.wire.office import Office, OfficePersonOut, PasswordIn, PasswordLinkOut, PasswordSet
from db.states import Role
from dispatch import phone_keys
from dispatch.errors import WrongCode
from dispatch.flows import devices, office
from dispatch.passwords import hashed
from dispatch.phone_keys import password_link_of
from dispatch.rules.office import OfficePersonIn


@get("/v1/setup/staff", opt=allow(Role.SUPERVISOR), tags=["set-up"], summary="List who works in the office")
async def list_office(caller: CallerDep, area_id: AreaId = None) -> Office:
    """Dispatchers, support, supervisors and auditors, also those who have left; by name."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: office.list_office(conn, area_id=area, actor=caller.actor))
    return Office(items=[shown(row, OfficePersonOut) for row in rows])


@put(
    "/v1/setup/staff/{staff_id:uuid}",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up somebody in the office",
)
async def save_office_person(
    staff_id: FromPath[UUID],
    data: JSONBody[OfficePersonIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[OfficePersonOut]:
    """A new one gets no password: a link sets it. A login that works elsewhere already gets the roles here and stays as it
    is. Who leaves is signed out at once. Nobody takes supervising away from themselves."""
    row = await saved(caller, area_id, if_match, office.save_person, staff_id=staff_id, made=data)
    return answered(shown(row, OfficePersonOut), row.version)


@post(
    "/v1/setup/staff/{staff_id:uuid}/password-links",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Make a link to set a password",
)
async def make_password_link(
    staff_id: FromPath[UUID], request: StrictRequest, caller: CallerDep, area_id: AreaId = None
) -> PasswordLinkOut:
    """Good once and for 24 hours; one made before is good no more. What stands behind `#` is never sent to a server by a
    browser, so it stands in no log."""
    area = caller.area(area_id)
    offered = await caller.write(
        lambda conn: office.offer_password(
            conn, actor=caller.actor, area_id=area, staff_id=staff_id, now=caller.now
        )
    )
    base = request.headers.get("Origin") or str(request.base_url)
    return PasswordLinkOut(url=password_link_of(base, offered.code), expires_at=offered.expires_at)


@post(
    "/v1/password",
    opt=OPEN,
    security=[{}],
    status_code=200,
    tags=["sign-in"],
    summary="Set a password by a link",
)
async def set_password(request: StrictRequest, data: JSONBody[PasswordIn], caller: CallerDep) -> PasswordSet:
    """Whoever was signed in is not any more. A wrong, a used and an expired link get the same answer, and so do too many
    wrong ones from one address."""
    where, code = [phone_keys.area_of(data.code)], data.code
    try:
        async with caller.database.begin(where) as conn:
            await office.check_password_link(conn, code=code, now=caller.now)
        # slow on purpose, so between the transactions and not inside one
        password_hash = await hashed(data.password)
        login = await caller.database.transact(
            where,
            lambda conn: office.set_password(conn, code=code, password_hash=password_hash, now=caller.now),
        )
    except WrongCode:
        address = request.client.host if request.client is not None else ""
        async with caller.database.begin() as conn:
            await devices.note_wrong_code(conn, address=address, now=caller.now)
        raise
    return PasswordSet(login=login)
