"""Health on the wire."""

from dispatch.bounded import Wire


class Health(Wire):
    """`status`: `ok`; everything else is a problem."""

    status: str
