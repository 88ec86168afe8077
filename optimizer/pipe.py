"""Frames between a worker and its solving process: four bytes of length (big-endian), then a msgpack message.

The worker has `optimizer.stem` split a process off, waits for `Ready`, writes one `Request`, and reads `Advance` frames until
`Answer` or `Failure`. It may write `Halt` meanwhile: "good enough". It keeps its end of the socket open until then: the end of
what it says means that the worker has died, and the solving process then exits at once. Nothing here imports a solver.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TypeVar

import msgspec

from optimizer.problem import Problem, Record
from optimizer.result import Progress, Result, Route

HEAD_BYTES = 4
FRAME_MAX_BYTES = 512 * 1024 * 1024


class Request(Record, tag="request", frozen=True):
    """What to solve. `warm` are present routes to start from; only their shifts and order of jobs matter.
    `stall_share` is the share of `seconds` without improvement after which the search gives up."""

    problem: Problem
    warm: tuple[Route, ...] = ()
    seconds: float = 10.0
    seed: int = 0
    stall_share: float = 0.5


class Halt(Record, tag="stop", frozen=True):
    """Finish with the best so far."""


class Ready(Record, tag="ready", frozen=True):
    """A solving process is there."""

    pid: int


class Advance(Record, tag="progress", frozen=True):
    """At most about five a second, and one at every end of a phase."""

    progress: Progress


class Answer(Record, tag="result", frozen=True):
    """The result; the oracle has found nothing wrong with it."""

    result: Result


class Fault(StrEnum):
    """Why there is no answer."""

    BAD_FRAME = "bad_frame"
    BAD_PROBLEM = "bad_problem"
    VIOLATION = "violation"
    CRASH = "crash"


class Failure(Record, tag="failure", frozen=True):
    """No answer. `where` is the path of a contradiction in the problem; `violations` are what the oracle found wrong."""

    fault: Fault
    says: str
    where: str = ""
    violations: tuple[str, ...] = ()


Downward = Request | Halt
Upward = Ready | Advance | Answer | Failure

_downward: msgspec.msgpack.Decoder[Downward] = msgspec.msgpack.Decoder(Downward)
_upward: msgspec.msgpack.Decoder[Upward] = msgspec.msgpack.Decoder(Upward)
_encoder = msgspec.msgpack.Encoder()
Message = TypeVar("Message")


class BadFrame(ValueError):
    """The bytes are no frame of this pipe."""


def encode(message: Downward | Upward) -> bytes:
    """A whole frame, head included."""
    body = _encoder.encode(message)
    if len(body) > FRAME_MAX_BYTES:
        raise BadFrame(f"a frame of {len(body)} bytes is longer than {FRAME_MAX_BYTES}")
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def length(head: bytes) -> int:
    """Bytes of the body that follows `head`."""
    size = int.from_bytes(head, "big")
    if len(head) != HEAD_BYTES or size > FRAME_MAX_BYTES:
        raise BadFrame(f"a head of {len(head)} bytes announces {size} bytes")
    return size


def decode_downward(body: bytes) -> Downward:
    """What the solving process reads. Raises `BadFrame`."""
    return _decode(_downward, body)


def decode_upward(body: bytes) -> Upward:
    """What the worker reads. Raises `BadFrame`."""
    return _decode(_upward, body)


def _decode(decoder: msgspec.msgpack.Decoder[Message], body: bytes) -> Message:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise BadFrame(str(error)) from error


async def read_upward(stream: asyncio.StreamReader) -> Upward | None:
    """The next frame from the solving process; None when it has ended between frames.

    Raises `BadFrame`, and `asyncio.IncompleteReadError` if the process died inside a frame.
    """
    try:
        head = await stream.readexactly(HEAD_BYTES)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    return decode_upward(await stream.readexactly(length(head)))
