"""The solving process: frames, a stop, bad requests, and no orphan."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import pytest

from optimizer.check import check
from optimizer.pipe import (
    Advance,
    Answer,
    BadFrame,
    Failure,
    Fault,
    Halt,
    Ready,
    Request,
    Upward,
    decode_downward,
    decode_upward,
    encode,
    length,
    read_upward,
)
from optimizer.problem import Problem
from optimizer.result import Result, StoppedBy
from optimizer.solve import BAD_REQUEST, ORPHANED, solve
from tests.optimizer.worlds import quiet_street, small_town, tiny, town

replace = msgspec.structs.replace
COMMAND = (sys.executable, "-m", "optimizer.solve", "--pipe")


@asynccontextmanager
async def solving() -> AsyncGenerator[
    tuple[asyncio.subprocess.Process, asyncio.StreamWriter, asyncio.StreamReader]
]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await read_upward(process.stdout) == Ready()
        yield process, process.stdin, process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def frames(stream: asyncio.StreamReader) -> list[Upward]:
    """All frames until the end."""
    found: list[Upward] = []
    while (frame := await read_upward(stream)) is not None:
        found.append(frame)
    return found


async def test_a_request_is_answered_with_progress_and_a_true_result() -> None:
    problem = town(40, 5, seed=2)
    async with solving() as (process, stdin, stdout):
        stdin.write(encode(Request(problem=problem, seconds=2, seed=1)))
        *before, last = await frames(stdout)
        assert await process.wait() == 0
    assert before
    assert all(isinstance(frame, Advance) for frame in before)
    assert len(before) <= 12
    assert isinstance(last, Answer)
    assert check(problem, last.result) == []


async def test_enough_is_enough() -> None:
    problem = town(60, 8)
    async with solving() as (process, stdin, stdout):
        began = time.monotonic()
        stdin.write(encode(Request(problem=problem, seconds=60, stall_share=1.0)))
        assert isinstance(await read_upward(stdout), Advance)
        stdin.write(encode(Halt()))
        *_, last = await frames(stdout)
        assert await process.wait() == 0
    assert time.monotonic() - began < 15
    assert isinstance(last, Answer)
    assert last.result.stopped_by == StoppedBy.REQUEST


async def test_a_contradictory_problem_is_a_bad_request_that_says_where() -> None:
    bad = replace(quiet_street(), places=4)
    async with solving() as (process, stdin, stdout):
        stdin.write(encode(Request(problem=bad)))
        (failure,) = await frames(stdout)
        assert await process.wait() == BAD_REQUEST
    assert isinstance(failure, Failure)
    assert (failure.fault, failure.where) == (Fault.BAD_PROBLEM, "travel")


@pytest.mark.parametrize("junk", [b"\xff\xff\xff\xff", b"\0\0\0\x04junk"])
async def test_junk_is_a_bad_request(junk: bytes) -> None:
    async with solving() as (process, stdin, stdout):
        stdin.write(junk)
        (failure,) = await frames(stdout)
        assert await process.wait() == BAD_REQUEST
    assert isinstance(failure, Failure)
    assert failure.fault == Fault.BAD_FRAME


async def test_a_process_that_is_never_asked_ends_quietly() -> None:
    async with solving() as (process, stdin, _):
        stdin.close()
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_a_closed_stdin_ends_the_search_at_once() -> None:
    async with solving() as (process, stdin, stdout):
        stdin.write(encode(Request(problem=town(100, 12, days=2), seconds=60, stall_share=1.0)))
        await until_advanced(stdout, by_seconds=1.5)  # deep in OR-Tools by then
        stdin.close()
        assert await asyncio.wait_for(process.wait(), 2) == ORPHANED


async def until_advanced(stdout: asyncio.StreamReader, by_seconds: float) -> None:
    """Until the search says that it has worked for so long."""
    while True:
        frame = await read_upward(stdout)
        assert isinstance(frame, Advance)
        if frame.progress.seconds >= by_seconds:
            return


PARENT = """
import subprocess, sys, time
from optimizer.pipe import Request, encode
from tests.optimizer.worlds import town
child = subprocess.Popen([sys.executable, "-m", "optimizer.solve", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write(encode(Request(problem=town(100, 12, days=2), seconds=60, stall_share=1.0)))
child.stdin.flush()
child.stdout.read(300)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_parent_leaves_no_orphan() -> None:
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(PARENT)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    until_gone(child, 3)


def until_gone(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Running, that is neither gone nor a zombie that nobody has waited for yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_results_survive_the_pipe_with_their_reasons() -> None:
    for seed in range(30):
        problem = tiny(seed)
        result = solve(problem, iterations=1_000)
        assert decode_upward(encode(Answer(result=result))[4:]) == Answer(result=result)
        request = Request(problem=problem, warm=result.routes)
        assert decode_downward(encode(request)[4:]) == request


def test_a_head_that_is_no_head_is_refused() -> None:
    with pytest.raises(BadFrame):
        length(b"\0\0")
    with pytest.raises(BadFrame):
        decode_upward(encode(Halt())[4:])


def test_nothing_that_dispatch_may_import_loads_the_solver() -> None:
    modules = "problem, result, distances, check, explain, insertion, pipe"
    code = f"import sys; from optimizer import {modules}; assert 'ortools' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_of_types_are_what_the_wire_says() -> None:
    problem: Problem = small_town()
    result: Result = solve(problem, iterations=1_000)
    raw = msgspec.msgpack.decode(encode(Answer(result=result))[4:])
    assert raw["type"] == "result"
