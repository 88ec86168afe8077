"""Photos go up through faults by the phone's own engine: each is whole and right, or visibly unfinished; never complete but wrong."""

import hashlib
import random
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx

from api.app import build
from db.ids import new_id
from db.pool import Database
from dispatch.outside.photo_store import PhotoFolder
from dispatch.uploads import Uploads
from tests.api.conftest import Clock, sign_in
from tests.api.pocket import CHUNK
from tests.builders import settled_in
from tests.dispatch.test_images import JPEG
from tests.e2e.chromium import serve
from tests.faults.cuts import MANNERS, WAYS
from tests.faults.phones import Phones
from tests.faults.proxy import Cut, Proxy, proxied
from tests.worlds import small_town

AT_ONCE = 20
"""Photos of one phone."""
TURNS = 6
"""Tries through faults; then the network is good."""
NETWORK = (
    "drop",
    "lose",
    "twice",
    "again",
    "portal",
    "empty",
    "refuse",
    "fail",
    "damage",
    "half",
    "die-before",
    "die-after",
)
BETWEEN = timedelta(hours=1)
"""Batches, so that nobody begins more photos than a day's."""


class Uploading:
    """A served application, a proxy that cuts connections before it, and phones."""

    def __init__(
        self,
        database: Database,
        process: Phones,
        proxy: Proxy,
        url: str,
        client: httpx.AsyncClient,
        folder: Path,
        clock: Clock,
    ) -> None:
        self.database, self.process, self.proxy = database, process, proxy
        self.url, self.client, self.folder, self.clock = url, client, folder, clock
        self.unfinished = 0
        """Photos that were looked at while they were on their way."""

    async def batch(self, number: int, photos: int = AT_ONCE) -> list[str]:
        """What is wrong of this batch. Its chance comes from its number."""
        self.clock.forward(BETWEEN)
        chance = random.Random(number)
        technician = f"{small_town.name}.technician{1 + number % len(small_town.technicians)}"
        cookie = (await sign_in(self.client, technician)).headers["Cookie"]
        name = f"photos-{number}"
        now = int(self.clock.now.timestamp() * 1000)
        await self.process.ask("open", name, url=self.url, run="", deviceId=new_id(), cookie=cookie, now=now)
        sizes = [chance.randint(len(JPEG), 3 * CHUNK) for _ in range(photos)]
        head = b64encode(JPEG).decode()
        taken = (await self.process.ask("photograph", name, head=head, sizes=sizes))["photos"]
        found: list[str] = []
        for _ in range(TURNS):
            self.proxy.choose = lambda: _cut(chance)
            answer = await self.process.ask(
                "upload", name, faults=[_fault(chance) for _ in range(3 * photos)]
            )
            found += await self._wrong(taken, answer["statuses"])
        self.proxy.choose = lambda: None
        statuses: dict[str, str] = {}
        for _ in range(TURNS):
            statuses = (await self.process.ask("upload", name))["statuses"]
        found += await self._wrong(taken, statuses)
        found += [f"{photo} is {status}" for photo, status in statuses.items() if status != "stored"]
        await self.process.ask("end", name)
        return [f"batch {number}: {sentence}" for sentence in dict.fromkeys(found)]

    async def _wrong(self, taken: list[dict[str, Any]], statuses: Mapping[str, str]) -> list[str]:
        """What is called complete and is not as it was taken. What is kept under a content's name has to be that content."""
        sql = "SELECT photo_id, stored_at, refused_at FROM photo_upload WHERE photo_id = ANY ($1::uuid[])"
        async with self.database.begin([small_town.area_id]) as conn:
            rows = {row["photo_id"]: row for row in await conn.fetch(sql, [one["photoId"] for one in taken])}
        found: list[str] = []
        for photo in taken:
            photo_id, row = photo["photoId"], rows.get(UUID(photo["photoId"]))
            kept = list(self.folder.glob(f"??/{photo['sha256']}"))
            right = [hashlib.sha256(path.read_bytes()).hexdigest() for path in kept] == [photo["sha256"]]
            complete = row is not None and row["stored_at"] is not None
            self.unfinished += not complete
            if complete and not right or kept and not right:
                found.append(f"{photo_id} is called complete, and is not what was taken")
            if statuses[photo_id] == "stored" and not complete:
                found.append(f"{photo_id} is stored for its phone, and not at the office")
            if statuses[photo_id] == "refused" or row is not None and row["refused_at"] is not None:
                found.append(f"{photo_id} was given up")
        return found


def _cut(chance: random.Random) -> Cut | None:
    """Half of the connections are cut, after up to two pieces."""
    if chance.random() < 0.5:
        return None
    way = chance.choice(WAYS)
    return Cut(way, chance.randrange(2 * CHUNK if way == "in" else 2000), chance.choice(MANNERS))


def _fault(chance: random.Random) -> dict[str, Any]:
    """Every fourth request suffers one."""
    what = chance.choice(NETWORK) if chance.random() < 0.25 else "ok"
    how = {"twice": chance.randrange(2), "refuse": chance.choice([429, 500, 503]), "damage": chance.random()}
    return {"what": what, "how": how.get(what)}


@asynccontextmanager
async def uploading(database: Database, process: Phones) -> AsyncGenerator[Uploading]:
    """On a migrated database."""
    await settled_in(database, small_town)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="line3-photos-")))
        clock = Clock()
        app = build(database, clock, Uploads(PhotoFolder(folder), folder))
        url = await stack.enter_async_context(serve(app))
        through, proxy = await stack.enter_async_context(proxied(url))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        yield Uploading(database, process, proxy, through, client, folder, clock)
