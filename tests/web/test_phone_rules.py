"""The phone's pure modules: their own tests, run by node, and the closure gate and money beside the server's."""

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.generating import generate
from db.states import Action, Cause, Location
from dispatch.rules.closures import SUBSCRIBERS, WITHOUT_WORK, gate
from dispatch.rules.events import Body, Checked, Closing, Measurement, PartUsed, PhotoTaken
from dispatch.rules.imports import in_minor_units
from dispatch.rules.phone import digest_of
from dispatch.rules.plurals import THOUSANDTHS, WHOLE, money
from tests.builders import SHA
from tests.worlds import small_town

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "api" / "web"
VISIT = UUID(int=1)
ROWS = [
    (UUID("00000000-0000-7000-8000-000000000002"), 1),
    (UUID("00000000-0000-7000-8000-000000000001"), 12),
]
SEED = 20261124


def node(*arguments: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    """Node of this environment; a test without it skips and says so."""
    beside = Path(sys.executable).parent / "node"
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None:
        pytest.skip("no node: `make setup` brings it")
    environment = {**os.environ, "LINE3_DIGEST": digest_of(ROWS)}
    command = [found, "--no-warnings", *arguments]
    return subprocess.run(
        command, input=said, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("tests", sorted(path.name for path in HERE.glob("*.test.ts")))
def test_the_pure_modules_keep_their_promises(tests: str) -> None:
    done = node("--test", str(HERE / tests))
    assert done.returncode == 0, done.stdout


def bodies_of(random: Random, kind: Any) -> list[Body]:
    """What was reported of a visit, each part of it or not."""
    said: list[Body] = []
    if kind.line_test is not None and random.random() < 0.8:
        moment = random.choice(["before", "after", "after"])
        value = random.choice([kind.line_test.minimum, -24.0, -27.5, 0.0])
        said.append(
            Measurement(
                visit_id=VISIT, quantity=kind.line_test.quantity, value=value, unit="dBm", moment=moment
            )
        )
    said += [
        PhotoTaken(visit_id=VISIT, photo_id=UUID(int=number), purpose=purpose, sha256=SHA, bytes=9)
        for number, purpose in enumerate(kind.photos)
        if random.random() < 0.7
    ]
    said += [
        Checked(visit_id=VISIT, code=item.code, done=random.random() < 0.8)
        for item in kind.checklist
        for _ in range(random.choice([0, 1, 1, 1, 2]))
    ]
    for code in ("ont", "router"):
        if random.random() < 0.6:
            serial, removed = random.choice([("A1", "B2"), ("A1", ""), ("", "")])
            said.append(
                PartUsed(
                    visit_id=VISIT,
                    code=code,
                    quantity=random.randint(0, 2),
                    serial=serial,
                    removed_serial=removed,
                )
            )
    return said


def told(said: list[Body]) -> dict[str, Any]:
    """The same, as the phone keeps it."""
    plain = {
        kind: [msgspec.to_builtins(one) for one in said if isinstance(one, kind)]
        for kind in (Measurement, PhotoTaken, PartUsed)
    }
    checked = {one.code: one.done for one in said if isinstance(one, Checked)}
    return {
        "measured": plain[Measurement],
        "photos": plain[PhotoTaken],
        "used": plain[PartUsed],
        "checked": checked,
    }


def test_phone_and_server_have_one_gate() -> None:
    generate(WEB / "generated")
    random = Random(SEED)
    asked: list[str] = []
    expected: list[tuple[set[tuple[str, str]], bool]] = []
    for _ in range(600):
        kind = random.choice(small_town.made.kinds)
        location, cause, action = (
            random.choice(list(Location)),
            random.choice(list(Cause)),
            random.choice(list(Action)),
        )
        closing = Closing(visit_id=VISIT, location=location, cause=cause, action=action)
        said = bodies_of(random, kind)
        faults = {(fault.code, fault.detail) for fault in gate(closing, kind, said)}
        paid = kind.chargeable and location in SUBSCRIBERS and cause is not Cause.WORKMANSHIP
        answer = random.choice([None, "accepted", "declined"])
        if paid and action not in WITHOUT_WORK and answer != "accepted":
            faults.add(("consent-missing", ""))
        if action is Action.CANCELLED and answer != "declined":
            faults.add(("refusal-missing", ""))
        expected.append((faults, paid))
        shown = {
            "lineTest": None if kind.line_test is None else msgspec.to_builtins(kind.line_test),
            "photos": kind.photos,
            "checklist": [
                {"code": item.code, "text": "", "required": item.required} for item in kind.checklist
            ],
            "chargeable": kind.chargeable,
        }
        job = {"kind": shown, "tariff": {}}
        seen = {**told(said), "agreed": None if answer is None else {"answer": answer}}
        asked.append(json.dumps({"closing": msgspec.to_builtins(closing), "job": job, "done": seen}))
    done = node(str(HERE / "gate_of.ts"), said="\n".join(asked))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(expected)
    for line, answer, (faults, paid) in zip(asked, answers, expected, strict=True):
        assert {_rounded(*fault) for fault in answer["faults"]} == {_rounded(*fault) for fault in faults}, (
            line
        )
        assert answer["paid"] == paid, line
    assert sum(not faults for faults, _ in expected) > 10, "some are let through"


def _rounded(code: str, detail: str) -> tuple[str, str]:
    """-24.0 here is -24 there."""
    return code, detail.replace(".0 ", " ")


def test_a_page_says_and_takes_an_amount_as_the_server_means_it() -> None:
    sums = [(480_000, "HUF"), (480_001, "HUF"), (4_800, "JPY"), (4_999, "EUR"), (29, "EUR"), (1_005, "KWD")]
    names = sorted({*WHOLE, *THOUSANDTHS, "CHF", "CZK", "GBP", "KZT", "RUB", "RSD", "UZS"})
    amounts = sums + [(1_234_567, currency) for currency in names]
    done = node(str(HERE / "money_of.ts"), said="\n".join(json.dumps(amount) for amount in amounts))
    assert done.returncode == 0, done.stderr
    for (minor, currency), line in zip(amounts, done.stdout.splitlines(), strict=True):
        shown = json.loads(line)
        sentence = money(minor, currency, "en").split("\u00a0")[0]
        assert shown["said"] == sentence, currency
        assert shown["taken"] == minor, f"{shown['typed']} {currency} came back as another amount"
        assert Decimal(shown["typed"]) == Decimal(sentence.replace(",", ""))
        assert in_minor_units(shown["typed"], currency) == minor, "of a table"
