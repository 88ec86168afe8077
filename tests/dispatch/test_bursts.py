"""Signs in a burst: the right element, one proposal for each outage, nothing while nothing fails."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from db.records import NetworkElement
from dispatch.rules.bursts import (
    USUAL,
    Accepted,
    Detected,
    Hour,
    Proposal,
    Proposed,
    Sign,
    SignKind,
    detect,
    learnt,
)
from dispatch.rules.networks import Network, network_of
from tests.benchmarks.bursts import HABITS, outage
from tests.failing import BEGIN, Habits, Story, Teller

TOP, LEFT, RIGHT = UUID(int=1), UUID(int=2), UUID(int=3)
HOUSES = {LEFT: [UUID(int=10 + n) for n in range(4)], RIGHT: [UUID(int=20 + n) for n in range(4)]}
LEFT_HOUSE, RIGHT_HOUSE = HOUSES[LEFT][0], HOUSES[RIGHT][0]
EACH = 10


def element(own: UUID, parent: UUID | None) -> NetworkElement:
    return NetworkElement(
        area_id=UUID(int=9), network_element_id=own, parent_id=parent, kind="any", name="any", place_id=None
    )


def who(house: UUID, number: int) -> UUID:
    return UUID(int=house.int * 1_000 + number)


@pytest.fixture(scope="module")
def network() -> Network:
    """A top with two cabinets, four houses on each, ten subscribers in each house; and 900 others elsewhere."""
    other = UUID(int=4)
    elements = [element(TOP, None), element(LEFT, TOP), element(RIGHT, TOP), element(other, None)]
    elements += [element(house, cabinet) for cabinet, houses in HOUSES.items() for house in houses]
    homes = {who(house, n): house for houses in HOUSES.values() for house in houses for n in range(EACH)}
    return network_of(elements, homes | {UUID(int=10**6 + n): other for n in range(900)})


IDS: Iterator[int] = count(1)


def ticket(house: UUID, number: int, minutes: float, named: UUID | None = None) -> Sign:
    return Sign(
        sign_id=UUID(int=next(IDS)),
        kind=SignKind.TICKET,
        at=BEGIN + timedelta(minutes=minutes),
        element_id=named or house,
        subscriber_id=who(house, number),
    )


def calls(houses: Sequence[UUID], each: int, minutes: float = 0) -> list[Sign]:
    return [ticket(house, n, minutes + n * 0.5) for house in houses for n in range(each)]


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def only(detected: Detected) -> Proposal:
    assert len(detected.proposals) == 1
    return detected.proposals[0]


def known(proposal: Proposal, number: int = 7) -> Proposed:
    return Proposed(proposal_id=proposal.continues or UUID(int=number), element_id=proposal.element_id)


def test_calls_from_all_houses_of_a_cabinet_name_the_cabinet_and_those_it_darkens(network: Network) -> None:
    signs = calls(HOUSES[LEFT], 3, 1)
    found = only(detect(network, signs, at(5)))
    assert (found.element_id, found.affected, found.spoke) == (LEFT, 40, 12)
    assert found.since == at(1)
    assert {*found.evidence} == {sign.sign_id for sign in signs}
    assert found.sure > 0.9
    assert found.odds > 0


def test_calls_from_one_house_name_the_house_because_its_neighbours_are_silent(network: Network) -> None:
    found = only(detect(network, calls(HOUSES[LEFT][:1], 6), at(5)))
    assert found.element_id == HOUSES[LEFT][0]
    assert LEFT in found.instead or found.sure > 0.95


def test_one_subscriber_who_calls_ten_times_is_one_subscriber(network: Network) -> None:
    signs = [ticket(HOUSES[LEFT][0], 0, minute) for minute in range(10)]
    assert not detect(network, signs, at(10)).proposals


def test_a_ticket_that_names_a_wrong_element_and_calls_from_elsewhere_move_nothing(network: Network) -> None:
    stray = [ticket(LEFT_HOUSE, 9, 2, named=RIGHT_HOUSE), ticket(RIGHT_HOUSE, 1, 3, named=UUID(int=404))]
    assert only(detect(network, [*calls(HOUSES[LEFT], 6), *stray], at(5))).element_id == LEFT


def test_the_proposal_stays_one_while_it_moves_up_to_the_parent(network: Network) -> None:
    house = HOUSES[LEFT][0]
    first = only(detect(network, calls([house], 6), at(4)))
    assert (first.element_id, first.continues) == (house, None)
    later = [*calls([house], 6), *calls(HOUSES[LEFT][1:], 5, 4)]
    second = only(detect(network, later, at(8), before=[known(first)]))
    assert (second.element_id, second.continues) == (LEFT, UUID(int=7))


def test_two_houses_at_once_on_different_branches_are_two_proposals(network: Network) -> None:
    houses = [HOUSES[LEFT][0], HOUSES[RIGHT][0]]
    found = detect(network, calls(houses, 8), at(5)).proposals
    assert {one.element_id for one in found} == {*houses}


def test_two_proposals_that_turn_out_to_be_one_outage_become_one_and_the_other_is_withdrawn(
    network: Network,
) -> None:
    two = detect(network, calls([LEFT_HOUSE, RIGHT_HOUSE], 8), at(5)).proposals
    before = [known(one, number) for number, one in enumerate(two)]
    everywhere = [*calls([*HOUSES[LEFT], *HOUSES[RIGHT]], 6, 1)]
    later = detect(network, everywhere, at(6), before=before)
    assert only(later).element_id == TOP
    assert {only(later).continues, *later.withdrawn} == {UUID(int=0), UUID(int=1)}


def test_signs_beneath_an_accepted_outage_are_linked_and_not_proposed_again(network: Network) -> None:
    signs = calls(HOUSES[LEFT], 3)
    accepted = Accepted(outage_id=UUID(int=5), element_id=LEFT)
    detected = detect(network, signs, at(5), accepted=[accepted])
    assert not detected.proposals
    assert detected.linked == {sign.sign_id: UUID(int=5) for sign in signs}


def test_what_fails_beside_an_accepted_outage_is_another_and_what_is_above_widens_it(
    network: Network,
) -> None:
    accepted = Accepted(outage_id=UUID(int=5), element_id=LEFT_HOUSE)
    beside = detect(network, calls([LEFT_HOUSE, RIGHT_HOUSE], 8), at(5), accepted=[accepted])
    assert (only(beside).element_id, only(beside).widens) == (RIGHT_HOUSE, [])
    wider = detect(network, calls(HOUSES[LEFT], 6), at(5), accepted=[accepted])
    assert (only(wider).element_id, only(wider).widens) == (LEFT, [UUID(int=5)])


def test_after_the_restoration_late_calls_are_of_what_was_and_a_new_burst_is_new(network: Network) -> None:
    accepted = Accepted(outage_id=UUID(int=5), element_id=LEFT, restored_at=at(30))
    late = calls(HOUSES[LEFT], 3, 40)
    assert len(detect(network, late, at(45), accepted=[accepted]).linked) == len(late)
    again = detect(network, calls(HOUSES[LEFT], 3, 70), at(75), accepted=[accepted])
    assert only(again).element_id == LEFT
    assert not again.linked


def test_what_was_proposed_stays_while_its_signs_age_and_is_withdrawn_in_the_end(network: Network) -> None:
    signs = calls(HOUSES[LEFT], 2)
    before = known(only(detect(network, signs, at(4))))
    assert only(detect(network, signs, at(60), before=[before])).continues == before.proposal_id
    ended = detect(network, signs, at(180), before=[before])
    assert (ended.proposals, ended.withdrawn) == ([], [before.proposal_id])


def test_fewer_signs_than_usual_are_no_failure(network: Network) -> None:
    assert not detect(network, [], at(0)).proposals
    assert not detect(network, [ticket(LEFT_HOUSE, 0, -50)], at(0)).proposals


def test_an_elements_own_alarm_names_it_sooner(network: Network) -> None:
    few = calls(HOUSES[LEFT], 1)
    own = Sign(sign_id=UUID(int=10**7), kind=SignKind.ALARM, at=at(0), element_id=LEFT, subscriber_id=None)
    without, having = detect(network, few, at(3)).proposals, detect(network, [own, *few], at(3)).proposals
    assert having[0].element_id == LEFT
    assert own.sign_id in having[0].evidence
    assert not without or having[0].odds > without[0].odds


def test_what_hangs_in_a_circle_or_on_nothing_is_no_part_of_the_network() -> None:
    one, other, lost = UUID(int=1), UUID(int=2), UUID(int=3)
    rows = [element(one, other), element(other, one), element(lost, UUID(int=99))]
    network = network_of(rows, {UUID(int=5): lost})
    assert network.ids == []
    assert not detect(network, [ticket(one, 1, 0)], at(1)).proposals


def test_the_background_is_learnt_from_hours_and_an_outage_among_them_does_not_raise_it() -> None:
    habits = Habits(alarms_an_hour=60, element_alarms_an_hour=0.5)
    teller = Teller(3, habits)
    failure = teller.fails(50 * 3600)
    story = teller.told(100 * 3600, [failure])
    kinds = [("tickets", 30 / 4_000), ("alarms", 60 / 4_000)]
    counted = hours(story, 100)
    found = learnt(story.network, counted)
    for kind, usual in kinds:
        assert getattr(found, kind) == pytest.approx(usual, rel=0.15)
    # nobody listened to the alarms before: those hours do not say that there are few
    deaf = Hour(tickets=30, alarms=0, element_alarms=0)
    assert learnt(story.network, [deaf] * 200 + counted).alarms == pytest.approx(found.alarms)
    few = learnt(story.network, [deaf] * 200 + counted[:10])
    assert (few.tickets, few.alarms) == (30 / 4_000, USUAL.alarms)


def hours(story: Story, n: int) -> list[Hour]:
    """Of the signs of a story."""
    counts = [[0, 0, 0] for _ in range(n)]
    for at, sign in story.signs:
        if at < n * 3600:
            kind = 0 if sign.kind is SignKind.TICKET else 1 if sign.subscriber_id is not None else 2
            counts[int(at // 3600)][kind] += 1
    return [Hour(tickets=one[0], alarms=one[1], element_alarms=one[2]) for one in counts]


@pytest.mark.parametrize(
    ("name", "seeds", "followed"), [("tickets and alarms", (0, 1), 300), ("calls only", (2, 4), 1_500)]
)
def test_outages_in_a_made_up_network_are_found_and_named(
    name: str, seeds: Sequence[int], followed: float
) -> None:
    """A taste of `python -m tests.benchmarks.bursts`, on seeds that settings may be tried out on."""
    told = [outage(seed, HABITS[name], followed=followed) for seed in seeds]
    assert sum(one.found for one in told) == 2
    assert sum(one.proposals for one in told) == sum(one.right_last for one in told) == 2
