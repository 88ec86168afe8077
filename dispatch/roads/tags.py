"""What the tags of an OpenStreetMap way say about driving there: how fast, which way, and whether anybody lives on it.

Keys and values: the OpenStreetMap wiki, pages "Key:highway", "Key:access", "Key:oneway", "Key:maxspeed", "Key:barrier".
Speeds are what is driven, not what is allowed: four fifths of a limit, as OSRM's car profile has it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

Tags = Mapping[str, str]

SHARE_OF_LIMIT = 0.8
MILE_KM = 1.609344

# fmt: off
UNLIMITED = {
    "motorway": 100.0, "motorway_link": 50.0, "trunk": 80.0, "trunk_link": 45.0, "primary": 55.0, "primary_link": 35.0,
    "secondary": 45.0, "secondary_link": 30.0, "tertiary": 38.0, "tertiary_link": 28.0, "unclassified": 32.0, "road": 25.0,
    "residential": 25.0, "living_street": 10.0, "service": 14.0, "track": 12.0, "pedestrian": 8.0,
}
"""km/h by class, where no limit is tagged; classes that are not here are not driven."""
CEILING = {
    "unclassified": 50.0, "residential": 30.0, "living_street": 12.0, "service": 15.0, "track": 15.0, "pedestrian": 8.0,
}
"""km/h that narrow streets allow whatever their limit."""
IMPLIED = {
    "urban": 50.0, "rural": 80.0, "trunk": 100.0, "motorway": 120.0, "living_street": 12.0, "walk": 7.0, "bicycle_road": 30.0,
}
"""km/h of limits given as a kind of place (`CH:urban`)."""
ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""The most specific first."""
FORBIDDEN = {
    "no", "private", "agricultural", "forestry", "agricultural;forestry", "emergency", "military", "psv", "bus", "taxi",
    "hov", "use_sidepath", "bicycle", "foot", "hgv",
}
VISITORS_ONLY = {"destination", "customers", "delivery", "residents", "permit"}
WELCOME = {"yes", "designated", "permissive", "permitted", "official", "public"} | VISITORS_ONLY
UNPAVED = {
    "unpaved", "gravel", "fine_gravel", "pebblestone", "compacted", "dirt", "earth", "ground", "grass", "sand", "mud", "wood",
}
OPEN_BARRIERS = {
    "cattle_grid", "border_control", "toll_booth", "sally_port", "gate", "lift_gate", "swing_gate", "sliding_gate", "bump_gate",
    "entrance", "height_restrictor", "kerb", "no",
}
"""Barriers on a road that a van gets through, unless its access is forbidden."""
# fmt: on
NEEDS_A_WELCOME = {"pedestrian"}
"""Classes that nobody drives on who is not told that he may; tracks also if they are firm."""
FIRM = {"grade1", "grade2"}
NOBODY_STOPS_ON = {"motorway", "motorway_link", "trunk_link"}
UNPAVED_KMH = 20.0
VISITORS_KMH = 15.0
"""So slow that nobody is led through a street which is only for those who live there."""
YARD = {"driveway", "parking_aisle", "alley", "drive-through"}
YARD_KMH = 10.0
ROUNDABOUT_KMH = 25.0
FASTEST_KMH = 110.0
SLOWEST_KMH = 5.0


class Drive(NamedTuple):
    """How a way is driven. km/h along it and against it, 0 where that is not allowed; `stops`: places are reached from it."""

    along: float
    against: float
    stops: bool


def drive_of(tags: Tags) -> Drive | None:
    """None: not for cars."""
    kind = tags.get("highway", "")
    if kind not in UNLIMITED or tags.get("area") == "yes" or tags.get("service") == "emergency_access":
        return None
    allowed = access_of(tags)
    if allowed in FORBIDDEN or not (allowed in WELCOME or _open_to_all(kind, tags)):
        return None
    along, against = _directions(kind, tags)
    if not (along or against):
        return None
    stops = kind not in NOBODY_STOPS_ON and tags.get("tunnel", "no") == "no"
    return Drive(
        along * _speed(kind, tags, allowed, "forward"),
        against * _speed(kind, tags, allowed, "backward"),
        stops,
    )


def access_of(tags: Tags) -> str:
    """The access that counts for a car; empty where nothing is said."""
    return next((tags[key] for key in ACCESS_KEYS if key in tags), "")


def blocks(tags: Tags) -> bool:
    """Whether a point on a road lets no car pass."""
    if "barrier" not in tags:
        return False
    allowed = access_of(tags)
    return allowed in FORBIDDEN or not (allowed in WELCOME or tags["barrier"] in OPEN_BARRIERS)


def _open_to_all(kind: str, tags: Tags) -> bool:
    if kind == "track":
        return tags.get("tracktype") in FIRM
    return kind not in NEEDS_A_WELCOME


def _directions(kind: str, tags: Tags) -> tuple[bool, bool]:
    """Along and against. A lane whose direction changes by the hour is nothing to rely on."""
    said = tags.get("oneway", "")
    if said in {"-1", "reverse"}:
        return False, True
    if said == "reversible":
        return False, False
    round_about = tags.get("junction") in {"roundabout", "circular"}
    once = said in {"yes", "true", "1"} or (said != "no" and (round_about or kind == "motorway"))
    return True, not once


def _speed(kind: str, tags: Tags, allowed: str, way: str) -> float:
    limit = limit_of(tags.get(f"maxspeed:{way}", "")) or limit_of(tags.get("maxspeed", ""))
    driven = UNLIMITED[kind] if limit is None else min(SHARE_OF_LIMIT * limit, CEILING.get(kind, FASTEST_KMH))
    bounds = [FASTEST_KMH]
    if tags.get("service") in YARD:
        bounds.append(YARD_KMH)
    if tags.get("junction") in {"roundabout", "circular"}:
        bounds.append(ROUNDABOUT_KMH)
    if tags.get("surface") in UNPAVED:
        bounds.append(UNPAVED_KMH)
    if allowed in VISITORS_ONLY:
        bounds.append(VISITORS_KMH)
    return max(SLOWEST_KMH, min(driven, *bounds))


def limit_of(said: str) -> float | None:
    """km/h of a `maxspeed`; None for what says nothing of a number: `signals`, `none`, a typing error."""
    if number := re.match(r"\d+(\.\d+)?", said):
        found = float(number.group())
        return (found * MILE_KM if "mph" in said else found) or None
    kind = said.rpartition(":")[2]
    if zone := re.fullmatch(r"(?:zone)?:?(\d+)", kind):
        return float(zone.group(1))
    return IMPLIED.get(kind)
