"""Tells the formats apart by what stands in them."""

from __future__ import annotations

from optimizer.formats import solomon, trsp, vroom
from optimizer.formats.record import Objective, Read
from optimizer.formats.refusal import Refused

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(text: bytes, *, objective: str = "distance") -> Read:
    """The problem in a file's bytes: VROOM's JSON, Solomon's text (`objective`: distance or vehicles) or TRSP text.

    Pure: no file is opened here. Raises `Refused`, which says where and what, for everything that is none of them.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        letters = text.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"byte {error.start}", "is not UTF-8") from None
    bare = letters.lstrip()
    if not bare:
        raise Refused("", "the file is empty")
    if bare[0] in "{[":
        return vroom.read(text)
    if solomon.is_solomon(letters):
        return solomon.read(letters, Objective(objective))
    if trsp.is_trsp(letters):
        return trsp.read(letters)
    raise Refused("", "is neither VROOM's JSON nor Solomon's nor TRSP text")
