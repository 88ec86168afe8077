"""A server that answers addresses as Nominatim does; it knows one street."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MILL_LANE = {
    "place_id": 1,
    "display_name": "12, Mill Lane, Ferencváros, Budapest, 1095, Hungary",
    "lat": "47.4701",
    "lon": "19.0732",
    "class": "place",
    "type": "house",
    "address": {"house_number": "12", "road": "Mill Lane", "city": "Budapest", "postcode": "1095"},
}


class FakeNominatim:
    """What it was asked stands in `asked`: the query's members by name."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.asked_at: list[float] = []
        """By a clock that only goes forward."""
        self.status = 200
        self.body: str | None = None
        """Said instead of an answer."""
        self.url = ""


@contextmanager
def geocoding() -> Generator[FakeNominatim]:
    """Listening until the block ends, below a path as an operator's own server may be."""
    fake = FakeNominatim()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fake.asked_at.append(time.monotonic())
            fake.asked.append({**query, "path": parts.path, "agent": self.headers["User-Agent"]})
            found = [MILL_LANE] if "mill lane" in query.get("q", "").lower() else []
            said = (json.dumps(found) if fake.body is None else fake.body).encode()
            self.send_response(fake.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Not to the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        fake.url = f"http://127.0.0.1:{server.server_port}/geo"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
