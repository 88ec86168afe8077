"""What tags say about driving."""

import pytest

from dispatch.roads.tags import Drive, Tags, blocks, drive_of, limit_of


def street(**tags: str) -> Drive | None:
    return drive_of({"highway": "residential", **tags})


def speed(**tags: str) -> float:
    drive = drive_of({"highway": "secondary", **tags})
    assert drive is not None
    return drive.along


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "cycleway"},
        {"highway": "construction"},
        {"highway": "pedestrian"},
        {"highway": "residential", "area": "yes"},
        {"highway": "service", "service": "emergency_access"},
        {"highway": "residential", "access": "no"},
        {"highway": "service", "access": "private"},
        {"highway": "unclassified", "motor_vehicle": "agricultural"},
        {"highway": "unclassified", "vehicle": "forestry"},
        {"highway": "secondary", "access": "yes", "motorcar": "no"},
        {"highway": "track"},
        {"highway": "track", "tracktype": "grade4"},
        {"highway": "track", "tracktype": "grade1", "motor_vehicle": "no"},
        {"highway": "primary", "oneway": "reversible"},
        {"waterway": "river"},
        {"barrier": "bollard"},
    ],
)
def test_a_van_does_not_drive_there(tags: Tags) -> None:
    assert drive_of(tags) is None


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "service"},
        {"highway": "unclassified", "access": "no", "motor_vehicle": "yes"},
        {"highway": "residential", "motor_vehicle": "destination"},
        {"highway": "residential", "access": "unbekannt"},
        {"highway": "track", "tracktype": "grade1"},
        {"highway": "track", "motorcar": "permissive"},
        {"highway": "pedestrian", "motor_vehicle": "delivery"},
    ],
)
def test_a_van_drives_there(tags: Tags) -> None:
    drive = drive_of(tags)
    assert drive is not None
    assert drive.along > 0


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, False),
        ({"oneway": "1"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"oneway": "reverse"}, False, True),
        ({"oneway": "no"}, True, True),
        ({"oneway": "alternating"}, True, True),
        ({"junction": "roundabout"}, True, False),
        ({"junction": "circular"}, True, False),
        ({"junction": "roundabout", "oneway": "no"}, True, True),
        ({"highway": "motorway"}, True, False),
        ({"highway": "motorway", "oneway": "no"}, True, True),
    ],
)
def test_one_way_streets_are_driven_one_way(tags: Tags, along: bool, against: bool) -> None:
    drive = street(**tags)
    assert drive is not None
    assert (drive.along > 0, drive.against > 0) == (along, against)


def test_a_limit_is_driven_at_four_fifths_and_counts_more_than_the_class() -> None:
    assert speed(maxspeed="50") == pytest.approx(40)
    assert speed(maxspeed="30") == pytest.approx(24)
    assert speed() > 24


def test_each_way_has_its_own_limit() -> None:
    drive = drive_of({"highway": "secondary", "maxspeed": "50", "maxspeed:backward": "30"})
    assert drive is not None
    assert (drive.along, drive.against) == (pytest.approx(40), pytest.approx(24))


def test_narrow_streets_yards_roundabouts_gravel_and_visitors_are_slow() -> None:
    limit = {"maxspeed": "100"}
    assert speed(**limit) == pytest.approx(80)
    assert speed(highway="living_street", **limit) <= 12
    assert speed(highway="residential", **limit) <= 30
    assert speed(highway="service", service="driveway", **limit) <= 10
    assert speed(junction="roundabout", **limit) <= 25
    assert speed(surface="gravel", **limit) <= 20
    assert speed(motor_vehicle="destination", **limit) <= 15
    assert speed(maxspeed="1") == 5


@pytest.mark.parametrize(
    ("said", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48.28032),
        ("20mph", 32.18688),
        ("5.5", 5.5),
        ("CH:urban", 50),
        ("RU:living_street", 12),
        ("DE:zone:30", 30),
        ("AT:zone30", 30),
        ("walk", 7),
        ("50;30", 50),
        ("none", None),
        ("signals", None),
        ("0", None),
        ("", None),
        ("fast", None),
    ],
)
def test_limits_are_read_as_they_are_written(said: str, kmh: float | None) -> None:
    assert limit_of(said) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("tags", "blocked"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "block"}, True),
        ({"barrier": "bollard", "access": "yes"}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "lift_gate", "access": "private"}, True),
        ({"barrier": "gate", "motor_vehicle": "destination"}, False),
        ({"highway": "crossing"}, False),
    ],
)
def test_bollards_and_private_gates_let_nobody_through(tags: Tags, blocked: bool) -> None:
    assert blocks(tags) is blocked


def test_nobody_lives_on_a_motorway_or_in_a_tunnel() -> None:
    for tags in ({"highway": "motorway"}, {"highway": "primary", "tunnel": "yes"}):
        drive = drive_of(tags)
        assert drive is not None
        assert not drive.stops
