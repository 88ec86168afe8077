"""The README says what the code says."""

import re

from api.cli import parser
from tests.readme import DIAGRAMS, README, redrawn


def test_the_state_diagrams_are_those_of_the_lifecycle_tables() -> None:
    text = README.read_text("utf-8")
    assert redrawn(text) == text, "run: python -m tests.readme"
    for drawn in DIAGRAMS.values():
        assert drawn in text


def test_every_command_stands_in_the_readme() -> None:
    text = README.read_text("utf-8")
    commands = re.findall(r"^    (\w+) ", parser().format_help(), re.MULTILINE)
    assert "migrate" in commands
    for command in commands:
        assert f"line3 {command}" in text, command
