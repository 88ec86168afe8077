"""The support line: subscribers are on the phone, are offered windows, take one; and once, several want the last place."""

import asyncio
import time
from datetime import date, datetime
from uuid import UUID

import msgspec

from api.demo.client import Problem, Session
from api.demo.desk import answered
from api.demo.writers import write_to_support
from api.wire.slots import BookedOut, OfferOut, SlotQuoteOut
from dispatch.flows.areas import SetUp


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber was told. `raced`: somebody had been faster for the window that was wanted first."""

    job_id: UUID
    earliest: datetime
    latest: datetime
    sentence: str
    raced: bool = False


class SupportLine:
    """Desks that share one sign-in, as a shift of people at line 1 would have their own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.bookings: list[Booking] = []
        self.offered = 0
        self.without_offer = 0
        self.races_lost = 0
        self.quote_ms: list[float] = []

    async def quote(
        self,
        job_id: UUID,
        *,
        on: date | None = None,
        only: UUID | None = None,
        everybody: frozenset[UUID] = frozenset(),
    ) -> SlotQuoteOut:
        """`only`: this one of `everybody`. Raises `Problem`."""
        body: dict[str, object] = {"jobId": str(job_id)}
        if on is not None:
            body |= {"firstOn": on.isoformat(), "lastOn": on.isoformat()}
        if only is not None:
            body["excludedTechnicians"] = [str(one) for one in sorted(everybody - {only})]
        began = time.perf_counter()
        answer = await answered("a quote", lambda: self._session.post("/v1/slot-quotes", body, SlotQuoteOut))
        self.quote_ms.append((time.perf_counter() - began) * 1000)
        self.offered += len(answer.offers)
        self.without_offer += not answer.offers
        return answer

    async def take(
        self, quote: SlotQuoteOut, offer: OfferOut, *, raced: bool = False
    ) -> Booking | SlotQuoteOut:
        """The promise, or other windows. An answer that got lost is asked for again: it is the same booking."""
        path = f"/v1/slot-quotes/{quote.slot_quote_id}/booking"
        try:
            booked = await answered(
                "a booking", lambda: self._session.put(path, {"offer": offer.offer}, BookedOut)
            )
        except Problem as problem:
            if problem.slug != "slot-taken":
                raise
            self.races_lost += 1
            return msgspec.convert(problem.body["quote"], SlotQuoteOut)
        window = booked.appointment
        booking = Booking(
            job_id=quote.job_id,
            earliest=window.earliest_at,
            latest=window.latest_at,
            sentence=offer.sentence,
            raced=raced,
        )
        self.bookings.append(booking)
        return booking

    async def call(self, job_id: UUID, *, on: date | None = None, pick: int = 0) -> Booking | None:
        """A whole call: quote, choose, book; the first of the other windows where somebody was faster."""
        quote = await self.quote(job_id, on=on)
        raced = False
        while quote.offers:
            offer = quote.offers[min(pick, len(quote.offers) - 1)]
            answer = await self.take(quote, offer, raced=raced)
            if isinstance(answer, Booking):
                return answer
            quote, raced = answer, True
        return None

    async def read_what_was_written(self, made: SetUp) -> None:
        """For whoever looks at the desk. Raises `Problem`."""
        await write_to_support(self._session, made.subscribers, made.places, made.area.language)

    async def race(self, job_ids: list[UUID], only: UUID, everybody: frozenset[UUID], on: date) -> str:
        """All want the same window of one technician in the same moment; who comes too late gets another one."""
        quotes = [await self.quote(job_id, on=on, only=only, everybody=everybody) for job_id in job_ids]
        starts = [{offer.earliest for offer in quote.offers} for quote in quotes]
        common = starts[0].intersection(*starts[1:])
        if not common:
            return "no window that all could have had"
        wanted = min(common)
        offers = [next(one for one in quote.offers if one.earliest == wanted) for quote in quotes]
        answers = await asyncio.gather(
            *(self.take(quote, offer) for quote, offer in zip(quotes, offers, strict=True))
        )
        losers = [answer for answer in answers if isinstance(answer, SlotQuoteOut)]
        for others in losers:
            while isinstance(others, SlotQuoteOut) and others.offers:
                others = await self.take(others, others.offers[0], raced=True)
        return f"{len(answers) - len(losers)} had it, {len(losers)} took another"


def middle(values: list[float]) -> float:
    """The median; 0 of none."""
    return round(sorted(values)[len(values) // 2], 1) if values else 0.0


def told_of_bookings(line: SupportLine) -> str:
    said = f"; “{line.bookings[0].sentence}”" if line.bookings else ""
    return (
        f"Support line: {len(line.quote_ms)} quotes (half within {middle(line.quote_ms):.0f} ms), {line.offered} windows "
        f"offered, {len(line.bookings)} booked, {line.races_lost} races lost{said}"
    )
