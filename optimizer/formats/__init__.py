"""Problems as files, answers as files: VROOM's JSON with our extra members, Solomon's text, TRSP text. Bytes in, bytes out."""

from optimizer.formats.reading import read
from optimizer.formats.record import Read
from optimizer.formats.refusal import Refused

__all__ = ["Read", "Refused", "read"]
