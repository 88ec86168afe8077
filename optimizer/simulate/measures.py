"""What a run is worth, computed of its log and the stream alone; what each figure counts is said once, here."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, pstdev

import msgspec

from optimizer.simulate.stream import DAY_S, Stream
from optimizer.simulate.world import Log


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    dark_minutes: float
    """Subscriber-minutes of outage: of each fault, subscribers affected times the minutes from the report to the end of the
    visit that mended it, or to the end of the simulation."""
    kept: float
    """Share of the promised windows that ended within the simulation in which somebody was at the door by the end of the window.
    Early is kept; a door that stays closed does not break a promise."""
    driving_s: float
    """At the wheel for each visit, the ways home shared among all visits."""
    driving_share: float
    """Of the time between the beginning and the end of all shifts."""
    overtime_s: float
    """After the end of the shift until back home, for each technician and day."""
    done: int
    """Faults mended by the end of the simulation."""
    waited_s: float
    """From the report to the beginning of the window that was promised, in the mean of all promises."""
    unfairness_s: float
    """Standard deviation, over the technicians, of what they drive and work in a day."""
    moves: float
    """For a hundred visits: those that, once the day was out, changed hands or moved by more than half an hour because the plan
    was changed. 0 where nobody is told who comes."""
    open: int
    """Faults waiting, or under way, at the end."""
    given_up: int
    """Nobody was at home twice."""
    reported: int
    promised: int
    """Windows that ended within the simulation."""


def measured(stream: Stream, log: Log) -> Measures:
    """All of it."""
    mended = {
        visit.fault: visit.ended_at for visit in log.visits if visit.served and visit.ended_at < stream.end
    }
    due = [promise for promise in log.promises if promise.window.latest < stream.end]
    arrived = {(visit.fault, visit.attempt): visit.arrived_at for visit in log.visits}
    kept = [
        arrived.get((promise.fault, promise.attempt), stream.end) <= promise.window.latest for promise in due
    ]
    crew, days = stream.crew, stream.asked.days
    home = sum(back.back_at - back.left_at for back in log.returns)
    driving = home + sum(visit.arrived_at - visit.left_at for visit in log.visits)
    waits = [promise.window.earliest - promise.made_at for promise in log.promises]
    visits = max(1, len(log.visits))
    return Measures(
        dark_minutes=sum(
            fault.affected * (mended.get(fault.number, stream.end) - fault.at) / 60 for fault in stream.faults
        ),
        kept=fmean(kept) if kept else 1.0,
        driving_s=driving / visits,
        driving_share=driving / max(1, days * sum(worker.end - worker.start for worker in crew)),
        overtime_s=sum(overtimes(stream, log)) / max(1, days * len(crew)),
        done=len(mended),
        waited_s=fmean(waits) if waits else 0.0,
        unfairness_s=pstdev(loads(stream, log)) / days if crew else 0.0,
        moves=100 * log.moves / visits,
        open=len(stream.faults) - len(mended) - len(log.given_up),
        given_up=len(log.given_up),
        reported=len(stream.faults),
        promised=len(due),
    )


def overtimes(stream: Stream, log: Log) -> list[int]:
    """Of each way home, how far it ended beyond the shift."""
    return [
        max(0, back.back_at - (back.left_at // DAY_S * DAY_S + stream.crew[back.technician].end))
        for back in log.returns
    ]


def loads(stream: Stream, log: Log) -> list[int]:
    """Seconds at the wheel and at work of each technician, over all days."""
    found = [0] * len(stream.crew)
    for visit in log.visits:
        found[visit.technician] += visit.arrived_at - visit.left_at + visit.ended_at - visit.began_at
    for back in log.returns:
        found[back.technician] += back.back_at - back.left_at
    return found


def dark_at(stream: Stream, log: Log, instants: Sequence[int]) -> list[int]:
    """Subscribers in the dark at each of these instants."""
    mended = {visit.fault: visit.ended_at for visit in log.visits if visit.served}
    spans = [(fault.at, mended.get(fault.number, stream.end), fault.affected) for fault in stream.faults]
    return [sum(affected for begins, ends, affected in spans if begins <= at < ends) for at in instants]
