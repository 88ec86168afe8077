"""A system of an operator's, for as long as a test: it notes what it is asked, and says what it is told to say."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from dispatch.settings import SystemAddress


class Asked(NamedTuple):
    path: str
    authorization: str | None
    key: str | None
    body: dict[str, Any]


class FakeSystem:
    """`statuses`: of the next answers; then 200."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.statuses: list[int] = []
        self.body = b"{}"
        self.address = SystemAddress("")


@contextmanager
def operated() -> Generator[FakeSystem]:
    """Listening until the block ends, below a path."""
    fake = FakeSystem()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers["Idempotency-Key"]
            fake.asked.append(Asked(self.path, self.headers["Authorization"], key, body))
            self.send_response(fake.statuses.pop(0) if fake.statuses else 200)
            self.send_header("Content-Length", str(len(fake.body)))
            self.end_headers()
            self.wfile.write(fake.body)

        def log_message(self, format: str, *args: object) -> None:
            """Not to the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        fake.address = SystemAddress(f"http://127.0.0.1:{server.server_port}/line3", "secret")
        yield fake
        server.shutdown()
        thread.join()
