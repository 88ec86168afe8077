"""Solving: the engine, then reasons for what is left out, then the oracle; and the processes that do it.

`python -m optimizer.solve --stem` loads everything and splits off a process for each socket that it is handed (its own is
stdin). Such a process reads one request there and answers; the frames are those of `optimizer.pipe`.
"""

from __future__ import annotations

import argparse
import gc
import os
import queue
import signal
import socket
import threading
import time
import traceback
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import NoReturn

from optimizer import ortools_engine
from optimizer.check import check
from optimizer.compiled import build
from optimizer.construct import Halted
from optimizer.explain import explained
from optimizer.pipe import (
    HEAD_BYTES,
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
    encode,
    length,
)
from optimizer.problem import BadProblem, Problem
from optimizer.result import Progress, Result, Route
from optimizer.search import engine as search
from optimizer.watch import OnProgress

PROGRESS_EVERY_S = 0.2
ENGINE_SHARE = 0.97
"""Of the time given; the rest is for reasons and the oracle."""


class Engine(StrEnum):
    """What may solve."""

    SEARCH = "search"
    ORTOOLS = "ortools"
    """An independent second opinion; it knows no depots, partners, levels, speeds, or price on being away."""


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    warm: Sequence[Route] = (),
    on_progress: OnProgress | None = None,
    should_stop: Halted | None = None,
    stall_share: float = 0.5,
    iterations: int | None = None,
    engine: Engine = Engine.SEARCH,
    threads: int = 1,
) -> Result:
    """An engine's answer with reasons. Arguments as in `search.engine.solve`; raises `BadProblem`.

    `threads`: how many cores the search may use; OR-Tools uses one. What is not compiled yet takes its time before, not of it.
    """
    build()
    chosen = partial(search.solve, threads=threads) if engine is Engine.SEARCH else ortools_engine.solve
    result = chosen(
        problem,
        seconds=seconds * ENGINE_SHARE,
        seed=seed,
        warm=warm,
        on_progress=on_progress,
        should_stop=should_stop,
        stall_share=stall_share,
        iterations=iterations,
    )
    return explained(problem, result)


class Pipe:
    """The conversation with the worker, over a socket of its own.

    A thread of its own reads, so that the end of the parent is noticed while solving: OR-Tools holds the interpreter
    lock, but asks the engine's limit (Python) many thousand times a second, which lets this thread run.
    """

    def __init__(self, wire: int) -> None:
        self.wire = wire
        self.requests: queue.Queue[Request | BadFrame | None] = queue.Queue()
        self.enough = threading.Event()
        self.answered = False
        self.told = -PROGRESS_EVERY_S
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        asked = False
        while True:
            try:
                frame = self._frame()
            except BadFrame as error:
                self.requests.put(error)
                return
            if frame is None:
                if asked and not self.answered:
                    os._exit(1)  # at once: nobody is left to read what a tidy end would write
                self.requests.put(None)
                return
            if isinstance(frame, Halt):
                self.enough.set()
            else:
                asked = True
                self.requests.put(frame)

    def _frame(self) -> Request | Halt | None:
        head = self._read(HEAD_BYTES)
        if not head:
            return None
        size = length(head)
        body = self._read(size)
        return decode_downward(body) if len(body) == size else None

    def _read(self, size: int) -> bytes:
        """`size` bytes, or fewer if the parent has gone."""
        chunks: list[bytes] = []
        while size and (chunk := os.read(self.wire, min(size, 1 << 20))):
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def tell(self, message: Upward) -> None:
        """Write one frame; the process ends if nobody reads it."""
        view = memoryview(encode(message))
        try:
            while view:
                view = view[os.write(self.wire, view) :]
        except BrokenPipeError:
            os._exit(1)

    def advance(self, progress: Progress) -> None:
        """Tell of a better plan, unless something was told just now."""
        if time.monotonic() - self.told >= PROGRESS_EVERY_S:
            self.told = time.monotonic()
            self.tell(Advance(progress=progress))


def serve(pipe: Pipe) -> None:
    """Ready, one request, its answer."""
    pipe.tell(Ready(pid=os.getpid()))
    request = pipe.requests.get()
    if request is None:
        return
    try:
        if isinstance(request, BadFrame):
            raise request
        answer = _answer(request, pipe)
    except BadFrame as error:
        answer = Failure(fault=Fault.BAD_FRAME, says=str(error))
    except BadProblem as error:
        answer = Failure(fault=Fault.BAD_PROBLEM, says=error.what, where=error.where)
    except Exception as error:  # noqa: BLE001 - the worker must hear of it, whatever it is
        traceback.print_exc()
        answer = Failure(fault=Fault.CRASH, says=f"{type(error).__name__}: {error}")
    pipe.answered = True
    pipe.tell(answer)


def _answer(request: Request, pipe: Pipe) -> Answer | Failure:
    result = solve(
        request.problem,
        seconds=request.seconds,
        seed=request.seed,
        warm=request.warm,
        on_progress=pipe.advance,
        should_stop=pipe.enough.is_set,
        stall_share=request.stall_share,
        threads=min(2, os.cpu_count() or 1),
    )
    violations = check(request.problem, result)
    if not violations:
        return Answer(result=result)
    said = tuple(f"{v.cause} shift={v.shift} job={v.job}: {v.says}" for v in violations)
    return Failure(fault=Fault.VIOLATION, says=f"{len(said)} violations", violations=said)


def stem(control: socket.socket) -> None:
    """Load, then split off a process for each socket that comes, until nobody can hand one any more."""
    build()
    gc.freeze()  # what all children share is not written to by counting it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended: they leave no zombie
    while True:
        said, wires, _, _ = socket.recv_fds(control, 1, 1)
        if not said:
            return
        if os.fork() == 0:
            control.close()
            _be_child(*wires)
        os.close(*wires)


def _be_child(wire: int) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve(Pipe(wire))
        os._exit(0)
    except BaseException:  # noqa: BLE001 - it must never go on as the stem
        traceback.print_exc()
    finally:
        os._exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command. Whatever prints to stdout by itself, a library included, goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m optimizer.solve", description=__doc__)
    parser.add_argument(
        "--stem",
        action="store_true",
        required=True,
        help="stdin is a socket on which sockets are handed over",
    )
    parser.parse_args(arguments)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells everybody; this one ends with its parent
    with socket.socket(fileno=0) as control:
        stem(control)


if __name__ == "__main__":
    main()
