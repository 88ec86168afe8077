"""Written requests on the wire."""

from uuid import UUID

from dispatch.bounded import Wire
from dispatch.rules.written import Missing


class WrittenOut(Wire):
    """`reply`: to whoever wrote, in their language. `missing`: what it asks for. `again`: the very same message had come before."""

    ticket_id: UUID | None
    ticket_number: str
    missing: list[Missing]
    reply: str
    again: bool
