"""The words of a letter that is HTML alone: what a reader would see of it, without what it quotes."""

from html.parser import HTMLParser

HIDDEN = frozenset({"script", "style", "head", "title", "template", "svg"})
QUOTES = frozenset(
    {"gmail_quote", "gmail_quote_container", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"}
)
"""What mail programs put around the letter that is answered."""
LINES = frozenset(
    {
        "br",
        "p",
        "div",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "blockquote",
    }
)
LONGEST = 200_000
VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "embed", "source"}
)


def words_of(html: str) -> str:
    """Where nothing but a quotation is left, that."""
    html = html[:LONGEST]
    return _read(html, QUOTES, "blockquote") or _read(html, frozenset(), "")


def _read(html: str, quotes: frozenset[str], quote: str) -> str:
    reader = _Reader(quotes, HIDDEN | {quote})
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.told).splitlines())
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


class _Reader(HTMLParser):
    """Tags may be left open or closed twice: what is hidden ends with as many ends of its own tag."""

    def __init__(self, quotes: frozenset[str], hidden: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._quotes = quotes
        self._hidden = hidden
        self._within = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._within == "head" and (tag == "body" or tag in LINES):
            # its end may be left out
            self._within = ""
        if self._within:
            self._depth += tag == self._within
            return
        classes = set((dict(attrs).get("class") or "").split())
        if (tag in self._hidden or classes & self._quotes) and tag not in VOID:
            self._within, self._depth = tag, 1
        elif tag in LINES:
            self.told.append("\n")
        elif tag in ("td", "th"):
            self.told.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._within:
            self._depth -= tag == self._within
            if not self._depth:
                self._within = ""
        elif tag in LINES and tag != "br":
            self.told.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._within:
            # line breaks of the source are spaces
            self.told.append(" ".join(data.split("\n")))
