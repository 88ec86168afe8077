"""What a dispatcher's hand waits for: 60 rounds, 500 visits. A trial over HTTP beside the bare insertion, and the whole day."""

import asyncio
import gc
import time
from collections.abc import Sequence

import httpx
from rich.console import Console
from rich.table import Table

from db.queries import plans
from db.records import Visit
from db.states import VisitState
from dispatch import by_hand
from dispatch.horizon import Horizons
from optimizer.standing import warm
from tests.benchmarks import city
from tests.benchmarks.quoting import Bench, Measured, awaited, bench, measured, several
from tests.builders import dispatcher
from tests.serving import cookie_of, serving
from tests.worlds import NOW, TODAY

CREW, VISITS = 60, 500
ASKED = 300


async def figures() -> list[Measured]:
    warm()
    async with bench(city.city(crew=CREW, visits=VISITS)) as made:
        visits = [visit for visit in await _visits(made) if visit.state is VisitState.PUBLISHED]
        return [await _raw(made, visits), await _in_process(made, visits), *await _over_http(made, visits)]


async def _visits(made: Bench) -> list[Visit]:
    async with made.database.begin([made.world.area_id]) as conn:
        return await plans.list_visits_between(conn, made.world.area_id, TODAY, TODAY)


async def _raw(made: Bench, visits: Sequence[Visit]) -> Measured:
    """The compiled insertion into all rounds of the day, nothing around it."""
    horizon = made.horizons.of(made.world.area_id)
    async with made.database.begin([made.world.area_id], snapshot=True) as conn:
        await horizon.refresh(conn, made.world.area, NOW)
    standing, keys = horizon.standing, list(horizon.rows)
    stop = standing.row(keys[0]).stops[0]
    seconds = several(lambda: standing.price(stop, [(0, 1 << 40)], keys, most=len(keys)))
    return measured("the bare insertion", seconds, f"{len(keys)} rounds, {len(visits)} visits")


async def _in_process(made: Bench, visits: Sequence[Visit]) -> Measured:
    actor, horizons = dispatcher(made.world), Horizons()

    async def one(number: int) -> object:
        visit = visits[number % len(visits)]
        return await by_hand.try_by_hand(
            made.database,
            horizons,
            area_id=made.world.area_id,
            job_id=visit.job_id,
            on_day=TODAY,
            technician_id=None,
            start_at=None,
            actor=actor,
            now=NOW,
        )

    await awaited(one, 20)
    return measured("a trial with the database", await awaited(one, ASKED), "one after the other")


async def _over_http(made: Bench, visits: Sequence[Visit]) -> list[Measured]:
    async with serving(made.folder, NOW) as served:
        header = await cookie_of(served, f"{made.world.name}.dispatcher")
        async with httpx.AsyncClient(base_url=served.url, headers=header, timeout=30) as client:
            sizes: list[int] = []

            async def trial(number: int) -> None:
                body = {"on": TODAY.isoformat(), "jobId": str(visits[number % len(visits)].job_id)}
                answer = await client.post("/v1/board/trials", json=body)
                assert answer.status_code == 200, answer.text

            async def day(_: int) -> None:
                answer = await client.get(f"/v1/board/days/{TODAY.isoformat()}")
                assert answer.status_code == 200, answer.text
                sizes.append(len(answer.content))

            await awaited(trial, 20)
            gc.collect()
            gc.freeze()  # looking through what was measured before is no pause of the server's
            trials = measured("a trial over HTTP", await awaited(trial, ASKED), "one after the other")
            began = time.perf_counter()
            await day(0)
            first = time.perf_counter() - began
            days = measured(
                "the whole day over HTTP",
                await awaited(day, 20),
                f"{sizes[0] // 1024} KiB, first {first:.2f} s",
            )
            return [trials, days]


def table() -> Table:
    shown = Table("what", "half", "95 %", "times the insertion", "", title="The dispatcher's board")
    rows = asyncio.run(figures())
    for row in rows:
        cells = (f"{row.half:.3g} ms", f"{row.most:.3g} ms", f"{row.half / rows[0].half:.3g}")
        shown.add_row(row.what, *cells, row.says)
    return shown


if __name__ == "__main__":
    Console(width=120).print(table())
