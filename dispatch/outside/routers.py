"""A routing server that somebody runs: OSRM, Valhalla or GraphHopper, spoken to through routingpy.

GraphHopper answers matrices in its hosted service only; its free server does not. What a server says is looked at before it is
believed: sizes, numbers, and how far from its roads it was asked.
"""

from contextlib import closing
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from routingpy import OSRM, Graphhopper, Valhalla
from routingpy.client_default import Client
from routingpy.exceptions import JSONParseError, RetriableRequest, RouterError, Timeout

from dispatch.outside.travel_times import FAR_M, Silent, TravelTimes
from dispatch.rules.ways import UNKNOWN, Points, Ways
from dispatch.settings import RouterAddress
from optimizer.problem import MAX_METRES, MAX_SECONDS

Floats = npt.NDArray[np.float64]

BLOCK = 50
"""Places a side of one question: what Valhalla takes by default; OSRM takes a hundred."""
ANSWER_SECONDS = 10
RETRY_SECONDS = 1
"""How long a server that says it is busy is asked again."""
PROFILES: dict[str, tuple[str, dict[str, str]]] = {
    "osrm": ("driving", {}),
    "valhalla": ("auto", {}),
    # without it, one place off the roads costs all others their answer
    "graphhopper": ("car", {"fail_fast": "false"}),
}

Table = list[list[float | None]]


class _Place(msgspec.Struct):
    """Where OSRM put a place: so many metres away."""

    distance: float = 0.0


class _Snapped(msgspec.Struct):
    sources: list[_Place] = []
    destinations: list[_Place] = []


class _Client(Client):
    """routingpy's own, which never closes its connections."""

    def close(self) -> None:
        self._session.close()


class Router(TravelTimes):
    """Of one server. What changes there without its address is not noticed: the cache forgets after some days."""

    def __init__(self, address: RouterAddress) -> None:
        self.name = address.kind
        self.version = f"{address.kind} {address.url}"
        self.at_once = BLOCK
        self._address = address

    def between(self, origins: Points, targets: Points) -> Ways:
        shape = (len(origins.latitude), len(targets.latitude))
        seconds, metres = np.full(shape, np.nan), np.full(shape, np.nan)
        server = self._server()
        with closing(server.client):
            for top in range(0, shape[0], BLOCK):
                for left in range(0, shape[1], BLOCK):
                    rows, columns = slice(top, top + BLOCK), slice(left, left + BLOCK)
                    found = self._asked(server, _pairs(origins, rows), _pairs(targets, columns))
                    seconds[rows, columns], metres[rows, columns] = found
        return _ways(seconds, metres)

    def _server(self) -> Any:  # noqa: ANN401 - the three have no type in common
        address, patience = self._address, {"timeout": ANSWER_SECONDS, "retry_timeout": RETRY_SECONDS}
        match address.kind:
            case "osrm":
                return OSRM(address.url, client=_Client, **patience)  # pyright: ignore[reportArgumentType]
            case "valhalla":
                return Valhalla(address.url, client=_Client, **patience)  # pyright: ignore[reportArgumentType]
            case _:
                return Graphhopper(address.key, address.url, client=_Client, **patience)  # pyright: ignore[reportArgumentType]

    def _asked(
        self,
        server: Any,  # noqa: ANN401
        origins: list[list[float]],
        targets: list[list[float]],
    ) -> tuple[Floats, Floats]:
        """Seconds and metres; nan where the server knows no way. Raises `Silent`."""
        sources = list(range(len(origins)))
        destinations = list(range(len(origins), len(origins) + len(targets)))
        profile, more = PROFILES[self._address.kind]
        try:
            answer = server.matrix(
                [*origins, *targets], profile, sources=sources, destinations=destinations, **more
            )
            return self._read(answer, (len(origins), len(targets)))
        except (Timeout, OSError) as error:
            # requests' own errors are of these, too
            raise Silent("router_unreachable") from error
        except (RouterError, RetriableRequest) as error:
            raise Silent("router_refused") from error
        except (JSONParseError, AttributeError, KeyError, TypeError, ValueError) as error:
            # what reads an answer of another shape stumbles in any of these ways
            raise Silent("router_unintelligible") from error

    def _read(self, answer: Any, shape: tuple[int, int]) -> tuple[Floats, Floats]:  # noqa: ANN401
        seconds, metres = _table(answer.durations, shape), _table(answer.distances, shape)
        if self._address.kind == "osrm":
            # it leads to the next road however far that is
            said = msgspec.convert(answer.raw, _Snapped)
            seconds[_far(said.sources), :] = np.nan
            seconds[:, _far(said.destinations)] = np.nan
        return seconds, metres


def _pairs(points: Points, some: slice) -> list[list[float]]:
    """Longitude first."""
    return np.stack([points.longitude[some], points.latitude[some]], axis=1).tolist()


def _table(said: Any, shape: tuple[int, int]) -> Floats:  # noqa: ANN401
    """Raises `ValueError` for what is no table of numbers of that shape."""
    table = np.array(msgspec.convert(said, Table), np.float64)
    if table.shape != shape:
        raise ValueError(f"a table of {table.shape}, not {shape}")
    return table


def _far(places: list["_Place"]) -> list[int]:
    """Places that the server moved farther than can be meant."""
    return [number for number, place in enumerate(places) if place.distance > FAR_M]


def _ways(seconds: Floats, metres: Floats) -> Ways:
    with np.errstate(invalid="ignore"):
        known = (seconds >= 0) & (seconds <= MAX_SECONDS) & (metres >= 0) & (metres <= MAX_METRES)
    return Ways(
        np.where(known, np.ceil(np.where(known, seconds, 0)), UNKNOWN).astype(np.int32),
        np.where(known, np.ceil(np.where(known, metres, 0)), UNKNOWN).astype(np.int32),
    )
