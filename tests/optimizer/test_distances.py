"""Straight lines are as long as geopy says."""

from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import geodesic

from optimizer.distances import straight, travel
from optimizer.problem import pack


@pytest.mark.parametrize("latitude", [-33.9, 0.0, 24.5, 52.5, 64.1])
def test_distances_in_a_city_agree_with_the_geodesic_within_30_parts_in_a_million(latitude: float) -> None:
    rng = np.random.default_rng(7)
    lat = latitude + (rng.random(30) - 0.5) * 0.4
    lon = 13.4 + (rng.random(30) - 0.5) * 0.4 / np.cos(np.radians(latitude))
    ours = straight(lat, lon)
    for i in range(30):
        for j in range(i):
            true = float(geodesic((lat[i], lon[i]), (lat[j], lon[j])).meters)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            assert ours[i, j] == pytest.approx(true, rel=3e-5)


def test_the_shortest_way_leads_across_the_date_line() -> None:
    assert straight([0.0, 0.0], [179.9, -179.9])[0, 1] == pytest.approx(22_264, rel=1e-3)


def test_matrices_are_symmetric_with_an_empty_diagonal() -> None:
    metres = straight([52.5, 52.51, 52.4], [13.4, 13.5, 13.3])
    assert (metres == metres.T).all()
    assert not metres.diagonal().any()


def test_travel_is_ready_to_be_packed() -> None:
    seconds, metres = travel([52.5, 52.51], [13.4, 13.5], detour=1.5, metres_per_second=10)
    assert seconds.dtype == metres.dtype == np.int32
    assert metres[0, 1] == np.ceil(1.5 * straight([52.5, 52.51], [13.4, 13.5])[0, 1])
    assert seconds[0, 1] == np.ceil(metres[0, 1] / 10)
    assert len(pack(seconds)) == 16


def test_no_points_make_empty_matrices() -> None:
    assert travel([], [])[0].shape == (0, 0)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [([91.0], [0.0]), ([0.0], [181.0]), ([float("nan")], [0.0]), ([0.0], [0.0, 1.0]), ([[0.0]], [0.0])],
)
def test_what_is_no_coordinate_is_refused(lat: list[float], lon: list[float]) -> None:
    with pytest.raises(ValueError, match="lat|lon"):
        straight(lat, lon)


def test_a_speed_of_nothing_and_the_other_end_of_the_world_are_refused() -> None:
    with pytest.raises(ValueError, match="m/s"):
        travel([0.0], [0.0], metres_per_second=0)
    with pytest.raises(ValueError, match="too far"):
        travel([0.0, 0.0], [0.0, 179.0], metres_per_second=0.1)
