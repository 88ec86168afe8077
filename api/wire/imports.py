"""Tables that people bring, on the wire."""

from typing import Annotated

from msgspec import Meta

from dispatch.bounded import Language, StrictWire, Wire
from dispatch.rules.imports import FaultCode, ImportKind

TableText = Annotated[str, Meta(max_length=8_000_000, description="CSV; the first line names the columns")]


class PreviewIn(StrictWire):
    """`language`: of the sentences, if it is not one's own."""

    kind: ImportKind
    table: TableText
    language: Language | None = None


class ImportIn(StrictWire):
    """`onlyGood`: bad lines are left out; without it one bad line keeps everything out."""

    kind: ImportKind
    table: TableText
    language: Language | None = None
    only_good: bool = False


class FaultOut(Wire):
    """The line as the file counts it, from 1; no column where the whole line is meant. `value`: what stands there, its beginning."""

    line: int
    column: str
    code: FaultCode
    value: str
    sentence: str


class ImportOut(Wire):
    """`written`: how many things; 0 in a preview. `dropped`: lines of the tariff before that the new one lacks. `toLookUp`:
    addresses without a point that nobody could be asked for yet; until there are none nothing is written, so ask again.
    `lookedUp`: those that are done."""

    kind: ImportKind
    lines: int
    new: int
    changed: int
    unchanged: int
    dropped: int
    written: int
    looked_up: int
    to_look_up: int
    faults: list[FaultOut]
