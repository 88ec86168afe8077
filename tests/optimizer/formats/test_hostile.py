"""Whatever the bytes, there is a problem or one line, never anything else."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check
from optimizer.formats import Refused, read
from optimizer.formats.answer import Run, answered
from optimizer.formats.found import found
from optimizer.formats.written import written
from tests.optimizer.formats.files import SOLOMON, TRSP, needs_data, real, small
from tests.optimizer.formats.worlds import anyhow, everything

SEEDS = st.integers(0, 1 << 30)
WORDS = (
    b"-1",
    b"0",
    b"9" * 30,
    b"1e308",
    b"0.1",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"\xff",
    b"\x00",
    b'"\\u0000"',
    b"NaN",
)

VALUES = (
    *(
        b"null",
        b"true",
        b'""',
        b'"x"',
        b"0",
        b"-1",
        b"3",
        b"300",
        b"2147483648",
        b"9007199254740992",
        b"9" * 20,
        b"0.5",
    ),
    *(
        b"-1e300",
        b"1e-300",
        b"[]",
        b"{}",
        b"[[]]",
        b"[null]",
        b"[3, 1]",
        b"[[0, 9007199254740992]]",
        b'{"id": 1}',
    ),
)


def damaged(text: bytes, seed: int) -> bytes:
    """Some bytes turned, cut out, doubled, or put in place of a number."""
    rng, made = random.Random(seed), bytearray(text)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(made) + 1)
        end = min(len(made), at + rng.randint(0, 12))
        kind = rng.randrange(5)
        if kind == 0 and at < len(made):
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del made[at:end]
        elif kind == 2:
            made[at:at] = made[at:end]
        elif kind == 3:
            made[at:end] = rng.choice(WORDS)
        else:
            digits = [n for n in range(len(made)) if made[n : n + 1].isdigit()]
            if digits:
                place = rng.choice(digits)
                made[place : place + 1] = rng.choice(WORDS)
        if not made:
            break
    return bytes(made)


def is_read_or_refused(text: bytes) -> bool:
    """Whether it was read; then it is a problem without contradictions."""
    for objective in ("distance", "vehicles"):
        try:
            read(text, objective=objective).problem.verify()
        except Refused as error:
            assert str(error).isprintable()
            return False
    return True


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_damaged_problems_are_read_or_refused(seed: int) -> None:
    for text in (msgspec.json.encode(small()), SOLOMON.encode(), TRSP.encode(), written(everything(seed))):
        is_read_or_refused(damaged(text, seed))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(text: bytes) -> None:
    assert not is_read_or_refused(text)


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_members_of_the_wrong_kind_or_size_are_read_or_refused(seed: int) -> None:
    tree = msgspec.json.decode(written(everything(seed)))
    for damage in range(random.Random(seed).randint(1, 3)):
        replace_one(tree, random.Random(seed + damage))
    is_read_or_refused(msgspec.json.encode(tree))


def replace_one(node: Any, rng: random.Random) -> None:
    """Put something else in the place of one member or entry, somewhere below."""
    if not node:
        return
    keys: list[Any] = [*node] if isinstance(node, dict) else [*range(len(node))]
    key = rng.choice(keys)
    if isinstance(node[key], (dict, list)) and rng.random() < 0.8:
        replace_one(node[key], rng)
    else:
        node[key] = msgspec.json.decode(rng.choice(VALUES))


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_damaged_solutions_are_judged_or_refused(seed: int) -> None:
    problem = everything(seed)
    file = read(written(problem))
    text = damaged(answered(file, anyhow(problem, seed), Run()), seed)
    try:
        result, unknown = found(file, text)
    except Refused as error:
        assert str(error).isprintable()
    else:
        assert unknown or check(problem, result) is not None


def test_damage_reaches_both_ends() -> None:
    outcomes = {is_read_or_refused(damaged(SOLOMON.encode(), seed)) for seed in range(100)}
    assert outcomes == {True, False}


@needs_data()
@pytest.mark.parametrize(
    "pattern", ["vrptw/R101.txt", "vrptw/RC2_2_1.txt", "trsp/R101*.txt", "osm/*.pbf", "osm/*.csv"]
)
def test_damaged_real_files_are_read_or_refused(pattern: str) -> None:
    for path in real(pattern):
        text = path.read_bytes()[:20_000]
        for seed in range(40):
            is_read_or_refused(damaged(text, seed))
            is_read_or_refused(text[: random.Random(seed).randrange(len(text))])
