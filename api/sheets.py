"""Tables as files for a spreadsheet: RFC 4180, in UTF-8."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from litestar import Response

CSV = "text/csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Before the first name. Without it the usual spreadsheets take the file for the local code page, and names for rubbish."""

Cell = str | int | float | date | None


def cell(value: Cell) -> str:
    """As it stands in the file. A text that a spreadsheet would take for a formula is led in by an apostrophe, which makes it a text
    there; a number of ours is left one, also below zero."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return value.isoformat() if isinstance(value, date) else repr(value)


def sheet(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return MARK + written.getvalue()


def as_file(name: str, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response[bytes]:
    """For the browser to keep. `name` is of our own making."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(sheet(names, rows).encode(), media_type=f"{CSV}; header=present", headers=headers)
