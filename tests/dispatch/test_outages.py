"""Where it is dark."""

import pytest

from dispatch.rules.outages import Point, hull

SQUARE: list[Point] = [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_the_corners_go_around_all_that_is_dark() -> None:
    corners = hull([*SQUARE, (1, 1), (0, 1), (0.5, 1.5), (2, 2)])
    assert sorted(corners) == SQUARE
    crossed = {frozenset(side) for side in zip(corners, [*corners[1:], corners[0]], strict=True)}
    assert frozenset({(0, 0), (2, 2)}) not in crossed, "in their order around it"


@pytest.mark.parametrize(
    ("points", "corners"),
    [
        ([], []),
        ([(1.0, 1.0)] * 3, [(1.0, 1.0)]),
        ([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], [(0.0, 0.0), (2.0, 2.0)]),
    ],
)
def test_what_is_no_ground_has_fewer_than_three_corners(points: list[Point], corners: list[Point]) -> None:
    assert hull(points) == corners
