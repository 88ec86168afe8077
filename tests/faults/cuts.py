"""Four requests cut at each of their bytes, on the way in and on the way out, in each manner; then sent again as they are.

Whatever the cut left behind, the repeat gets its good answer, and the tables hold once what was meant once.
"""

import asyncio
import hashlib
import logging
import random
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol

import httpx
import msgspec

from api.app import build
from api.auth import COOKIE
from db.ids import new_id
from db.pool import Database
from dispatch.outside.photo_store import PhotoFolder
from dispatch.uploads import Uploads
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.pocket import CHUNK, PIECE, Sender
from tests.builders import Phone, Town, settled_in
from tests.dispatch.test_images import JPEG
from tests.e2e.chromium import serve
from tests.faults.proxy import Cut, Manner, Proxy, Way, proxied
from tests.worlds import NOW, PASSWORD, small_town, storm_day

WAYS: tuple[Way, ...] = ("in", "out")
MANNERS: tuple[Manner, ...] = ("close", "reset", "half-close")
PATIENCE = 10
A_DAY = 400
"""Photos that a technician may well begin in a day."""


def raw(method: str, path: str, body: bytes, header: dict[str, str]) -> bytes:
    """The request as it travels."""
    said = {
        "Host": "line3.test",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **header,
    }
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in said.items()),
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


class Reference(Protocol):
    """A request that is cut again and again, each time a fresh one of the same length."""

    name: str

    async def fresh(self) -> bytes: ...

    async def repeat(self, url: str, request: bytes) -> bytes:
        """What is done after the cut, and its answer: the same once more."""
        return await said(url, request)

    async def faults(self, answer: bytes) -> list[str]:
        """What is wrong after the repeat, which was answered so."""
        ...


class Syncing(Reference):
    """Two records of a phone, and the round it hears."""

    name = "sync"

    def __init__(self, town: Town, phone: Phone, header: dict[str, str]) -> None:
        self.town, self.phone, self.header = town, phone, header
        self.sent = 0

    async def fresh(self) -> bytes:
        """Of a visit of its own, the only one that the phone shows."""
        await self.town.do(lambda conn: conn.execute("UPDATE visit SET hidden_at = $1", NOW))
        visit = await self.town.out(await self.town.job())
        self.sent += 2
        # numbers of one length, so that bytes stand where they stood
        self.phone.seq = 100_000 + self.sent
        events = [self.phone.say(visit, "note", NOW + timedelta(hours=1)) for _ in range(2)]
        body = {
            "deviceId": self.phone.device_id,
            "batchId": new_id(),
            "sentAt": NOW + timedelta(hours=1),
            "events": [msgspec.Raw(event) for event in events],
        }
        return raw("POST", "/v1/mobile/sync", msgspec.json.encode(body), self.header)

    async def faults(self, answer: bytes) -> list[str]:
        said = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
        outcomes = [result["outcome"] for result in said["results"]]
        async with self.town.database.begin([self.town.world.area_id]) as conn:
            reports = await conn.fetchval(
                "SELECT count(*) FROM report WHERE device_id = $1", self.phone.device_id
            )
            received = await conn.fetchval("SELECT count(*) FROM journal WHERE action = 'report.received'")
            applied = await conn.fetchval("SELECT count(*) FROM inbox WHERE status = 'applied'")
        found = [] if outcomes == ["applied"] * 2 else [f"outcomes {outcomes}"]
        if (reports, received, applied) != (self.sent,) * 3:
            found.append(
                f"{self.sent} records are {reports} reports, {received} journal entries, {applied} applied events"
            )
        return found


class SigningIn(Reference):
    """A technician signs in."""

    name = "sign-in"

    def __init__(self, url: str, login: str) -> None:
        self.url = url
        body = msgspec.json.encode({"login": login, "password": PASSWORD})
        self.request = raw("POST", "/v1/sign-in", body, {})

    async def fresh(self) -> bytes:
        return self.request

    async def faults(self, answer: bytes) -> list[str]:
        secret = answer.partition(f"{COOKIE}=".encode())[2].partition(b";")[0].decode()
        async with httpx.AsyncClient(base_url=self.url) as client:
            me = await client.get("/v1/me", headers={"Cookie": f"{COOKIE}={secret}"})
        return [] if me.status_code == 200 else [f"signed in, and then {me.status_code}"]


class Booking(Reference):
    """A support line books a window."""

    name = "booking"

    def __init__(self, town: Town, desk: Desk) -> None:
        self.town, self.desk = town, desk
        self.job_id, self.quote_id = "", ""

    async def fresh(self) -> bytes:
        if self.job_id:
            await self._give_back()
        self.job_id = str((await self.town.job("wifi_setup")).job_id)
        quote = await self.desk.post("/v1/slot-quotes", json={"jobId": self.job_id})
        self.quote_id = quote.json()["slotQuoteId"]
        return raw("PUT", f"/v1/slot-quotes/{self.quote_id}/booking", b'{"offer":1}', self.desk.headers)

    async def _give_back(self) -> None:
        whole = (await self.desk.get(f"/v1/jobs/{self.job_id}")).json()
        answer = await self.desk.post(
            f"/v1/jobs/{self.job_id}/appointment/cancel",
            json={"reason": ""},
            headers={"If-Match": f'"{whole["job"]["version"]}"'},
        )
        assert answer.is_success, answer.text

    async def faults(self, answer: bytes) -> list[str]:
        sql = """
        SELECT (SELECT count(*) FROM appointment WHERE slot_quote_id = $1) AS promises,
               (SELECT count(*) FROM appointment WHERE state = 'confirmed') AS standing,
               (SELECT count(*) FROM visit WHERE state IN ('draft', 'published')) AS visits,
               (SELECT count(*) FROM journal WHERE action = 'appointment.booked')
               - (SELECT count(*) FROM appointment WHERE slot_quote_id IS NOT NULL) AS differing
        """
        async with self.town.database.begin([self.town.world.area_id]) as conn:
            row = tuple(await conn.fetchrow(sql, self.quote_id) or ())
        return [] if row == (1, 1, 1, 0) else [f"promises, standing, visits, entries less promises: {row}"]


class Piece(Reference):
    """The last piece of a photo, here its only one. After a cut a phone asks where the photo stands, and goes on from there."""

    def __init__(self, name: str, size: int, desk: Desk, folder: Path, clock: Clock) -> None:
        self.name, self.size, self.desk, self.folder, self.clock = name, size, desk, folder, clock
        self.begun = 0

    async def fresh(self) -> bytes:
        self.begun += 1
        if self.begun % A_DAY == 0:
            self.clock.forward(timedelta(days=1))
            login = f"{small_town.name}.technician1"
            self.desk.headers = (await sign_in(self.desk.client, login)).headers
        content = JPEG + random.Random(self.begun).randbytes(self.size - len(JPEG))
        self.photo = Sender(self.desk, content)
        answer = await self.photo.create()
        assert answer.status_code == 201, answer.text
        checksum = f"sha256 {b64encode(hashlib.sha256(content).digest()).decode()}"
        head = {**self.desk.headers, **PIECE, "Upload-Offset": "0", "Upload-Checksum": checksum}
        return raw("PATCH", self.photo.path, content, head)

    async def repeat(self, url: str, request: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.until_free(url, request)

    async def until_free(self, url: str, request: bytes) -> bytes:
        """While the server does not know yet that the first one was cut, whoever comes again is told to wait, and phones do."""
        while True:
            stands = await self.desk.ask("HEAD", self.photo.path, headers={"Tus-Resumable": "1.0.0"})
            if stands.headers.get("upload-offset") == str(self.size):
                return b"HTTP/1.1 204 whole already"
            if stands.status_code != 423:
                answer = await said(url, request)
                # told to wait, or how far it has come meanwhile
                if not answer.startswith((b"HTTP/1.1 423", b"HTTP/1.1 409")):
                    return answer
            await asyncio.sleep(0.02)

    async def faults(self, answer: bytes) -> list[str]:
        stands = await self.photo.offset()
        whole = [path.read_bytes() for path in self.folder.glob(f"??/{self.photo.sha256}")]
        if (stands, whole) == (self.size, [self.photo.content]):
            return []
        return [f"it stands at {stands} of {self.size}, kept are {[len(one) for one in whole]} bytes"]


class Place(NamedTuple):
    """Where something is cut, of which request."""

    reference: str
    cut: Cut

    def __str__(self) -> str:
        return f"{self.reference} cut {self.cut.way} after {self.cut.after} bytes by {self.cut.manner}"


class Cutting:
    """A served application and a proxy before it; `chunk` is a piece of a photo as large as phones send it."""

    def __init__(
        self, url: str, through: str, proxy: Proxy, references: Sequence[Reference], chunk: Reference
    ) -> None:
        self.url, self.through, self.proxy = url, through, proxy
        self.references, self.chunk = references, chunk
        self.logged: list[str] = []

    async def places(self, reference: Reference, chosen: Callable[[int], bool]) -> list[Place]:
        """Every byte of the request and of its answer that is chosen, in each manner."""
        self.proxy.cut, self.proxy.passed = None, {"in": 0, "out": 0}
        await said(self.through, await reference.fresh())
        return [
            Place(reference.name, Cut(way, after, manner))
            for way in WAYS
            for after in range(self.proxy.passed[way])
            if chosen(after)
            for manner in MANNERS
        ]

    async def some_places(self, reference: Reference, count: int, seed: int) -> list[Place]:
        """So many by this seed: two thirds of them on the way in, where most bytes are."""
        places = await self.places(reference, lambda _: True)
        chance, coming = random.Random(seed), count * 2 // 3
        by_way = {way: [place for place in places if place.cut.way == way] for way in WAYS}
        return [*chance.sample(by_way["in"], coming), *chance.sample(by_way["out"], count - coming)]

    async def fault(self, reference: Reference, place: Place) -> list[str]:
        """Cut there, repeat, and say what is wrong."""
        request = await reference.fresh()
        self.proxy.cut = place.cut
        self.logged.clear()
        with suppress(ConnectionError):
            await said(self.through, request)
        answer = await reference.repeat(self.url, request)
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            return [f"{place}: the repeat was answered {answer[:200]!r}"]
        return [f"{place}: {sentence}" for sentence in [*await reference.faults(answer), *self.logged]]


async def said(url: str, request: bytes) -> bytes:
    """All that is answered until the other side ends. Raises `ConnectionError`."""
    host, _, port = url.removeprefix("http://").partition(":")
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()


class Listening(logging.Handler):
    """Errors that the server logs."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"logged {record.getMessage()} {record.exc_info and record.exc_info[1]!r}")


@asynccontextmanager
async def cutting(database: Database) -> AsyncGenerator[Cutting]:
    """Two areas settled, the application served, and the requests ready."""
    await settled_in(database, small_town)
    await settled_in(database, storm_day)
    clock = Clock()
    clock.forward(timedelta(hours=1))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="line3-photos-")))
        app = build(database, clock, Uploads(PhotoFolder(folder), folder))
        url = await stack.enter_async_context(serve(app))
        through, proxy = await stack.enter_async_context(proxied(url))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        town = Town(database, small_town)
        phone = await town.phone()
        technician = await sign_in(client, f"{small_town.name}.technician1")
        support = await sign_in(client, f"{storm_day.name}.support")
        made = Cutting(
            url,
            through,
            proxy,
            [
                Syncing(town, phone, technician.headers),
                SigningIn(url, f"{small_town.name}.technician2"),
                Booking(Town(database, storm_day), support),
                Piece("photo", 2048, technician, folder, clock),
            ],
            Piece("chunk", CHUNK, technician, folder, clock),
        )
        listening = Listening(made.logged)
        logging.getLogger().addHandler(listening)
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: made.logged.append(f"in the loop: {context}"))
        try:
            yield made
        finally:
            loop.set_exception_handler(before)
            logging.getLogger().removeHandler(listening)
