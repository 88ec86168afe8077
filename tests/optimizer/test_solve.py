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
from optimizer.solve import solve
from optimizer.stem import Child, Stem
from tests.optimizer.worlds import quiet_street, small_town, tiny, town

replace = msgspec.structs.replace


@pytest.fixture(scope="module")
async def stem() -> AsyncGenerator[Stem]:
    made = await Stem.start()
    yield made
    await made.end()


@asynccontextmanager
async def solving(stem: Stem) -> AsyncGenerator[Child]:
    """A process that is not there any more afterwards."""
    child = await stem.split()
    yield child
    await child.end()
    until_gone(child.pid, 5)


async def frames(stream: asyncio.StreamReader) -> list[Upward]:
    """All frames until the end."""
    found: list[Upward] = []
    while (frame := await read_upward(stream)) is not None:
        found.append(frame)
    return found


async def test_a_request_is_answered_with_progress_and_a_true_result(stem: Stem) -> None:
    problem = town(40, 5, seed=2)
    async with solving(stem) as child:
        child.writer.write(encode(Request(problem=problem, seconds=2, seed=1)))
        *before, last = await frames(child.reader)
    assert before
    assert all(isinstance(frame, Advance) for frame in before)
    assert len(before) <= 12
    assert isinstance(last, Answer)
    assert check(problem, last.result) == []


async def test_enough_is_enough(stem: Stem) -> None:
    problem = town(60, 8)
    async with solving(stem) as child:
        began = time.monotonic()
        child.writer.write(encode(Request(problem=problem, seconds=60, stall_share=1.0)))
        assert isinstance(await read_upward(child.reader), Advance)
        child.writer.write(encode(Halt()))
        *_, last = await frames(child.reader)
    assert time.monotonic() - began < 15
    assert isinstance(last, Answer)
    assert last.result.stopped_by == StoppedBy.REQUEST


async def test_a_contradictory_problem_is_a_bad_request_that_says_where(stem: Stem) -> None:
    bad = replace(quiet_street(), places=4)
    async with solving(stem) as child:
        child.writer.write(encode(Request(problem=bad)))
        (failure,) = await frames(child.reader)
    assert isinstance(failure, Failure)
    assert (failure.fault, failure.where) == (Fault.BAD_PROBLEM, "travel")


@pytest.mark.parametrize("junk", [b"\xff\xff\xff\xff", b"\0\0\0\x04junk"])
async def test_junk_is_a_bad_request(stem: Stem, junk: bytes) -> None:
    async with solving(stem) as child:
        child.writer.write(junk)
        (failure,) = await frames(child.reader)
    assert isinstance(failure, Failure)
    assert failure.fault == Fault.BAD_FRAME


async def test_a_process_that_is_never_asked_ends_quietly(stem: Stem) -> None:
    async with solving(stem) as child:
        child.writer.write_eof()
        assert await asyncio.wait_for(frames(child.reader), 5) == []


async def test_a_search_ends_at_once_with_the_conversation(stem: Stem) -> None:
    async with solving(stem) as child:
        child.writer.write(encode(Request(problem=town(100, 12, days=2), seconds=60, stall_share=1.0)))
        await until_advanced(child.reader, by_seconds=1.5)
        child.writer.write_eof()
        assert not any(isinstance(frame, Answer) for frame in await asyncio.wait_for(frames(child.reader), 2))


async def test_many_at_once_are_as_many_processes_and_hear_each_its_own(stem: Stem) -> None:
    async def solved(seed: int) -> tuple[int, Problem, Upward]:
        problem = tiny(seed)
        async with solving(stem) as child:
            child.writer.write(encode(Request(problem=problem, seconds=0.2)))
            *_, last = await frames(child.reader)
            return child.pid, problem, last

    found = await asyncio.gather(*map(solved, range(6)))
    assert len({pid for pid, _, _ in found}) == 6
    for _, problem, last in found:
        assert isinstance(last, Answer)
        assert check(problem, last.result) == []


async def test_the_stem_has_one_thread_so_that_its_children_lack_none(stem: Stem) -> None:
    async with solving(stem):
        assert len(os.listdir(f"/proc/{stem.pid}/task")) == 1


async def test_a_child_that_does_not_obey_is_killed(stem: Stem) -> None:
    async with solving(stem) as child:
        os.kill(child.pid, signal.SIGSTOP)


async def test_children_outlive_a_stem_that_is_killed() -> None:
    stem = await Stem.start()
    async with solving(stem) as child:
        os.kill(stem.pid, signal.SIGKILL)
        with pytest.raises((OSError, EOFError)):
            await stem.split()
        child.writer.write(encode(Request(problem=tiny(1), seconds=0.2)))
        *_, last = await frames(child.reader)
    assert isinstance(last, Answer)
    await stem.end()


async def until_advanced(reader: asyncio.StreamReader, by_seconds: float) -> None:
    """Until the search says that it has worked for so long."""
    while True:
        frame = await read_upward(reader)
        assert isinstance(frame, Advance)
        if frame.progress.seconds >= by_seconds:
            return


PARENT = """
import asyncio
from optimizer.pipe import Request, encode, read_upward
from optimizer.stem import Stem
from tests.optimizer.worlds import town

async def main():
    stem = await Stem.start()
    child = await stem.split()
    child.writer.write(encode(Request(problem=town(100, 12, days=2), seconds=60, stall_share=1.0)))
    await read_upward(child.reader)
    print(stem.pid, child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_parent_leaves_no_orphan() -> None:
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(PARENT)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        stem, child = map(int, parent.stdout.readline().split())
        assert alive(stem)
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    until_gone(stem, 3)
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
    except (FileNotFoundError, ProcessLookupError):
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
