"""`line3 demo`: the main job, shown. With `--once` a whole day through HTTP, judged; without, a house to look around in."""

import argparse
import asyncio
import importlib.metadata
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console

from api.demo.addresses import Address, BadAddresses, read_addresses
from api.demo.area import PASSWORD
from api.demo.client import NoAnswer, Problem
from api.demo.day import (
    PUBLISHED_AT,
    answer_the_phone,
    close_the_evening,
    deliver_what_is_due,
    open_the_morning,
    pass_the_day,
    publish_what_is_new,
)
from api.demo.desk import TakesTooLong
from api.demo.evidence import Evidence, gather
from api.demo.house import HOST, Child, House, HouseFailed, free_port, open_house, running
from api.demo.invariants import judge
from api.demo.opening import SMALL, Asked, fail_now, live_before, open_world, set_up, told_link
from api.demo.sabotage import NAMES, spoilt
from api.demo.support import middle, told_of_bookings
from api.demo.table import PlanningBar, console, day_table, figures, plan_table, verdict_table
from api.demo.town import default_town
from api.demo.why import ask_why
from api.demo.world import World
from db.migrate import analyze, migrate

MORNING_SECONDS, SMALL_MORNING_SECONDS = 10, 3
MOST_JOBS, MOST_TECHNICIANS = 2000, 200


class Wrong(Exception):
    """What was asked for makes no sense; one line."""


def demo(args: argparse.Namespace) -> int:
    """0: every invariant holds; 1: one is broken or the house failed; 2: what was asked for cannot be."""
    try:
        asked = _asked(args)
        homes = default_town(asked.seed) if asked.addresses is None else read_addresses(asked.addresses)
    except (BadAddresses, Wrong) as error:
        print(f"line3 demo: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    to = console()
    try:
        with open_house(asked.data, os.environ) as house:
            return asyncio.run(_live(asked, homes, house, to))
    except (HouseFailed, NoAnswer, Problem, TakesTooLong) as error:
        print(f"line3 demo: {error}", file=sys.stderr)
        return 1


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _asked(args: argparse.Namespace) -> Asked:
    """Raises `Wrong`."""
    given = vars(args)
    asked = Asked(
        once=bool(given["once"]),
        addresses=given["addresses"],
        jobs=given["jobs"],
        technicians=given["technicians"],
        seed=given["seed"],
        json=given["json"],
        data=None if given.get("data") is None else Path(given["data"]).absolute(),
        port=given["port"],
        broken=given.get("broken"),
    )
    if not 1 <= asked.jobs <= MOST_JOBS or not 1 <= asked.technicians <= MOST_TECHNICIANS:
        raise Wrong(f"1 to {MOST_JOBS} jobs and 1 to {MOST_TECHNICIANS} technicians")
    if asked.port is not None and not 0 <= asked.port < 65536:
        raise Wrong("a port is a number from 0 to 65535")
    if asked.broken is not None and (asked.broken not in NAMES or not asked.once):
        raise Wrong(f"--break goes with --once and one of {', '.join(sorted(NAMES))}")
    if asked.json is not None and not asked.once:
        raise Wrong("--json goes with --once")
    if asked.json is not None and not asked.json.absolute().parent.is_dir():
        raise Wrong(f"--json: there is no folder {asked.json.parent}")
    return asked


async def _live(asked: Asked, homes: Sequence[Address], house: House, to: Console) -> int:
    began = time.monotonic()
    await migrate(house.owner_url, demo=True)
    made, token, first_on = await set_up(asked, homes, house)
    if not asked.once:
        with to.status("Two weeks before today ..."):
            await live_before(asked, house, made, first_on)
    # nobody looks at a day that is run once: any port will do
    wanted = 0 if asked.once and asked.port is None else asked.port
    with free_port(wanted) as port, running(house, port) as children:
        address = f"http://{HOST}:{port}"
        async with open_world(asked, made, token, first_on, house, address, children) as world:
            seconds = SMALL_MORNING_SECONDS if asked.jobs <= SMALL else MORNING_SECONDS
            with PlanningBar(to, seconds) as bar:
                bar.finish(await open_the_morning(world, seconds=seconds, seed=asked.seed, watch=bar.watch))
            await analyze(house.owner_url)
            await _show_plan(world, to)
            if asked.once:
                return await _whole_day(asked, world, to, began)
            await world.support.read_what_was_written(world.made.set_up)
            await fail_now(world, house, world.at(PUBLISHED_AT))
            _show_doors(world, address, to, await told_link(house, made))
            return await _keep_running(world, children)


async def _show_plan(world: World, to: Console) -> None:
    zone = ZoneInfo(world.made.region.time_zone)
    plan = world.publications[0].plan
    to.print()
    for on in world.days:
        title = f"{world.made.set_up.area.name}, {on:%a %d %b}, plan {plan.plan_version}"
        to.print(plan_table(title, await world.desk.rounds(on), zone, to))
    to.print(f"{len(plan.unassigned)} jobs without a place, cost {plan.cost.get('total', 0):,}")
    for line in await ask_why(world, plan):
        to.print(line, highlight=False, markup=False)


async def _whole_day(asked: Asked, world: World, to: Console, began: float) -> int:
    to.print()
    await pass_the_day(world, to.print)
    await close_the_evening(world)
    evidence = spoilt(await gather(world), asked.broken or "")
    verdict = judge(evidence)
    told = figures(evidence.numbers, _counted(evidence, verdict))
    for line in world.episodes:
        to.print(line)
    to.print()
    to.print(day_table(f"{world.made.set_up.area.name}, {world.first_on:%a %d %b}", told, to))
    to.print(_what_went_wrong(world))
    to.print(verdict_table(verdict, to))
    seconds = time.monotonic() - began
    to.print(f"{seconds:.0f} s, seed {asked.seed}")
    if asked.json is not None:
        _write(asked.json, _record(asked, world, evidence, verdict, seconds))
    return 0 if not any(verdict.values()) else 1


def _seen(world: World) -> dict[str, int]:
    phones = [msgspec.structs.asdict(person.phone.seen) for person in world.people]
    return {name: sum(phone[name] for phone in phones) for name in phones[0]}


def _what_went_wrong(world: World) -> str:
    seen = _seen(world)
    return (
        f"On the way: {seen['lost_answers']} answers lost, {seen['repeated_batches']} batches sent twice, "
        f"{seen['reordered_batches']} out of order, {world.tickets.repeated} escalations delivered twice. "
        f"Reviews: {', '.join(world.decided) or 'none'}.\n"
        f"{told_of_bookings(world.support)}\n"
    )


def _counted(evidence: Evidence, verdict: dict[str, list[str]]) -> dict[str, int]:
    return {
        "reports": sum(len(phone.diary) for phone in evidence.phones),
        "lost": len(verdict["nothing_is_lost"]),
        "doubled": len(verdict["nothing_is_doubled"]),
    }


def _record(
    asked: Asked, world: World, evidence: Evidence, verdict: dict[str, list[str]], seconds: float
) -> dict[str, Any]:
    return {
        "numbers": msgspec.to_builtins(evidence.numbers) | _counted(evidence, verdict),
        "invariants": {name: not violations for name, violations in verdict.items()},
        "violations": {name: violations for name, violations in verdict.items() if violations},
        "phones": _seen(world),
        "episodes": world.episodes,
        "reviews": world.decided,
        "bookings": {
            "quotes": len(world.support.quote_ms),
            "offers": world.support.offered,
            "withoutOffer": world.support.without_offer,
            "booked": len(world.support.bookings),
            "racesLost": world.support.races_lost,
            "quoteMilliseconds": middle(world.support.quote_ms),
        },
        "emergencies": [msgspec.to_builtins(one) for one in world.emergencies],
        "escalations": len(world.tickets.delivered),
        "repeatedEscalations": world.tickets.repeated,
        "plans": len(world.publications),
        "seed": asked.seed,
        "jobs": asked.jobs,
        "technicians": asked.technicians,
        "addresses": None if asked.addresses is None else asked.addresses.name,
        "firstOn": world.first_on.isoformat(),
        "seconds": round(seconds, 1),
        "versions": {
            "line3": importlib.metadata.version("line3"),
            "python": platform.python_version(),
            "ortools": importlib.metadata.version("ortools"),
        },
    }


def _write(path: Path, record: dict[str, Any]) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    fresh.replace(path)


def _show_doors(world: World, address: str, to: Console, subscriber: tuple[str, str] | None) -> None:
    """`subscriber`: a link that one got, and the digits that it asks for."""
    to.print()
    to.print(f"line3      {address}/")
    to.print(f"phone app  {address}/technician/")
    to.print(f"board      {address}/board/")
    to.print(f"desk       {address}/desk/")
    if subscriber is not None:
        to.print(f"subscriber {subscriber[0]}   ({subscriber[1]} moves and cancels)", soft_wrap=True)
    to.print(f"API pages  {address}/docs")
    for role, login in world.made.logins.items():
        to.print(f"sign in    {login} / {PASSWORD}   ({role})")
    to.print(f"sign in    {world.made.technician_logins[0]} / {PASSWORD}   (technician)")
    to.print("Ctrl-C ends it.")


async def _keep_running(world: World, children: Sequence[Child]) -> int:
    """The clock goes on at its real speed, and what falls due comes in."""
    start, began = world.at(PUBLISHED_AT), time.monotonic()
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    while not ending.is_set():
        now = start + timedelta(seconds=time.monotonic() - began)
        world.clock.step_to(now)
        for child in children:
            child.verify_alive()
        if await deliver_what_is_due(world, now):
            await answer_the_phone(world)
            await publish_what_is_new(world, now)
        try:
            await asyncio.wait_for(ending.wait(), 1)
        except TimeoutError:
            continue
    return 0
