"""A "why not?" asked by trying: the job is put where somebody wants it, what must give way goes elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from optimizer.check import Cause
from optimizer.draft import Draft
from optimizer.explain.answers import Bar, Forced, Moved
from optimizer.explain.stops import minus
from optimizer.ground import FOREVER, Ground
from optimizer.insertion import cheapest_in
from optimizer.meeting import Meetings, place, place_both, placed
from optimizer.polish import ENOUGH, insert_profitable, movable
from optimizer.problem import Problem, Window
from optimizer.result import Result
from optimizer.schedule import timing

NAME: Final = "forced"
EFFORT: Final = 16
"""Choices of what gives way that are worked out to the end, for each shift; more, where none does;"""
EFFORT_FOR_TWO: Final = 4
"""where two have to meet anew, which takes longer; then never more than EFFORT."""
LONG_ROW: Final = 16
"""In longer rows only neighbours give way together."""


def force(
    problem: Problem, result: Result, job: int, technician: int, window: Window | None = None
) -> Forced:
    """What the plan would be with `job` in the hands of `technician`, starting within `window`, and within its own windows in
    any case: promises are not what is asked about.

    Up to all stops of the shift that are not frozen give way, the rest stays in its order, and whatever lost its place goes
    where that is cheapest; mandatory jobs keep one. Whoever it goes with stays where he is, if he can: else the two meet anew,
    wherever that is cheapest for the other. ValueError for a job or technician that the problem does not have, or a
    result that is not of it; raises `BadProblem`. Half a second for 500 jobs of 60 technicians.
    """
    if not (0 <= job < len(problem.jobs) and 0 <= technician < len(problem.technicians)):
        raise ValueError(f"there is no job {job} or technician {technician}")
    began = time.monotonic()
    before = Draft.of(Ground(problem), result.routes)
    wanted = before.ground.problem.jobs[job]
    if wanted.frozen:
        bar = Bar(cause=Cause.FROZEN, shift=wanted.published_shift)
        return Forced(job=job, technician=technician, bars=(bar,))
    allowed = wanted.windows if window is None else within(wanted.windows, window)
    if window is not None and not allowed:
        return Forced(job=job, technician=technician, bars=(Bar(cause=Cause.WINDOW),))
    held = msgspec.structs.replace(wanted, windows=allowed)
    jobs = (*before.ground.problem.jobs[:job], held, *before.ground.problem.jobs[job + 1 :])
    ground = Ground(msgspec.structs.replace(problem, jobs=jobs))
    found: list[Bar] = []
    for anew in _manners(before, job, technician):
        forcing = Forcing(before, ground, job, anew)
        bars = list(forcing.bars(technician))
        closed = {bar.shift for bar in bars}
        open_to = [shift for shift in ground.shifts_of[technician] if shift not in closed]
        if None in closed or not open_to:
            return Forced(job=job, technician=technician, bars=tuple(bars))
        best = forcing.best(open_to)
        if isinstance(best, Draft):
            return _answer(before, best, job, technician, time.monotonic() - began)
        found = [*bars, *best]
    return Forced(job=job, technician=technician, bars=tuple(found))


def _manners(before: Draft, job: int, technician: int) -> tuple[bool, ...]:
    """Whether it meets the one it goes with anew: only if it has to, and not before the other way was tried."""
    partner = before.ground.partner[job]
    if partner is None:
        return (False,)
    there = before.shift_of[partner]
    return (True,) if there < 0 or before.ground.technician[there] == technician else (False, True)


def within(windows: Sequence[Window], asked: Window) -> tuple[Window, ...]:
    """What `asked` leaves of these windows, which mean any time if there are none."""
    if not windows:
        return (asked,)
    common = [
        Window(earliest=max(one.earliest, asked.earliest), latest=min(one.latest, asked.latest))
        for one in windows
        if one.earliest <= asked.latest and asked.earliest <= one.latest
    ]
    return tuple(common)


class Choice(NamedTuple):
    """What gives way in a shift, and roughly what that costs."""

    cost: float
    gone: tuple[int, ...]


class Forcing:
    """One job that is to have a place, in a plan without it."""

    def __init__(self, before: Draft, ground: Ground, job: int, anew: bool) -> None:
        self.before, self.ground, self.job, self.anew = before, ground, job, anew
        self.stands = Draft.of(ground, before.routes())
        """The plan as far as the job stands where it may."""
        self.draft = self.stands.copy()
        spared = {job} if not anew else {job, ground.partner[job]}
        self.owed = {
            other
            for other, shift in enumerate(before.shift_of)
            if shift >= 0 and other not in spared and ground.problem.jobs[other].mandatory
        }
        """Mandatory jobs that have a place: they keep one."""
        if self.draft.shift_of[job] >= 0:
            self._lift(anew)
        self.lost = [
            other
            for other, shift in enumerate(before.shift_of)
            if shift >= 0 and other not in spared and self.draft.shift_of[other] < 0
        ]
        """What cannot be served without the job (a detour can be shorter)."""

    def _lift(self, anew: bool) -> None:
        """Take the job out; whom it goes with only if they meet anew. What cannot be served then goes, too."""
        draft, shift = self.draft, self.draft.shift_of[self.job]
        if anew and draft.remove(self.job):
            return
        row = draft.without(self.job)
        times = draft.timing(shift, row) if row is not None else None
        if row is None or times is None:
            draft.release({self.job})
        else:
            draft.put(shift, row, times)
        if anew:
            draft.part()

    def bars(self, technician: int) -> Iterator[Bar]:
        """What no giving way can help against: of the technician, then of single shifts."""
        problem = self.ground.problem
        wanted, who = problem.jobs[self.job], problem.technicians[technician]
        if lacks := wanted.skills - who.skills:
            yield Bar(cause=Cause.SKILL, lacks=tuple(sorted(lacks)))
        if technician in wanted.excluded:
            yield Bar(cause=Cause.EXCLUDED)
        if not problem.depots:
            if lacks := wanted.tools - who.tools:
                yield Bar(cause=Cause.TOOL, lacks=tuple(sorted(lacks)))
            if short := self._short_of(technician):
                yield Bar(cause=Cause.PART, lacks=tuple(short))
        for shift in self.ground.shifts_of[technician]:
            if wanted.shifts is not None and shift not in wanted.shifts:
                yield Bar(cause=Cause.LOCKED, shift=shift)
            elif (bar := self._timed_bar(shift)) is not None:
                yield bar

    def _short_of(self, technician: int) -> list[str]:
        """Parts of which the van has too few, whatever gives way."""
        problem = self.ground.problem
        used: dict[str, int] = {}
        for shift in self.ground.shifts_of[technician]:
            for fact in self.ground.chains[shift]:
                for part, count in self.ground.parts[fact].items():
                    used[part] = used.get(part, 0) + count
        stock = problem.technicians[technician].parts
        wanted = self.ground.parts[self.job]
        return sorted(part for part, n in wanted.items() if used.get(part, 0) + n > stock.get(part, 0))

    def _timed_bar(self, shift: int) -> Bar | None:
        """The shift cannot take it even with nothing else in it but what is frozen."""
        if not self.ground.reaches(self.job, shift, self.ground.windows[self.job]):
            return Bar(cause=Cause.WINDOW, shift=shift)
        row = [*self.ground.chains[shift], self.job]
        if timing(self.ground, shift, row) is not None:
            return None
        over = timing(self.ground, shift, row, limit=FOREVER)
        if over is None:
            return Bar(cause=Cause.WINDOW, shift=shift)
        return Bar(cause=Cause.OVERTIME, shift=shift, seconds=over.back - self.ground.limit[shift])

    def best(self, shifts: Sequence[int]) -> Draft | list[Bar]:
        """The cheapest plan found with the job in one of these shifts, or why there is none in each."""
        best, least, bars = None, math.inf, list[Bar]()
        if self.stands.shift_of[self.job] in shifts and self.stands.rows == self.before.rows:
            best, least = self.stands, self.stands.price()
        for shift in shifts:
            homeless: int | None = None
            for number, choice in enumerate(sorted(self._choices(shift))):
                if number >= self._effort(best is not None):
                    break
                tried, lost = self._tried(shift, choice.gone)
                if tried is not None and tried.price() < least - ENOUGH:
                    best, least = tried, tried.price()
                homeless = lost if homeless is None else homeless
            bars.append(self._bar(shift, homeless))
        if best is None:
            return bars
        self._settle(best, shifts)
        # what was left out so far may find room now
        insert_profitable(best)
        return best

    def _effort(self, found: bool) -> float:
        if self.anew:
            return EFFORT_FOR_TWO if found else EFFORT
        return EFFORT if found else math.inf

    def _bar(self, shift: int, homeless: int | None) -> Bar:
        """What prevents it although there is time: a promise, the way by a depot, or somebody who does not come alone."""
        if homeless is not None:
            return Bar(cause=Cause.MISSING, shift=shift, job=homeless)
        if self.draft.supplied_from(self.job, shift):
            return Bar(cause=Cause.DEPOT, shift=shift)
        bound = [
            other
            for other in self.draft.rows[shift]
            if other < self.ground.jobs and not movable(self.draft, other)
        ]
        loose = [other for other in bound if not self.ground.frozen[other]]
        partner = self.ground.partner[self.job]
        return Bar(
            cause=Cause.PARTNER, shift=shift, job=partner if partner is not None else next(iter(loose), None)
        )

    def _settle(self, draft: Draft, shifts: Sequence[int]) -> None:
        """Whatever stands in a row that changed goes where it is cheaper now, until nothing does."""
        again = True
        while again:
            again = False
            changed = [row for row, old in zip(draft.rows, self.before.rows, strict=True) if row != old]
            for other in [other for row in changed for other in row if other < self.ground.jobs]:
                again |= self._eased(draft, other, shifts if other == self.job else None)

    def _eased(self, draft: Draft, job: int, among: Sequence[int] | None) -> bool:
        """Put it where it is cheaper, among these shifts, if it is anywhere."""
        if not movable(draft, job):
            return False
        price, shift = draft.price(), draft.shift_of[job]
        row, times = draft.rows[shift], draft.times[shift]
        if not draft.remove(job):
            return False
        found = cheapest_in(
            draft, job, among, below=price - ENOUGH - draft.price() + self.ground.left_out[job]
        )
        if found is None:
            draft.put(shift, row, times)
            return False
        place(draft, found)
        return True

    def _choices(self, shift: int) -> Iterator[Choice]:
        """Each set of stops that makes room if it gives way, priced as if they cost elsewhere what they cost here."""
        draft, ground = self.draft, self.ground
        row, chain = draft.rows[shift], ground.chains[shift]
        loose = [other for other in row if other < ground.jobs and movable(draft, other)]
        here = {other: self._saved(shift, (other,)) for other in loose}
        for gone in self._sets(shift, loose):
            rest = [other for other in row if other not in gone]
            costs = [
                times.price
                for position in range(len(chain), len(rest) + 1)
                if (times := draft.timing(shift, [*rest[:position], self.job, *rest[position:]])) is not None
            ]
            if costs:
                yield Choice(min(costs) + sum(here.get(other, 0.0) for other in gone), gone)

    def _saved(self, shift: int, gone: tuple[int, ...]) -> float:
        """What the row costs less without these."""
        row = self.draft.spared(shift, gone)
        times = self.draft.timing(shift, row) if row is not None else None
        return self.draft.times[shift].price - times.price if times is not None else 0.0

    def _sets(self, shift: int, loose: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """None, one, two, or a string of neighbours; with them whoever uses up the parts elsewhere."""
        others = tuple(self._users(shift))
        seen: set[tuple[int, ...]] = set()
        count = len(loose)
        strings = (tuple(loose[i:j]) for i in range(count) for j in range(i + 1, count + 1))
        apart = () if count > LONG_ROW else ((a, b) for n, a in enumerate(loose) for b in loose[n + 1 :])
        for gone in ((), *strings, *apart):
            whole = gone if self._carried(shift, gone) else (*gone, *others)
            if whole not in seen and self._carried(shift, whole):
                seen.add(whole)
                yield whole

    def _users(self, shift: int) -> Iterator[int]:
        """Jobs of the technician's other shifts that use what the job needs."""
        wanted = self.ground.parts[self.job].keys()
        for other in self.ground.shifts_of[self.ground.technician[shift]]:
            if other != shift:
                for job in self.draft.rows[other]:
                    if wanted & self.ground.parts[job].keys() and movable(self.draft, job):
                        yield job

    def _carried(self, shift: int, gone: Sequence[int]) -> bool:
        """The van holds what the job needs once these have given way; where there are depots, insertion decides."""
        if self.ground.depots:
            return True
        technician = self.ground.technician[shift]
        stock, used = self.ground.problem.technicians[technician].parts, self.draft.used[technician]
        return all(
            used[part] - sum(self.ground.parts[other].get(part, 0) for other in gone) + count
            <= stock.get(part, 0)
            for part, count in self.ground.parts[self.job].items()
        )

    def _tried(self, shift: int, gone: Sequence[int]) -> tuple[Draft | None, int | None]:
        """The plan in which these give way and go where it is cheapest; or a job that must have a place and finds none."""
        tried = self.draft.copy()
        for place_of in dict.fromkeys(tried.shift_of[other] for other in gone):
            row = tried.spared(place_of, gone)
            times = tried.timing(place_of, row) if row is not None else None
            if row is None or times is None:
                return None, None
            tried.put(place_of, row, times)
        if not self._given(tried, shift):
            return None, None
        left_out = self.ground.left_out
        waiting = {*gone, *self.lost}
        for other in sorted(waiting, key=lambda other: -left_out[other]):
            if tried.shift_of[other] >= 0:
                continue
            if not placed(tried, other, math.inf if other in self.owed else None) and other in self.owed:
                return None, other
        return tried, None

    def _given(self, draft: Draft, shift: int) -> bool:
        """Put the job into the shift, where it is cheapest, if it fits; whom it goes with, if they meet anew, wherever."""
        if self.anew:
            meeting = Meetings(draft, self.job, (shift,)).best()
            if meeting is not None:
                place_both(draft, meeting)
            return meeting is not None
        found = cheapest_in(draft, self.job, shifts=(shift,))
        if found is not None:
            place(draft, found)
        return found is not None


def _answer(before: Draft, after: Draft, job: int, technician: int, seconds: float) -> Forced:
    result = after.result(engine=NAME, seconds=seconds)
    shift = after.shift_of[job]
    then = {stop.job: (route.shift, stop.start) for route in before.routes() for stop in route.stops}
    now = {stop.job: (route.shift, stop.start) for route in result.routes for stop in route.stops}
    moved = [
        Moved(
            job=other,
            before=then[other][0] if other in then else None,
            after=now[other][0] if other in now else None,
            seconds=now[other][1] - then[other][1]
            if other in then and other in now and then[other][0] == now[other][0]
            else 0,
        )
        for other in range(len(after.shift_of))
        if other != job and then.get(other) != now.get(other)
    ]
    return Forced(
        job=job,
        technician=technician,
        result=result,
        cost=minus(result.cost, before.cost()),
        shift=shift,
        start=now[job][1],
        moved=tuple(moved),
    )
