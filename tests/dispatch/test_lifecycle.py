"""What may follow what: the tables themselves, entry by entry, and that nothing leaves them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.states import LIVE_VISIT, AppointmentState, JobState, TicketState, VisitState
from dispatch.rules.lifecycle import (
    APPOINTMENT,
    JOB,
    TICKET,
    VISIT,
    AppointmentStep,
    JobStep,
    TicketStep,
    VisitStep,
    diagram,
    next_state,
)

AHEAD = "published on_my_way arrived working"
INTERRUPTED = "no_access part_missing paused"
OPEN = "received planned in_progress on_hold restored"
VISITS = {
    "publish": {"draft": "published"},
    "leave": {"published": "on_my_way"},
    "arrive": dict.fromkeys(f"published on_my_way {INTERRUPTED}".split(), "arrived"),
    "work": dict.fromkeys(f"published on_my_way arrived {INTERRUPTED}".split(), "working"),
    "finish": dict.fromkeys(f"{AHEAD} {INTERRUPTED} cancelled".split(), "done"),
    "decline": dict.fromkeys(f"{AHEAD} {INTERRUPTED} cancelled".split(), "declined"),
    "no_access": dict.fromkeys(AHEAD.split(), "no_access"),
    "part_missing": dict.fromkeys(AHEAD.split(), "part_missing"),
    "pause": dict.fromkeys(["arrived", "working"], "paused"),
    "cancel": dict.fromkeys(f"draft {AHEAD} {INTERRUPTED}".split(), "cancelled"),
}
JOBS = {
    "plan": {"received": "planned"},
    "unplan": {"planned": "received"},
    "start": dict.fromkeys(["received", "planned", "on_hold"], "in_progress"),
    "hold": dict.fromkeys(["received", "planned", "in_progress"], "on_hold"),
    "restore": dict.fromkeys(["received", "planned", "in_progress", "on_hold"], "restored"),
    "close": dict.fromkeys(OPEN.split(), "closed"),
    "release": {"on_hold": "received"},
    "reopen": {"closed": "received"},
    "cancel": dict.fromkeys(OPEN.split(), "cancelled"),
}
APPOINTMENTS = {
    "confirm": {"offered": "confirmed"},
    "arrive_in_time": {"confirmed": "kept", "missed": "kept"},
    "miss": {"confirmed": "missed"},
    "move": dict.fromkeys(["offered", "confirmed", "missed"], "moved"),
    "cancel": dict.fromkeys(["offered", "confirmed"], "cancelled"),
}
TICKETS = {
    "take": {"waiting": "in_progress"},
    "give_back": {"in_progress": "waiting"},
    "ask_back": {"in_progress": "pending"},
    "answer": {"pending": "waiting"},
    "escalate": {"in_progress": "escalated"},
    "link": dict.fromkeys(["waiting", "in_progress", "pending"], "linked"),
    "unlink": {"linked": "in_progress"},
    "resolve": dict.fromkeys(["waiting", "in_progress", "pending", "escalated", "linked"], "resolved"),
    "reopen": dict.fromkeys(["resolved", "closed"], "waiting"),
    "close": {"resolved": "closed"},
}
TABLES = [
    (VISIT, VISITS, VisitState, VisitStep),
    (JOB, JOBS, JobState, JobStep),
    (APPOINTMENT, APPOINTMENTS, AppointmentState, AppointmentStep),
    (TICKET, TICKETS, TicketState, TicketStep),
]


@pytest.mark.parametrize(
    ("table", "wanted", "states", "steps"), TABLES, ids=["visit", "job", "appointment", "ticket"]
)
def test_every_step_from_every_state_leads_where_the_page_says_or_nowhere(
    table: dict[tuple[str, str], str],
    wanted: dict[str, dict[str, str]],
    states: type[VisitState],
    steps: type[VisitStep],
) -> None:
    assert set(wanted) == set(steps)
    for step in steps:
        for state in states:
            assert table.get((state, step)) == wanted[step].get(state), (state, step)


@given(st.lists(st.sampled_from(VisitStep), max_size=30))
def test_no_walk_leaves_the_table_nor_comes_back_from_done(steps: list[VisitStep]) -> None:
    state, done = VisitState.DRAFT, False
    for step in steps:
        following = next_state(VISIT, state, step)
        state = following or state
        assert state in VisitState
        assert not (done and state in LIVE_VISIT)
        done = done or state in (VisitState.DONE, VisitState.DECLINED)


def test_every_state_can_be_reached() -> None:
    for table, _, states, _ in TABLES:
        assert {str(state) for state in table.values()} | {str(next(iter(states)))} == {
            str(s) for s in states
        }


@pytest.mark.parametrize(
    "table", [VISIT, JOB, APPOINTMENT, TICKET], ids=["visit", "job", "appointment", "ticket"]
)
def test_the_diagram_tells_every_entry_and_nothing_else(
    table: dict[tuple[VisitState, VisitStep], VisitState],
) -> None:
    head, begin, *lines = diagram(table).split("\n")
    assert head == "stateDiagram-v2"
    assert begin == f"    [*] --> {next(iter(table))[0]}"
    told: set[tuple[str, str, str]] = set()
    for line in lines:
        if note := re.fullmatch(r"    note right of (\w+): (\w+) - from (.+)", line):
            told |= {(state, note[2], note[1]) for state in note[3].split(", ")}
        else:
            arrow = re.fullmatch(r"    (\w+) --> (\w+): (\w+)", line)
            assert arrow, line
            told.add((arrow[1], arrow[3], arrow[2]))
    assert told == {(str(state), str(step), str(after)) for (state, step), after in table.items()}
