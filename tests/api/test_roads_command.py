"""`line3 roads`: what a person at the command line gets."""

import re
from pathlib import Path

import numpy as np
import pytest

from api.cli import main
from dispatch.outside.travel_times import StraightLines
from dispatch.roads.fit import fit
from dispatch.rules.ways import UNKNOWN, Ways
from tests.dispatch.maps import Map, degrees, points

HEAD = "city,street,house,postcode,lat,lon"
SPOTS = [(float(east), float(north)) for east in (100, 1100, 2100) for north in (20, 1020, 2020)]


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes its data folder into it."""
    monkeypatch.setenv("LINE3_DATA", str(tmp_path / "nothing here"))


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """Nine blocks of a kilometre a side."""
    drawn = Map()
    for line in (0.0, 1000.0, 2000.0, 3000.0):
        along = [(float(at), line) for at in (0, 1000, 2000, 3000)]
        drawn.way(*along, highway="secondary", maxspeed="50")
        drawn.way(*[(north, east) for east, north in along], highway="secondary", maxspeed="50")
    return drawn.write(tmp_path / "nine blocks.osm")


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    lines = [HEAD]
    for number, spot in enumerate(SPOTS):
        lat, lon = degrees(spot)
        lines.append(f",Block Street,{number},,{lat:.6f},{lon:.6f}")
    path = tmp_path / "addresses.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_network_is_built_where_workers_look_for_it_and_measured(
    tmp_path: Path, extract: Path, addresses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roads", "build", str(extract), "--data", str(tmp_path / "data")]) == 0
    network = tmp_path / "data" / "roads" / "nine blocks.npz"
    said = capsys.readouterr().out
    assert said.startswith(f"{network}: 24 km of road, 12 junctions, ")
    assert said.count("\n") == 1
    assert main(["roads", "measure", str(addresses), "--data", str(tmp_path / "data")]) == 0
    said = capsys.readouterr().out
    assert "9 of 9 addresses on nine blocks, 0 of them far from any road: 72 ways" in said
    found = re.search(r"detour (\d\.\d+), speed_kmh (\d+\.\d)\.", said)
    assert found is not None
    # along the streets to the opposite corner of a square is 1.41 times as far, to the next one once
    assert 1.0 <= float(found[1]) <= 1.42
    assert 30 <= float(found[2]) <= 40


def test_the_folder_of_roads_is_a_setting(
    tmp_path: Path, extract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINE3_ROADS", str(tmp_path / "maps"))
    assert main(["roads", "build", str(extract)]) == 0
    assert (tmp_path / "maps" / "nine blocks.npz").is_file()


def test_a_network_may_be_written_elsewhere_and_named(tmp_path: Path, extract: Path, addresses: Path) -> None:
    network = tmp_path / "deep" / "in" / "blocks.npz"
    assert main(["roads", "build", str(extract), "-o", str(network)]) == 0
    assert main(["roads", "measure", str(addresses), "--roads", str(network)]) == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.osm.pbf", b"", "the file is empty"),
        ("a.osm.pbf", b"half a file", "PBF"),
        ("a.osm", b"<osm version='0.6'/>", "no road in it"),
        ("a.txt", b"roads?", "format"),
    ],
)
def test_a_broken_extract_is_one_line_and_exit_2_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    network = tmp_path / "out" / "a.npz"
    assert main(["roads", "build", str(path), "-o", str(network)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert str(path) in said.err
    assert re.search(says, said.err)
    assert not network.parent.exists()


def test_where_nothing_can_be_written_that_is_said(
    tmp_path: Path, extract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", "ascii")
    assert main(["roads", "build", str(extract), "-o", str(tmp_path / "file" / "a.npz")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["roads", "build", str(extract), "-o", str(tmp_path / "a.txt")]) == 2
    assert "ends in .npz" in capsys.readouterr().err


@pytest.mark.parametrize(("networks", "says"), [((), "0 road networks"), (("a", "b"), "2 road networks")])
def test_which_network_is_measured_must_be_clear(
    tmp_path: Path, extract: Path, addresses: Path, capsys: pytest.CaptureFixture[str], networks: tuple[str, ...], says: str
) -> None:  # fmt: skip
    for name in networks:
        assert main(["roads", "build", str(extract), "-o", str(tmp_path / "roads" / f"{name}.npz")]) == 0
    assert main(["roads", "measure", str(addresses), "--data", str(tmp_path)]) == 2
    assert says in capsys.readouterr().err


def test_addresses_somewhere_else_are_an_error(
    tmp_path: Path, extract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(f"{HEAD}\n,Far Street,1,,10.0,10.0\n,Far Street,2,,10.1,10.0\n", "utf-8")
    network = tmp_path / "a.npz"
    assert main(["roads", "build", str(extract), "-o", str(network)]) == 0
    assert main(["roads", "measure", str(elsewhere), "--roads", str(network)]) == 2
    assert "no two of its addresses" in capsys.readouterr().err


def test_the_fit_gives_back_the_detour_and_speed_that_made_the_times() -> None:
    where = points(*SPOTS)
    ways = StraightLines(1.37, 25 / 3.6).between(where, where)
    crow = StraightLines(1.0, 1.0).between(where, where).metres
    found = fit(ways, crow)
    assert found is not None
    assert (found.detour, found.speed_kmh) == (pytest.approx(1.37, rel=1e-3), pytest.approx(25, rel=1e-2))
    assert found.most_within < 0.01
    assert found.asymmetry_90 == 0
    assert sum(band.ways for band in found.bands) == found.ways == 72
    nothing = np.full((9, 9), UNKNOWN, np.int32)
    assert fit(Ways(nothing, nothing), crow) is None
