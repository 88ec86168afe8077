"""Who sends the bills: the Protocol, and what happens when nobody is configured."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import msgspec


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A charge, the reversal of one, or a credit (`kind`: `charge`, `charge-reversal`, `credit`). `key` is its own id: the receiver takes it
    once, however often it comes."""

    area_id: UUID
    kind: str
    key: UUID
    facts: Mapping[str, Any]


class Billing(Protocol):
    async def take(self, bill: Bill) -> None:
        """Once per `key`; a charge always comes before its reversal. Raises whatever it likes when it could not: the bill
        comes again."""
        ...


class KeptCharges(Billing):
    """Billing reads `GET /v1/charges` and `GET /v1/credits` up to where it was, so there is nobody to tell."""

    async def take(self, bill: Bill) -> None:
        del bill
