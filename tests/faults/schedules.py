"""One randomised schedule: a small round, phones that record and send through faults, a dispatcher who changes his mind; then
a quiet end. All chance comes from the seed; what two requests under way at once do to each other does not.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from api.auth import COOKIE
from dispatch.flows import accounts
from tests.faults.frail import LIVES, life_of
from tests.faults.ground import Ground
from tests.faults.judge import Evidence, Held, judge
from tests.faults.office import Office
from tests.faults.phones import Phones
from tests.faults.talk import Talk, known_id
from tests.worlds import NOW

NETWORK = (
    "drop",
    "lose",
    "twice",
    "again",
    "hold",
    "cut",
    "portal",
    "empty",
    "refuse",
    "fail",
    "strike",
    "strike",
    "die-before",
    "die-after",
)
STATUSES = (400, 413, 429, 500, 503)
MOST_STATEMENTS = 60
"""Of a request with a few events: a strike comes at one of them, or misses."""


class OnePhone:
    """What the schedule knows of a phone."""

    def __init__(self, name: str, number: int, device_id: UUID) -> None:
        self.name = name
        self.number = number
        self.device_id = device_id
        self.cookie = ""
        self.clock_error = timedelta(0)
        self.rows: list[tuple[str, str, str, list[str]]] = []
        """By the subscriber's name: ids are others in each copy, and nothing may depend on their order."""
        self.talks: dict[str, Talk] = {}
        self.dead = False
        self.known: set[str] = set()
        self.excused: set[str] = set()
        """Records that went with the phone's storage before the server had them."""


class Schedule:
    """One seed's."""

    def __init__(self, ground: Ground, phones: Phones, seed: int, *, restored: bool = False) -> None:
        self.ground = ground
        self.process = phones
        self.seed = seed
        self.chance = random.Random(seed)
        self.restored = restored
        self.did: Counter[str] = Counter()
        self.phones: list[OnePhone] = []
        self.older: dict[str, str] | None = None

    async def run(self) -> list[str]:
        """From the beginning to the judgement: what is wrong, a sentence each."""
        original = self.chance.choice(self.ground.originals)
        self.area = await self.ground.copy(original, self.seed)
        self.life = life_of(self.area.area_id)
        self.life.now = NOW + timedelta(hours=1)
        self.office = Office(self.ground, self.area, self.life, self.chance)
        try:
            for number in range(len(self.area.technicians)):
                await self._enrol(number)
            steps = round(20 + 40 * self.chance.random() ** 3)
            for step in range(steps):
                await self._step()
                if self.restored and step in (steps // 3, 2 * steps // 3):
                    await self._set_back()
                self.life.now += timedelta(seconds=self.chance.randint(20, 900))
            await self._quiet()
            return await self._judge()
        finally:
            for phone in self.phones:
                await self.process.ask("end", phone.name)
            del LIVES[str(self.area.area_id)]

    async def _enrol(self, number: int) -> None:
        phone = OnePhone(f"{self.area.area_id}/{number}", number, self._device_id())
        await self._sign_in(phone)
        if self.chance.random() < 0.3:
            phone.clock_error = timedelta(seconds=self.chance.randint(-4000, 4000))
        said = {"url": self.ground.url, "run": str(self.area.area_id), "deviceId": phone.device_id}
        await self._ask(phone, "open", **said)
        self.phones.append(phone)
        await self._flush(phone)

    def _device_id(self) -> UUID:
        """In an order of chance's, and of this run alone: a phone belongs to one person, and a seed may be run twice."""
        low = (1 << 48) - 1
        return UUID(int=known_id(self.chance).int & ~low | self.area.area_id.int & low)

    async def _ask(self, phone: OnePhone, do: str, **said: Any) -> dict[str, Any]:
        self.did[do] += 1
        shown = int((self.life.now + phone.clock_error).timestamp() * 1000)
        return await self.process.ask(do, phone.name, cookie=phone.cookie, now=shown, **said)

    # --- steps ------------------------------------------------------------------------------------------------

    async def _step(self) -> None:
        phone = self.chance.choice(self.phones)
        if phone.dead:
            await self._reopen(phone)
        acts: list[tuple[Callable[[OnePhone], Awaitable[object]], float]] = [
            (self._record, 36),
            (self._record_in_trouble, 6),
            (self._flush, 10),
            (self._flush_in_trouble, 20),
            (self._record_while_sending, 5),
            (self._decide, 9),
            (self._decide_while_sending, 5),
            (self._lose, 1),
            (self._expire, 2),
            (self._sign_in, 3),
            (self._jump, 2),
            (self._look_after, 1),
        ]
        (act,) = self.chance.choices([act for act, _ in acts], [weight for _, weight in acts])
        await act(phone)

    def _drafts(self, phone: OnePhone, most: int = 2) -> list[dict[str, Any]]:
        """What comes next at one of the visits that the phone shows."""
        seen = [(job, kind, visit) for _, job, kind, visits in phone.rows for visit in visits[-1:]]
        if not seen:
            return []
        begun = [row for row in seen if row[2] in phone.talks and phone.talks[row[2]].ahead]
        job, kind, visit = self.chance.choice(begun if begun and self.chance.random() < 0.85 else seen)
        if visit not in phone.talks:
            phone.talks[visit] = Talk(self.chance, kind, job, visit, self.area.tariff)
        return [phone.talks[visit].next() for _ in range(self.chance.randint(1, most))]

    async def _record(self, phone: OnePhone, **trouble: Any) -> None:
        drafts = self._drafts(phone)
        if not drafts:
            return
        said = await self._ask(phone, "record", drafts=drafts, monoMs=1000, **trouble)
        phone.dead = phone.dead or said["dead"]
        if said["refused"] and not trouble:
            self.life.complaints.append(f"{phone.name} could not save: {said['refused']}")

    async def _record_in_trouble(self, phone: OnePhone) -> None:
        await self._record(phone, wear=self._wear(10))

    def _wear(self, most: int) -> dict[str, object]:
        return {
            "what": self.chance.choice(["stop", "commit", "full", "lie"]),
            "after": self.chance.randint(1, most),
        }

    async def _flush(self, phone: OnePhone, **trouble: Any) -> None:
        said = await self._ask(phone, "flush", **trouble)
        phone.dead = phone.dead or said["ended"] == "dead"
        phone.rows = [tuple(row) for row in sorted(said["rows"])] or phone.rows
        self.did[said["ended"].partition(":")[0]] += 1
        if said["ended"].startswith("failed") and not trouble:
            self.life.complaints.append(f"{phone.name}: {said['ended']}")

    async def _flush_in_trouble(self, phone: OnePhone) -> None:
        await self._flush(phone, **self._trouble(phone))

    def _trouble(self, phone: OnePhone) -> dict[str, Any]:
        faults = [self._fault() for _ in range(self.chance.randint(1, 3))]
        trouble: dict[str, Any] = {"faults": faults}
        if self.chance.random() < 0.15:
            trouble["narrow"] = self.chance.randint(1, 3)
        if self.chance.random() < 0.1:
            trouble["poison"] = [self.chance.randint(1, 20)]
        if self.chance.random() < 0.2:
            trouble["wear"] = self._wear(30)
        for fault in faults:
            self.did[f"fault {fault['what']}"] += 1
        return trouble

    def _fault(self) -> dict[str, object]:
        what = self.chance.choice(NETWORK)
        match what:
            case "refuse":
                return {"what": what, "how": self.chance.choice(STATUSES)}
            case "twice":
                return {"what": what, "how": self.chance.randint(0, 1)}
            case "cut":
                return {"what": what, "how": self.chance.random()}
            case "strike":
                kind, when = (
                    self.chance.choice(["process", "database"]),
                    self.chance.choice(["before", "after"]),
                )
                return {"what": what, "how": f"{kind} {self.chance.randint(1, MOST_STATEMENTS)} {when}"}
            case _:
                return {"what": what}

    async def _record_while_sending(self, phone: OnePhone) -> None:
        await asyncio.gather(self._flush(phone, faults=[]), self._record(phone, wear=None))

    async def _decide_while_sending(self, phone: OnePhone) -> None:
        await asyncio.gather(self._flush(phone, faults=[]), self.office.act())

    async def _look_after(self, phone: OnePhone) -> None:
        """What the network held comes after all; or it never does."""
        await self._ask(phone, "release")

    async def _lose(self, phone: OnePhone) -> None:
        """The browser took the storage away; the phone enrols again, as itself or as another."""
        if self.chance.random() < 0.5:
            phone.device_id = self._device_id()
        await self._sign_in(phone)
        gone = await self._ask(phone, "lose", deviceId=phone.device_id)
        phone.known |= set(gone["known"])
        # a server that is set back later has to hear of what it forgets from phones that still know it
        phone.excused |= phone.known if self.restored else set(gone["lost"])

    async def _expire(self, phone: OnePhone) -> None:
        staff_id = self.area.staff[phone.number]
        async with self.ground.owner.acquire() as conn:
            await conn.execute(
                "UPDATE session SET ended_at = $2 WHERE staff_id = $1", staff_id, self.life.now
            )

    async def _sign_in(self, phone: OnePhone) -> None:
        async with self.ground.database.begin() as conn:
            made = await accounts.open_session(
                conn, staff_id=self.area.staff[phone.number], agent="", now=self.life.now
            )
        phone.cookie = f"{COOKIE}={made.secret}"

    async def _jump(self, phone: OnePhone) -> None:
        phone.clock_error = timedelta(
            seconds=self.chance.choice([-86_400 * 400, -5000, -20, 0, 40, 7000, 86_400])
        )

    async def _reopen(self, phone: OnePhone) -> None:
        await self._ask(phone, "reopen")
        phone.dead = False

    async def _decide(self, phone: OnePhone) -> None:
        await self.office.act()

    async def _set_back(self) -> None:
        """The first time a backup is made, the second time the server is set back to it."""
        if self.older is None:
            self.older = await self.ground.rows_of(self.area.area_id)
        else:
            self.did["set back"] += 1
            await self.ground.set_back(self.area.area_id, self.older)

    # --- the end ----------------------------------------------------------------------------------------------

    async def _quiet(self) -> None:
        """A good network, everybody signed in, and time enough: nothing may be left."""
        for phone in self.phones:
            await self._reopen(phone)
            await self._sign_in(phone)
            await self._ask(phone, "release")
            await self._flush(phone)
        self.life.now += timedelta(minutes=10)
        await self.office.look_after_what_is_left()
        if await self.office.has_pending():
            self.life.now += timedelta(hours=73)
            for phone in self.phones:
                await self._sign_in(phone)
            await self.office.look_after_what_is_left()
        for phone in self.phones:
            await self._flush(phone)

    async def _judge(self) -> list[str]:
        held: list[Held] = []
        asked = self.chance.choice(self.phones)
        for phone in self.phones:
            answer = await self._ask(phone, "judge", fresh=phone is asked)
            phone.known |= {event["eventId"] for event in [*answer["events"], *answer["saved"]]}
            technician = self.area.technicians[phone.number]
            held.append(Held(phone.name, technician, answer, phone.excused, phone.known))
        return await judge(self.ground.database, self.area.area_id, Evidence(held, self.life.complaints))
