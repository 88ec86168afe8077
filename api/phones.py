"""`line3 enrol` and `line3 devices`: what an operator does about phones from a terminal."""

import argparse
import asyncio
import sys
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import segno

from api.running import running
from db.states import ActorKind
from dispatch.actors import Actor
from dispatch.errors import Refused, UnknownDevice
from dispatch.flows import areas, devices
from dispatch.phone_keys import link_of
from dispatch.settings import Settings

REFUSALS = (Refused,)


def enrol(asked: argparse.Namespace, settings: Settings) -> int:
    """Print a link for one phone of a technician, and its QR code."""
    login: str = asked.login

    async def go() -> devices.Offered:
        async with running(settings) as process:
            async with process.database.begin() as conn:
                area_id, technician_id = await devices.find_home(conn, login=login)
            return await process.database.transact(
                [area_id],
                lambda conn: devices.offer(
                    conn,
                    actor=_operator(area_id),
                    area_id=area_id,
                    technician_id=technician_id,
                    now=process.clock(),
                ),
            )

    offered = asyncio.run(go())
    link = link_of(asked.url or f"http://{settings.host}:{settings.port}", offered.code)
    print(f"{link}\nFor one phone of {login}, until {offered.expires_at:%Y-%m-%d %H:%M} UTC.")
    segno.make(link, error="l").terminal(out=sys.stdout, compact=True)
    return 0


def list_all(_: argparse.Namespace, settings: Settings) -> int:
    """Print the phones of all areas, a line each."""

    async def go() -> list[str]:
        async with running(settings) as process:
            lines: list[str] = []
            async with process.database.begin() as conn:
                found = await areas.list_areas(conn)
            for area in found:
                async with process.database.begin([area.area_id]) as conn:
                    for device in await devices.list_of(conn, area_id=area.area_id, now=process.clock()):
                        state = "" if device.revoked_at is None else f"revoked {_at(device.revoked_at)}"
                        missing = f"{device.missing} missing" if device.missing else ""
                        said = (area.code, device.device_id, device.technician_name, device.name)
                        seen = f"enrolled {_at(device.enrolled_at)}", f"seen {_at(device.last_seen_at)}"
                        lines.append("\t".join(map(str, (*said, *seen, state, missing))).rstrip())
            return lines

    print("\n".join(asyncio.run(go()) or ["No phone is enrolled."]))
    return 0


def revoke(asked: argparse.Namespace, settings: Settings) -> int:
    """Revoke a phone, of whichever area."""
    device_id: UUID = asked.device_id

    async def go() -> str:
        async with running(settings) as process:
            async with process.database.begin() as conn:
                found = [area.area_id for area in await areas.list_areas(conn)]
            for area_id in found:
                with suppress(UnknownDevice):
                    async with process.database.begin([area_id]) as conn:
                        device = await devices.revoke(
                            conn,
                            area_id=area_id,
                            device_id=device_id,
                            reason=asked.reason,
                            actor=_operator(area_id),
                            now=process.clock(),
                        )
                    return f"{device.name} of {device.technician_name} is revoked."
        raise UnknownDevice()

    print(asyncio.run(go()))
    return 0


def _operator(area_id: UUID) -> Actor:
    return Actor(kind=ActorKind.SET_UP, actor_id=UUID(int=0), areas=(area_id,))


def _at(instant: datetime | None) -> str:
    return "never" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
