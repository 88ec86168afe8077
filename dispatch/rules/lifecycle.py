"""What may follow what. The README's state diagrams are drawn from these tables, and nothing changes state but by them.

A phone may have missed a button, so a visit may skip steps forward; it never goes back but where the table says so.
"""

from enum import StrEnum
from typing import TypeVar

from db.states import AppointmentState as A
from db.states import JobState as J
from db.states import TicketState as T
from db.states import VisitState as V


class VisitStep(StrEnum):
    PUBLISH = "publish"
    LEAVE = "leave"
    ARRIVE = "arrive"
    WORK = "work"
    FINISH = "finish"
    DECLINE = "decline"
    NO_ACCESS = "no_access"
    PART_MISSING = "part_missing"
    PAUSE = "pause"
    CANCEL = "cancel"


class JobStep(StrEnum):
    PLAN = "plan"
    UNPLAN = "unplan"
    START = "start"
    HOLD = "hold"
    RESTORE = "restore"
    CLOSE = "close"
    RELEASE = "release"
    REOPEN = "reopen"
    CANCEL = "cancel"


class AppointmentStep(StrEnum):
    CONFIRM = "confirm"
    ARRIVE_IN_TIME = "arrive_in_time"
    MISS = "miss"
    MOVE = "move"
    CANCEL = "cancel"


class TicketStep(StrEnum):
    TAKE = "take"
    GIVE_BACK = "give_back"
    ASK_BACK = "ask_back"
    ANSWER = "answer"
    ESCALATE = "escalate"
    LINK = "link"
    UNLINK = "unlink"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


_AHEAD = (V.WORKING, V.ARRIVED, V.ON_MY_WAY, V.PUBLISHED)
_INTERRUPTED = (V.NO_ACCESS, V.PART_MISSING, V.PAUSED)

VISIT: dict[tuple[V, VisitStep], V] = {
    (V.DRAFT, VisitStep.PUBLISH): V.PUBLISHED,
    (V.PUBLISHED, VisitStep.LEAVE): V.ON_MY_WAY,
    **{(state, VisitStep.ARRIVE): V.ARRIVED for state in (V.ON_MY_WAY, V.PUBLISHED, *_INTERRUPTED)},
    **{(state, VisitStep.WORK): V.WORKING for state in (V.ARRIVED, V.ON_MY_WAY, V.PUBLISHED, *_INTERRUPTED)},
    **{(state, VisitStep.FINISH): V.DONE for state in (*_AHEAD, *_INTERRUPTED, V.CANCELLED)},
    **{(state, VisitStep.DECLINE): V.DECLINED for state in (*_AHEAD, *_INTERRUPTED, V.CANCELLED)},
    **{
        (state, VisitStep.NO_ACCESS): V.NO_ACCESS
        for state in (V.ARRIVED, V.WORKING, V.ON_MY_WAY, V.PUBLISHED)
    },
    **{(state, VisitStep.PART_MISSING): V.PART_MISSING for state in _AHEAD},
    **{(state, VisitStep.PAUSE): V.PAUSED for state in (V.WORKING, V.ARRIVED)},
    **{(state, VisitStep.CANCEL): V.CANCELLED for state in (*reversed(_AHEAD), V.DRAFT, *_INTERRUPTED)},
}
"""Of the states that a step may start from, the usual one comes first: the drawing shows that one."""

_OPEN = (J.RECEIVED, J.PLANNED, J.ON_HOLD, J.RESTORED)

JOB: dict[tuple[J, JobStep], J] = {
    (J.RECEIVED, JobStep.PLAN): J.PLANNED,
    (J.PLANNED, JobStep.UNPLAN): J.RECEIVED,
    **{(state, JobStep.START): J.IN_PROGRESS for state in (J.PLANNED, J.RECEIVED, J.ON_HOLD)},
    **{(state, JobStep.HOLD): J.ON_HOLD for state in (J.IN_PROGRESS, J.RECEIVED, J.PLANNED)},
    **{(state, JobStep.RESTORE): J.RESTORED for state in (J.IN_PROGRESS, J.RECEIVED, J.PLANNED, J.ON_HOLD)},
    **{(state, JobStep.CLOSE): J.CLOSED for state in (J.IN_PROGRESS, *_OPEN)},
    (J.ON_HOLD, JobStep.RELEASE): J.RECEIVED,
    (J.CLOSED, JobStep.REOPEN): J.RECEIVED,
    **{(state, JobStep.CANCEL): J.CANCELLED for state in (*_OPEN, J.IN_PROGRESS)},
}

APPOINTMENT: dict[tuple[A, AppointmentStep], A] = {
    (A.OFFERED, AppointmentStep.CONFIRM): A.CONFIRMED,
    (A.CONFIRMED, AppointmentStep.ARRIVE_IN_TIME): A.KEPT,
    (A.CONFIRMED, AppointmentStep.MISS): A.MISSED,
    (A.MISSED, AppointmentStep.ARRIVE_IN_TIME): A.KEPT,
    **{(state, AppointmentStep.MOVE): A.MOVED for state in (A.OFFERED, A.CONFIRMED, A.MISSED)},
    **{(state, AppointmentStep.CANCEL): A.CANCELLED for state in (A.OFFERED, A.CONFIRMED)},
}

TICKET: dict[tuple[T, TicketStep], T] = {
    (T.WAITING, TicketStep.TAKE): T.IN_PROGRESS,
    (T.IN_PROGRESS, TicketStep.GIVE_BACK): T.WAITING,
    (T.IN_PROGRESS, TicketStep.ASK_BACK): T.PENDING,
    (T.PENDING, TicketStep.ANSWER): T.WAITING,
    (T.IN_PROGRESS, TicketStep.ESCALATE): T.ESCALATED,
    **{(state, TicketStep.LINK): T.LINKED for state in (T.IN_PROGRESS, T.WAITING, T.PENDING)},
    (T.LINKED, TicketStep.UNLINK): T.IN_PROGRESS,
    **{
        (state, TicketStep.RESOLVE): T.RESOLVED
        for state in (T.IN_PROGRESS, T.ESCALATED, T.LINKED, T.PENDING, T.WAITING)
    },
    **{(state, TicketStep.REOPEN): T.WAITING for state in (T.RESOLVED, T.CLOSED)},
    (T.RESOLVED, TicketStep.CLOSE): T.CLOSED,
}

State = TypeVar("State", bound=StrEnum)
Step = TypeVar("Step", bound=StrEnum)


def next_state(table: dict[tuple[State, Step], State], state: State, step: Step) -> State | None:
    """Where the step leads, or None where the table does not have it."""
    return table.get((state, step))


USUAL_SOURCES = 2
"""A step that leads to a state from more states than this is told in a note, or nobody could read the drawing."""


def diagram(table: dict[tuple[State, Step], State]) -> str:
    """The table as a Mermaid state diagram; the first state of the table is where it begins."""
    sources: dict[tuple[str, str], list[str]] = {}
    for (state, step), following in table.items():
        sources.setdefault((step, following), []).append(state)
    first = next(iter(table))[0]
    lines = [f"    [*] --> {first}"]
    for (step, following), states in sources.items():
        usual = states if len(states) <= USUAL_SOURCES else states[:1]
        lines += [f"    {state} --> {following}: {step}" for state in usual]
    for (step, following), states in sources.items():
        if len(states) > USUAL_SOURCES:
            lines.append(f"    note right of {following}: {step} - from {', '.join(states)}")
    return "\n".join(["stateDiagram-v2", *lines])
