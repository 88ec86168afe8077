"""Draws the README's state diagrams from the lifecycle tables: `python -m tests.readme`."""

import re
from pathlib import Path

from dispatch.rules.lifecycle import APPOINTMENT, JOB, TICKET, VISIT, diagram

README = Path(__file__).parent.parent / "README.md"
DIAGRAMS = {
    "job": diagram(JOB),
    "visit": diagram(VISIT),
    "appointment": diagram(APPOINTMENT),
    "ticket": diagram(TICKET),
}


def redrawn(text: str) -> str:
    """The README with each diagram as its table says it today."""
    for name, drawn in DIAGRAMS.items():
        block = f"<!-- diagram: {name} -->\n\n```mermaid\n{drawn}\n```\n\n<!-- end -->"
        text = re.sub(
            f"<!-- diagram: {name} -->.*?<!-- end -->", lambda _, block=block: block, text, flags=re.DOTALL
        )
    return text


if __name__ == "__main__":
    README.write_text(redrawn(README.read_text("utf-8")), "utf-8")
