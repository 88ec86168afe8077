"""The closure gate: what goes together, who bears it, what is missing."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.states import Action, Cause, Liability, Location
from dispatch.rules.closures import ACTION_AT, CAUSE_AT, SUBSCRIBERS, gate, inconsistencies, liability_for
from dispatch.rules.events import Body, Closing, decode_body
from tests.builders import BODIES, SHA
from tests.worlds import small_town

VISIT = str(UUID(int=1))


def body(kind: str, **changes: Any) -> Body:
    plain = {"visitId": VISIT, **BODIES.get(kind, {}), **changes}
    return decode_body(kind, plain)


def closing(**changes: Any) -> Closing:
    made = body("closure", **changes)
    assert isinstance(made, Closing)
    return made


def faults(kind: str, closing: Closing, *bodies: Body) -> set[tuple[str, str]]:
    return {(fault.code, fault.detail) for fault in gate(closing, small_town.kind(kind), bodies)}


def test_every_action_and_cause_has_a_place() -> None:
    assert set(ACTION_AT) == set(Action)
    assert set(CAUSE_AT) == set(Cause)


@pytest.mark.parametrize(
    ("location", "cause", "action", "wrong"),
    [
        ("drop", "dig", "resplice", []),
        ("ont_operator", "hardware", "swap_ont", []),
        ("subscriber_settings", "config", "reconfigure", []),
        ("none_found", "unknown", "educate", []),
        ("none_found", "unknown", "no_access", []),
        ("subscriber_power", "power", "restore_power", []),
        ("subscriber_settings", "config", "resplice", ["action-not-at-location"]),
        ("ont_operator", "dig", "swap_ont", ["cause-not-at-location"]),
        ("drop", "config", "swap_cpe", ["action-not-at-location", "cause-not-at-location"]),
        ("none_found", "wear", "educate", ["cause-not-at-location", "nothing-found-has-no-cause"]),
        ("subscriber_equipment", "hardware", "refer_network", ["action-not-at-location"]),
    ],
)
def test_location_cause_and_action_go_together_or_the_reason_is_named(
    location: str, cause: str, action: str, wrong: list[str]
) -> None:
    found = inconsistencies(Location(location), Cause(cause), Action(action))
    assert [fault.code for fault in found] == wrong


@given(st.sampled_from(Location), st.sampled_from(Cause))
def test_what_lies_on_the_operators_side_is_never_the_subscribers(location: Location, cause: Cause) -> None:
    if location not in SUBSCRIBERS:
        assert liability_for(location, cause) is not Liability.SUBSCRIBER


def test_our_own_bad_work_at_the_subscribers_is_ours() -> None:
    for location in SUBSCRIBERS:
        assert liability_for(location, Cause.WORKMANSHIP) is Liability.OPERATOR


def test_weather_is_force_majeure_and_a_digger_a_third_party() -> None:
    assert liability_for(Location.DROP, Cause.WEATHER) is Liability.FORCE_MAJEURE
    assert liability_for(Location.DROP, Cause.DIG) is Liability.THIRD_PARTY
    assert liability_for(Location.DROP, Cause.WEAR) is Liability.OPERATOR


def test_a_swap_needs_its_line_test_its_part_and_both_serial_numbers() -> None:
    missing = {("line-test-missing", "rx_power"), ("part-missing", "ont")}
    assert faults("equipment_failure", closing()) == missing
    unnamed = body("part-used", removedSerial="")
    assert faults("equipment_failure", closing(), body("measurement"), unnamed) == {
        ("serials-missing", "ont")
    }
    assert faults("equipment_failure", closing(), body("measurement"), body("part-used")) == set()


@pytest.mark.parametrize(("value", "open"), [(-27.0, True), (-8.0, True), (-27.1, False), (-7.9, False)])
def test_the_line_test_keeps_its_limits_both_ends_included(value: float, open: bool) -> None:
    found = faults("equipment_failure", closing(), body("measurement", value=value), body("part-used"))
    assert (found == set()) is open
    if not open:
        assert found == {("line-test-out-of-limits", f"{value} dBm")}


def test_the_last_measurement_after_the_work_counts() -> None:
    part = body("part-used")
    bad, good = body("measurement", value=-40), body("measurement", value=-20)
    before = body("measurement", value=-40, moment="before")
    assert faults("equipment_failure", closing(), part, bad, good, before) == set()
    assert {code for code, _ in faults("equipment_failure", closing(), part, good, bad)} == {
        "line-test-out-of-limits"
    }
    assert {code for code, _ in faults("equipment_failure", closing(), part, before)} == {"line-test-missing"}


def test_a_cable_break_needs_its_photo_whose_bytes_may_come_later() -> None:
    resplice = closing(location="drop", cause="dig", action="resplice")
    assert faults("cable_break", resplice, body("measurement")) == {("photo-missing", "splice")}
    photo = body("photo-taken", photoId=str(UUID(int=2)), sha256=SHA)
    assert faults("cable_break", resplice, body("measurement"), photo) == set()


def test_required_items_of_the_checklist_are_done_others_may_stay_open() -> None:
    reconfigure = closing(location="subscriber_settings", cause="config", action="reconfigure")
    assert faults("wifi_setup", reconfigure) == {("checklist-open", "speed")}
    assert faults("wifi_setup", reconfigure, body("checklist", done=False)) == {("checklist-open", "speed")}
    assert faults("wifi_setup", reconfigure, body("checklist")) == set()
    taken_back = (body("checklist"), body("checklist", done=False))
    assert faults("wifi_setup", reconfigure, *taken_back) == {("checklist-open", "speed")}


@pytest.mark.parametrize("action", ["cancelled", "refer_network"])
def test_without_work_nothing_is_measured_nor_photographed(action: str) -> None:
    assert faults("cable_break", closing(location="drop", cause="dig", action=action)) == set()
