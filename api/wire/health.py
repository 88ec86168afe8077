"""Health on the wire."""

from dispatch.bounded import Wire


class Health(Wire):
    """`status`: `ok` or `starting`."""

    status: str
