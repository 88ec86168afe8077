"""Logs are an allow-list of fields, one JSON object a line: personal data never stands in them.

Of an exception its type and the places it came through are kept, never its text: that may quote what somebody typed.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

ALLOWED = (
    "request",
    "method",
    "route",
    "status",
    "ms",
    "kind",
    "event",
    "area",
    "run",
    "work",
    "attempt",
    "reason",
    "port",
    "pid",
    "done",
    "of",
)


class AllowListFormatter(logging.Formatter):
    """`message` must be a constant `noun.past`; facts come in `extra`, and only those above are written."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # a message with arguments was not written by us: its text is not known to be free of personal data
            "said": record.msg if isinstance(record.msg, str) and not record.args else "",
        }
        line |= {name: getattr(record, name) for name in ALLOWED if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["through"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-12:]
            ]
        return json.dumps(line, default=str)


def configure(level: int = logging.INFO) -> None:
    """All loggers of this process to stderr."""
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(AllowListFormatter())
    logging.basicConfig(level=level, handlers=[to_stderr], force=True)
