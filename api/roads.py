"""`line3 roads`: a road network from an OpenStreetMap extract, and what it says of an area's settings."""

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np

from api.demo.addresses import BadAddresses, read_addresses
from dispatch.outside.travel_times import StraightLines
from dispatch.roads import network
from dispatch.roads.extract import BadExtract, read_segments
from dispatch.roads.fit import Fit, fit
from dispatch.roads.search import Roads
from dispatch.rules.ways import Points, off_road
from dispatch.settings import Settings

REFUSALS = (BadExtract, BadAddresses, network.BadNetwork)
MOST_ADDRESSES = 1_000
ENDINGS = (".gz", ".bz2", ".osm", ".pbf", ".xml", ".o5m", ".opl")


def build(asked: argparse.Namespace, settings: Settings) -> int:
    """Read, contract, write; one line of progress, one of what was made. Raises what is in `REFUSALS`."""
    began = time.monotonic()
    extract: Path = asked.file
    target: Path = asked.out or settings.roads / f"{_bare(extract)}{network.FILE_ENDS}"
    if target.suffix != network.FILE_ENDS:
        raise BadExtract(f"{target}: a road network's name ends in {network.FILE_ENDS}")
    segments = read_segments(extract, _told)
    made = network.network_of(segments)
    network.write(made, target)
    cut_off = float(segments.metres.sum()) / 1000 - made.kilometres
    print(
        f"{target}: {made.kilometres:,.0f} km of road, {made.junctions:,} junctions, "
        f"{target.stat().st_size / 1000:,.0f} kB, {time.monotonic() - began:.1f} s. "
        f"Left out, because nobody gets there or back: {max(0.0, cut_off):,.0f} km."
    )
    return 0


def _bare(extract: Path) -> str:
    """`liechtenstein` of `liechtenstein.osm.pbf`."""
    name = extract
    while name.suffix in ENDINGS:
        name = name.with_suffix("")
    return name.name


def _told(roads: int) -> None:
    """Progress, where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r{roads:,} roads read ", end="", file=sys.stderr, flush=True)


def measure(asked: argparse.Namespace, settings: Settings) -> int:
    """How long the ways between these addresses are, and the settings that fit them. Raises what is in `REFUSALS`."""
    given = read_addresses(asked.addresses)
    some = random.Random(1).sample(given, min(len(given), MOST_ADDRESSES))
    points = Points(
        np.array([address.latitude for address in some]), np.array([address.longitude for address in some])
    )
    path = asked.roads or _only(settings.roads)
    roads = Roads(path.stem, network.read(path))
    began = time.monotonic()
    ways = roads.between(points, points)
    took = time.monotonic() - began
    found = fit(ways, StraightLines(1.0, 1.0).between(points, points).metres)
    if found is None:
        raise BadAddresses(f"{asked.addresses}: no two of its addresses have a way between them on {path}")
    print(
        f"{len(some):,} of {len(given):,} addresses on {path.stem}, {off_road(ways):,} of them far from any road: "
        f"{found.ways:,} ways in {took:.2f} s"
    )
    print(_table(found))
    print(
        f"Settings of the area that fit best: detour {found.detour:.2f}, speed_kmh {found.speed_kmh:.1f}. "
        f"Half of all drives are then within {found.half_within:.0%} of their time on roads, "
        f"nine in ten within {found.most_within:.0%}."
    )
    return 0


def _only(folder: Path) -> Path:
    """The network, where there is one and no choice."""
    found = sorted(folder.glob(f"*{network.FILE_ENDS}"))
    if len(found) != 1:
        raise network.BadNetwork(f"{folder}: {len(found)} road networks in it; say which with --roads FILE")
    return found[0]


def _table(found: Fit) -> str:
    lines = [
        f"detour {found.detour:.2f} (median; nine in ten below {found.detour_90:.2f}), mean speed {found.mean_kmh:.1f} km/h",
        f"the longer of there and back takes {found.asymmetry:.0%} more (median; nine in ten below {found.asymmetry_90:.0%})",
        f"{'straight line':>14} {'ways':>10} {'detour':>7} {'km/h':>6} {'time against the fitted line':>29}",
    ]
    for band in found.bands:
        to = "and more" if band.to_m == float("inf") else f"- {band.to_m / 1000:g} km"
        lines.append(
            f"{band.from_m / 1000:>5g} {to:<8} {band.ways:>10,} {band.detour:>7.2f} {band.speed_kmh:>6.1f} {band.over_straight:>29.2f}"
        )
    return "\n".join(lines)
