"""`line3 demo`: a small day through the real house ends well, a broken one is found, the house leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.demo.area import PASSWORD

SMALL = ("--once", "--jobs", "8", "--technicians", "3")
DAY_SECONDS = 240.0
START_SECONDS = 120.0


def environment(folder: Path) -> dict[str, str]:
    """The embedded database, below this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINE3_")}
    return {**kept, "TMPDIR": str(folder)}


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", *arguments],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=DAY_SECONDS,
        check=False,
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that another user can pass through: pytest's own are closed to all but root."""
    with tempfile.TemporaryDirectory(prefix="line3-test-", dir="/tmp", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o711)
        yield path
        assert [left.name for left in path.glob("line3-demo-*")] == []


def test_a_small_day_keeps_every_invariant(folder: Path) -> None:
    out = folder / "out.json"
    # of fewer jobs none without a window waits so long that its technician can lose it while offline
    done = run(folder, "--once", "--jobs", "24", "--technicians", "4", "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(out.read_bytes())
    assert all(told["invariants"].values())
    assert told["numbers"]["lost"] == told["numbers"]["doubled"] == 0
    assert told["numbers"]["declined"] >= 1
    assert told["numbers"]["charges"] >= 1
    assert told["phones"]["lost_answers"] > 0
    assert any("does it all the same" in line for line in told["episodes"])
    assert any(decided.startswith("gate-failed") for decided in told["reviews"])
    for name in ("planned", "done", "declined", "no access", "first-time fix", "promises kept", "lost"):
        assert name in done.stdout
    for why in ("jobs of plan 1 have a reason", "why not", "to the subscriber: “"):
        assert why in done.stdout


@pytest.mark.skipif(
    bool(os.environ.get("CI")),
    reason="a second whole day; tests/api/test_demo_verdict.py has the judge find each",
)
def test_a_phone_that_loses_a_report_is_found_out(folder: Path) -> None:
    done = run(folder, *SMALL, "--break", "nothing_is_lost")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN  nothing is lost" in done.stdout
    assert done.stdout.count("BROKEN") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--once", "--addresses", "missing.csv"), "missing.csv: cannot be read"),
        (("--once", "--jobs", "0"), "1 to 2000 jobs"),
        (("--port", "-1"), "a port is a number"),
        (("--once", "--break", "the_law"), "--break goes with --once and one of"),
        (("--json", "out.json"), "--json goes with --once"),
        (("--once", "--json", "missing/out.json"), "there is no folder missing"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@contextmanager
def serving(folder: Path) -> "Generator[subprocess.Popen[str]]":
    """`line3 demo` without `--once`, ended by the test or here."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "demo", "--jobs", "6", "--technicians", "2"],
        env=environment(folder) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until_it_tells_its_address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("line3 "):
            return line.split()[-1]
    pytest.fail("".join(said))


def states_of_what_was_written(address: str) -> set[str]:
    """As somebody sees it who opens the desk."""
    signed_in = httpx.post(f"{address}v1/sign-in", json={"login": "support", "password": PASSWORD})
    cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    found = httpx.get(f"{address}v1/written-conversations", headers=cookie).json()["items"]
    return {one["state"] for one in found}


def until_nothing_runs_below(folder: Path) -> None:
    """No process names the folder in its command line or its environment."""
    deadline = time.monotonic() + START_SECONDS
    while left := list(processes_of(folder)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def processes_of(folder: Path) -> Iterator[Any]:
    needle = os.fsencode(folder)
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            found = needle in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            stopped = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if found and not stopped:
            yield process.name, (process / "cmdline").read_bytes()


def test_kill_9_leaves_no_process_the_next_demo_removes_its_folder_and_ctrl_c_ends_all_of_it(
    folder: Path,
) -> None:
    with serving(folder) as process:
        until_it_tells_its_address(process)
        process.kill()
        process.wait()
    until_nothing_runs_below(folder)
    (left,) = folder.glob("line3-demo-*")
    with serving(folder) as process:
        address = until_it_tells_its_address(process)
        assert not left.exists()
        assert httpx.get(f"{address}health/ready").status_code == 200
        assert states_of_what_was_written(address) == {"ticket", "asked", "unassigned"}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    until_nothing_runs_below(folder)
