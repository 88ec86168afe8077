"""The base of all rows."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable, by keyword only. (The transform tells type checkers that subclasses inherit both.)"""
