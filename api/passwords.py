"""`line3 password`: a link by which somebody of the office sets a password, where nobody is left who could make one."""

import argparse
import asyncio
from uuid import UUID

from api.running import running
from db.states import ActorKind
from dispatch.actors import Actor
from dispatch.flows import areas, office
from dispatch.phone_keys import password_link_of
from dispatch.settings import Settings


def offer(asked: argparse.Namespace, settings: Settings) -> int:
    """Print the link, once."""
    login: str = asked.login

    async def go() -> office.PasswordOffered:
        async with running(settings) as process:
            async with process.database.begin() as conn:
                every = tuple(area.area_id for area in await areas.list_areas(conn))
                area_id, staff_id = await office.find_in_office(conn, login=login)
            operator = Actor(kind=ActorKind.SET_UP, actor_id=UUID(int=0), areas=every)
            return await process.database.transact(
                [area_id],
                lambda conn: office.offer_password(
                    conn, actor=operator, area_id=area_id, staff_id=staff_id, now=process.clock()
                ),
            )

    offered = asyncio.run(go())
    print(password_link_of(asked.url or f"http://{settings.host}:{settings.port}", offered.code))
    print(f"For {login} alone, once, until {offered.expires_at:%Y-%m-%d %H:%M} UTC.")
    return 0
