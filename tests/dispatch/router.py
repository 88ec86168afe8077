"""A routing server that speaks the table of OSRM, the matrix of Valhalla or GraphHopper; the roads there are made up."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Pair = tuple[float, float]
"""Longitude, latitude."""


def seconds_between(here: Pair, there: Pair) -> float:
    """Eastward is quicker than westward."""
    east, north = there[0] - here[0], there[1] - here[1]
    return (100_000 if east > 0 else 130_000) * abs(east) + 100_000 * abs(north) + 0.4


def metres_between(here: Pair, there: Pair) -> float:
    return 10 * seconds_between(here, there)


class FakeRouter:
    """What it was asked stands in `asked`, one (places, sources, targets) each."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[Pair], int, int]] = []
        self.status = 200
        self.body: str | None = None
        """Said instead of an answer."""
        self.snapped: dict[Pair, float] = {}
        """Metres that OSRM moves a place; 3.5 otherwise."""
        self.nowhere: set[Pair] = set()
        """Places to and from which there is no way."""
        self.answers: int | None = None
        """So often it answers, and then no more."""
        self.slowness = 0.0
        """Seconds that every way takes longer."""
        self.url = ""
        self.may_answer = threading.Event()
        self.may_answer.set()

    def table(
        self, places: list[Pair], sources: list[int], targets: list[int]
    ) -> tuple[list[list[Any]], list[list[Any]]]:
        self.asked.append((places, len(sources), len(targets)))
        self.may_answer.wait(60)
        pairs = [[(places[here], places[there]) for there in targets] for here in sources]
        lost = self.nowhere
        seconds, metres = (
            [
                [None if lost & {here, there} else more + way(here, there) for here, there in row]
                for row in pairs
            ]
            for way, more in ((seconds_between, self.slowness), (metres_between, 0))
        )
        return seconds, metres

    def osrm(self, path: str, query: dict[str, str]) -> Any:
        places = [_pair(text) for text in path.removeprefix("/table/v1/driving/").split(";")]
        assert query["annotations"] == "duration,distance"
        sources, targets = (
            [int(index) for index in query[side].split(";")] for side in ("sources", "destinations")
        )
        seconds, metres = self.table(places, sources, targets)
        moved = [
            [{"distance": self.snapped.get(places[index], 3.5), "location": places[index]} for index in side]
            for side in (sources, targets)
        ]
        return {
            "code": "Ok",
            "durations": seconds,
            "distances": metres,
            "sources": moved[0],
            "destinations": moved[1],
        }

    def valhalla(self, asked: Any) -> Any:
        assert asked["costing"] == "auto"
        sources, targets = (
            [(place["lon"], place["lat"]) for place in asked[side]] for side in ("sources", "targets")
        )
        places = [*sources, *targets]
        seconds, metres = self.table(
            places, list(range(len(sources))), list(range(len(sources), len(places)))
        )
        return {
            "sources_to_targets": [
                [
                    {"time": time, "distance": None if far is None else far / 1000}
                    for time, far in zip(row, more, strict=True)
                ]
                for row, more in zip(seconds, metres, strict=True)
            ]
        }

    def graphhopper(self, query: list[tuple[str, str]]) -> Any:
        said = dict(query)
        assert (said["key"], said["profile"], said["fail_fast"]) == ("secret", "car", "false")
        sources, targets = (
            [_turned(text) for key, text in query if key == side] for side in ("from_point", "to_point")
        )
        places = [*sources, *targets]
        seconds, metres = self.table(
            places, list(range(len(sources))), list(range(len(sources), len(places)))
        )
        return {"times": seconds, "distances": metres}


def _pair(text: str) -> Pair:
    one, other = text.split(",")
    return float(one), float(other)


def _turned(text: str) -> Pair:
    north, east = _pair(text)
    return east, north


@contextmanager
def routing() -> Generator[FakeRouter]:
    """Listening until the block ends."""
    fake = FakeRouter()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qsl(parts.query)
            if parts.path == "/matrix":
                self._say(lambda: fake.graphhopper(query))
            else:
                self._say(lambda: fake.osrm(parts.path, dict(query)))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(lambda: fake.valhalla(asked))

        def _say(self, answer: Any) -> None:
            said = (json.dumps(answer()) if fake.body is None else fake.body).encode()
            spent = fake.answers is not None and len(fake.asked) > fake.answers
            self.send_response(500 if spent else fake.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Not to the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
