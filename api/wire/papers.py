"""What is printed for a subscriber, on the wire."""

from dispatch.bounded import Wire


class PaperOut(Wire):
    """In the subscriber's language. `lines`: a list below the paragraphs; `signedBy`: the person who wrote it, or empty."""

    language: str
    sender: str
    to_name: str
    to_address: str
    dated: str
    reference: list[str]
    subject: str
    paragraphs: list[str]
    lines: list[str]
    call: str
    closing: str
    signed_by: str
