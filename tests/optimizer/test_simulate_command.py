"""`line3 simulate`: what it prints, writes and refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from optimizer.command.main import main
from optimizer.command.simulating import POLICIES
from optimizer.simulate.comparison import FIGURES, Name

SMALL = ["simulate", "--days", "1", "--technicians", "3", "--jobs-per-day", "10", "--iterations", "30"]


def test_it_shows_writes_and_draws_what_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, plot = tmp_path / "run.json", tmp_path / "run.svg"
    by_hand = ["--policy", "nearest-first", "--policy", "first-come-first-served"]
    assert main([*SMALL, *by_hand, "--worlds", "2", "--json", str(out), "--plot", str(plot)]) == 0
    shown = capsys.readouterr().out
    assert "nearest first" in shown and "ours" not in shown
    for figure in FIGURES:
        assert figure.title in shown
    written = msgspec.json.decode(out.read_bytes())
    assert [(run["seed"], run["policy"]) for run in written["runs"]] == [
        (seed, name) for seed in (1, 2) for name in ("nearest-first", "first-come-first-served")
    ]
    drawn = "".join(ElementTree.parse(plot).getroot().itertext())
    assert "2 worlds of 1 day, 3 technicians" in drawn
    for figure in FIGURES:
        assert figure.title in drawn


def test_all_policies_are_run_unless_some_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SMALL) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for name in Name:
        assert name.split("-", maxsplit=1)[0] in shown
    assert tuple(Name) == POLICIES


def test_the_same_seed_writes_the_same_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts: list[bytes] = []
    for number in range(2):
        out = tmp_path / f"{number}.json"
        assert main([*SMALL, "--policy", "ours", "--seed", "5", "--json", str(out)]) == 0
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--days", "0"], "--days: 0 is not in 1 .. 60"),
        (["--days", "soon"], "--days: invalid number value: 'soon'"),
        (["--policy", "oracle"], "--policy: invalid choice: 'oracle'"),
        (["--technicians", "1000"], "--technicians: 1000 is not in"),
        (["--jobs-per-day", "-3"], "--jobs-per-day: -3 is not in"),
        (["--plan-seconds", "0"], "--plan-seconds: 0 is not in"),
        (["--seed", "-1"], "--seed: -1 is not in"),
        (["--calm", "--storm"], "not allowed with argument"),
        (["--city", "moon"], "--city: invalid choice: 'moon'"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *options])
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


def test_a_file_that_cannot_be_written_is_said_before_anybody_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--days", "60", "--plot", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"line3: {tmp_path}: is a directory\n"


def test_the_command_line_loads_no_solver_for_it() -> None:
    script = "import optimizer.command.main, sys; print({'ortools', 'numba', 'optimizer.simulate.ours'} & {*sys.modules})"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "set()"
