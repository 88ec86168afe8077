"""`line3 solve` and `line3 check` as somebody at a shell has them."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optimizer.command.main import main
from optimizer.formats.written import written
from tests.optimizer.formats.files import SOLOMON, TRSP, changed, small
from tests.optimizer.worlds import small_town, town

OURS = (sys.executable, "-m", "optimizer")
LINE3 = (sys.executable, "-m", "api.cli")


def process(*words: object, command: Sequence[str] = OURS) -> subprocess.CompletedProcess[str]:
    """A finished run, its two outputs as text."""
    line = [*command, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def ran(*words: object) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has loaded the engines already."""
    line = [str(word) for word in words]
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(line)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    said: list[str] = []
    for stream in (out, err):
        stream.seek(0)
        said.append(stream.read())
    return subprocess.CompletedProcess(line, code, *said)


def saved(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    return saved(tmp_path, "problem.json", msgspec.json.encode(small()))


def solved(problem: Path, out: Path, *words: object) -> dict[str, Any]:
    """The answer in a file, after a short search."""
    done = ran("solve", problem, "--iterations", 200, *words, "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return msgspec.json.decode(out.read_bytes())


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command here and returns the one line on stderr with which nothing was done."""

    def one_line(*words: object) -> str:
        try:
            code: object = main([str(word) for word in words])
        except SystemExit as ended:
            code = ended.code
        out, err = capsys.readouterr()
        assert (code, out) == (2, "")
        [line] = err.splitlines()
        return line

    return one_line


def test_a_problem_is_solved_into_a_file_and_found_true(problem: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    tree = solved(problem, out, "--seed", 3)
    assert (tree["code"], tree["unassigned"], tree["summary"]["unassigned"]) == (0, [], 0)
    assert {step["id"] for route in tree["routes"] for step in route["steps"] if "id" in step} == {20, 21, 22}
    assert (tree["line3"]["seed"], tree["line3"]["violations"]) == (3, [])
    seconds, cost, left = tree["line3"]["trace"][-1]
    assert (cost, left) == (tree["line3"]["cost"]["total"], 0)
    assert 0 <= seconds <= tree["summary"]["computing_times"]["solving"] / 1_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "problem.json"]
    verdict = ran("check", problem, out)
    assert verdict.returncode == 0
    assert verdict.stdout.splitlines()[-1] == "no violations"
    assert verdict.stdout.startswith(f"cost {tree['line3']['cost']['total']} (travel ")


def test_without_a_file_to_write_the_answer_alone_is_printed(problem: Path) -> None:
    done = ran("solve", problem, "--seconds", 0.5)
    assert (done.returncode, done.stderr) == (0, "")
    assert msgspec.json.decode(done.stdout)["summary"]["routes"] == 1


def test_at_a_terminal_the_progress_is_shown_beside_the_answer(problem: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    out = tmp_path / "out.json"
    with subprocess.Popen(
        [*OURS, "solve", str(problem), "--seconds", "1", "-o", str(out)], stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b"".join(until_closed(ours))
    assert process.returncode == 0
    total = msgspec.json.decode(out.read_bytes())["line3"]["cost"]["total"]
    assert f"cost {total:,}".encode() in shown
    assert shown.rstrip().endswith(f"cost {total} (travel {total}); left out: 0; routes: 1".encode())


def until_closed(terminal: int) -> Iterator[bytes]:
    """What is written to it until nobody has it open any more."""
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as screen:
        while piece := screen.read(4_096):
            yield piece


def test_everything_of_the_model_goes_through_the_commands(tmp_path: Path) -> None:
    problem = saved(tmp_path, "town.json", written(small_town()))
    tree = solved(problem, tmp_path / "out.json")
    assert {route["vehicle"] for route in tree["routes"]} <= {0, 1, 2}
    assert "break" in {step["type"] for route in tree["routes"] for step in route["steps"]}
    assert ran("check", problem, tmp_path / "out.json").returncode == 0


def test_what_cannot_be_served_is_left_out_with_a_reason(tmp_path: Path) -> None:
    file = changed(lambda file: file["jobs"][0].update(skills=[1, 5]))
    problem = saved(tmp_path, "problem.json", msgspec.json.encode(file))
    [left] = solved(problem, tmp_path / "out.json")["unassigned"]
    assert (left["id"], left["line3"]["blocks"]) == (20, {"skill": 2})
    assert left["line3"]["hint"] == {"kind": "skill", "vehicle": 7, "missing": "5"}


def test_a_solomon_file_is_solved_in_its_own_units_for_either_objective(tmp_path: Path) -> None:
    problem = saved(tmp_path, "R000.txt", SOLOMON.encode())
    for objective, routes, travel in (("distance", 2, 8.8), ("vehicles", 2, 8.831)):
        out = tmp_path / f"{objective}.json"
        tree = solved(problem, out, "--objective", objective)
        assert tree["line3"]["objective"] == objective
        assert len(tree["routes"]) == routes
        assert tree["summary"]["duration"] == pytest.approx(travel, abs=0.4)
        verdict = ran("check", problem, out)
        assert (verdict.returncode, verdict.stdout.splitlines()[-1]) == (0, "no violations")
        assert str(tree["line3"]["cost"]["travel"]) in verdict.stdout


def test_a_crew_with_a_depot_is_sent_out_by_the_search_engine_and_refused_to_the_other(
    tmp_path: Path,
) -> None:
    problem = saved(tmp_path, "T000.txt", TRSP.encode())
    out = tmp_path / "out.json"
    tree = solved(problem, out)
    assert tree["unassigned"] == []
    assert tree["line3"]["cost"]["total"] == tree["line3"]["cost"]["duration"] > 0
    [fetched] = [route["line3"]["depot"] for route in tree["routes"] if "depot" in route["line3"]]
    assert (fetched["depot"], fetched["arrival"]) == (0, fetched["end"])
    verdict = ran("check", problem, out)
    assert (verdict.returncode, verdict.stdout.splitlines()[-1]) == (0, "no violations")
    other = ran("solve", problem, "--engine", "ortools")
    assert (other.returncode, other.stdout, other.stderr.count("\n")) == (2, "", 1)
    assert other.stderr.startswith("line3: --engine ortools: engine: depots, ")


def test_engine_threads_seed_and_iterations_reach_the_engine(problem: Path, tmp_path: Path) -> None:
    def routes(*words: object) -> list[object]:
        return solved(problem, tmp_path / "out.json", *words)["routes"]

    assert routes("--seed", 5, "--threads", 1) == routes("--seed", 5, "--threads", 1)
    tree = solved(problem, tmp_path / "out.json", "--engine", "ortools")
    assert (tree["line3"]["engine"], tree["unassigned"]) == ("ortools", [])


def test_every_violation_is_a_line_that_names_vehicle_and_job_by_their_ids(
    problem: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    tree = solved(problem, out)
    tree["routes"][0]["vehicle"] = 9
    saved(tmp_path, "out.json", msgspec.json.encode(tree))
    verdict = ran("check", problem, out)
    assert (verdict.returncode, verdict.stderr) == (1, "")
    assert verdict.stdout.splitlines()[0] == "skill: vehicle 9, job 20: lacks 1"
    assert verdict.stdout.splitlines()[-1] == "1 violation"
    del tree["routes"][0]["steps"][1]
    saved(tmp_path, "out.json", msgspec.json.encode(tree))
    assert "missing: job " in ran("check", problem, out).stdout


def test_a_scale_is_said_where_a_violation_counts_in_it(tmp_path: Path) -> None:
    problem = saved(tmp_path, "R000.txt", SOLOMON.encode())
    tree = solved(problem, tmp_path / "out.json")
    tree["routes"][0]["line3"]["leave"] -= 5
    saved(tmp_path, "out.json", msgspec.json.encode(tree))
    [line, *_] = ran("check", problem, tmp_path / "out.json").stdout.splitlines()
    assert line.startswith("shift: vehicle ")
    assert line.endswith(", before 0 (in tenths)")


def test_a_solution_of_vrooms_own_is_judged(problem: Path, tmp_path: Path) -> None:
    steps = [
        {"type": "start", "arrival": 31_200, "duration": 0},
        {"type": "job", "id": 22, "arrival": 31_800, "waiting_time": 600, "service": 900, "duration": 600},
        {"type": "end", "arrival": 33_900, "duration": 1_200},
    ]
    answer = {"code": 0, "unassigned": [{"id": 20}, {"id": 21}], "routes": [{"vehicle": 9, "steps": steps}]}
    out = saved(tmp_path, "vroom.json", msgspec.json.encode(answer))
    verdict = ran("check", problem, out)
    assert verdict.returncode == 0
    assert "travel 1200" in verdict.stdout


def test_bad_files_and_options_are_one_line_and_nothing_is_written(
    problem: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    bad = saved(tmp_path, "bad.json", b'{"vehicles": [')
    out = tmp_path / "out.json"
    assert refused("solve", bad, "-o", out) == f"line3: {bad}: JSON was truncated"
    assert refused("solve", tmp_path, "-o", out) == f"line3: {tmp_path}: is a directory"
    assert (
        refused("solve", tmp_path / "none", "-o", out)
        == f"line3: {tmp_path / 'none'}: no such file or directory"
    )
    assert refused("solve", problem, "-o", tmp_path) == f"line3: {tmp_path}: is a directory"
    assert refused("solve", problem, "-o", tmp_path / "a" / "b").endswith("cannot be written")
    assert refused("solve", problem, "--objective", "vehicles", "-o", out).startswith(
        "line3: --objective: is for"
    )
    assert refused("solve", problem, "--seconds", "nan", "-o", out).endswith("nan is not in 0 .. 604800")
    assert refused("solve", problem, "--iterations", "0", "-o", out).endswith("0 is not above 0")
    assert refused("solve", problem, "--engine", "steam").startswith(
        "line3 solve: argument --engine: invalid choice"
    )
    assert refused("check", problem, bad) == f"line3: {bad}: JSON was truncated"
    assert refused("check", bad, problem) == f"line3: {problem}: routes: is missing"
    assert refused("shout").startswith("line3: argument command: invalid choice")
    assert refused().startswith("line3: the following arguments are required")
    assert not out.exists()


def test_to_judge_an_answer_no_engine_is_loaded() -> None:
    script = (
        "import optimizer.command.main, sys; print({'ortools', 'numba', 'optimizer.solve'} & {*sys.modules})"
    )
    assert process("-c", script, command=(sys.executable,)).stdout == "set()\n"


def test_a_pipe_is_written_to_and_stays_a_pipe(problem: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*OURS, "solve", str(problem), "--iterations", "10", "-o", str(pipe)]) as process:
        assert msgspec.json.decode(pipe.read_bytes())["code"] == 0
    assert process.returncode == 0
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc to look into")
def test_interrupted_once_the_best_so_far_is_written(tmp_path: Path) -> None:
    problem = saved(tmp_path, "town.json", written(town(60, 8)))
    out = tmp_path / "out.json"
    line = [*OURS, "solve", str(problem), "--seconds", "100", "-o", str(out)]
    with subprocess.Popen(line) as process:
        until_it_solves(process)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert msgspec.json.decode(out.read_bytes())["line3"]["stopped_by"] == "request"
    assert ran("check", problem, out).returncode == 0


def until_it_solves(process: subprocess.Popen[bytes]) -> None:
    """Until it has its own answer to being terminated: the bit of that signal among those it catches."""
    terminated = 1 << (signal.SIGTERM - 1)
    while True:
        status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        caught = next(line for line in status if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & terminated:
            return
        time.sleep(0.05)


def test_line3_itself_has_both_commands_with_their_own_options(problem: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = process("solve", problem, "--iterations", 10, "-o", out, command=LINE3)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert process("check", problem, out).returncode == 0
    wrong = process("solve", problem, "--seconds", "x", command=LINE3)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("line3 solve: argument --seconds")
