"""The road network that is searched: what hangs together of an extract, contracted, in one file of plain arrays.

Contracted: a *road* leads from one junction (or dead end) to the next and keeps its shape as *pieces*, so that a place can be
reached in its middle. Kept is the largest strongly connected part: from each of its points every other one can be reached.
Costs are integers of two digits groups: hundredths of a second above `UNIT`, decimetres below. The search compares time
first, and adds metres up as it goes.
"""

import contextlib
import hashlib
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from dispatch.roads.extract import Segments

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNIT = 2**26
"""Decimetres of the longest way (6,700 km); with as much above it for time (15 days), sums stay exact in a float."""
FORMAT = 1
FILE_ENDS = ".npz"


class BadNetwork(Exception):
    """One line: the file, and what is wrong with it."""


class Network(NamedTuple):
    """R roads, P pieces of them, P + R points of their shapes."""

    tail: Integers
    """(R) junction at which the road begins."""
    head: Integers
    two_way: Flags
    """(R) Whether it may be driven from head to tail as well; from tail to head it always may."""
    first: Integers
    """(R + 1) index of the road's first piece; its first point is `first + road`."""
    latitude: Floats
    longitude: Floats
    along: Integers
    """(P) cost of the piece from tail to head."""
    against: Integers
    """(P) and back, 0 where `two_way` is not."""
    stops: Flags
    """(P) whether places are reached from it."""
    junctions: int
    digest: str
    """Of all this: another network has another one."""

    @property
    def kilometres(self) -> float:
        """Of road."""
        return float((self.along % UNIT).sum()) / 10_000


def cost_of(seconds: Floats, metres: Floats) -> Integers:
    """At least one hundredth of a second, so that no way is free. 0 where it is infinite."""
    hundredths = np.maximum(1, np.rint(np.where(np.isfinite(seconds), seconds, 0.0) * 100))
    cost = hundredths.astype(np.int64) * UNIT + np.rint(metres * 10).astype(np.int64)
    return np.where(np.isfinite(seconds), cost, 0)


def network_of(segments: Segments) -> Network:
    """The largest strongly connected part of the segments, contracted."""
    made = _contracted(_forward(_connected(segments)))
    return made._replace(digest=_digest(made))


def _connected(given: Segments) -> Segments:
    along, against = np.isfinite(given.along_s), np.isfinite(given.against_s)
    tails = np.concatenate([given.tail[along], given.head[against]])
    heads = np.concatenate([given.head[along], given.tail[against]])
    count = len(given.latitude)
    arcs = csr_array((np.ones(len(tails), np.int8), (tails, heads)), shape=(count, count))
    _, labels = connected_components(arcs, directed=True, connection="strong")
    inside = labels == np.bincount(labels).argmax()
    return _of(given, inside[given.tail] & inside[given.head])


def _of(given: Segments, kept: Flags | Integers) -> Segments:
    return given._replace(
        tail=given.tail[kept],
        head=given.head[kept],
        metres=given.metres[kept],
        along_s=given.along_s[kept],
        against_s=given.against_s[kept],
        stops=given.stops[kept],
    )


def _forward(given: Segments) -> Segments:
    """Every segment can be driven from its tail to its head."""
    turned = ~np.isfinite(given.along_s)
    return given._replace(
        tail=np.where(turned, given.head, given.tail),
        head=np.where(turned, given.tail, given.head),
        along_s=np.where(turned, given.against_s, given.along_s),
        against_s=np.where(turned, np.inf, given.against_s),
    )


def _contracted(given: Segments) -> Network:
    chains = _chains(given)
    order = np.array([segment for chain in chains for segment, _ in chain], np.int64)
    turned = np.array([back for chain in chains for _, back in chain], np.bool_)
    first = np.concatenate([[0], np.cumsum([len(chain) for chain in chains])]).astype(np.int64)
    ordered = _of(given, order)
    tails = np.where(turned, ordered.head, ordered.tail)
    heads = np.where(turned, ordered.tail, ordered.head)
    along = cost_of(ordered.along_s, ordered.metres)
    against = cost_of(ordered.against_s, ordered.metres)
    ends, numbers = np.unique(np.concatenate([tails[first[:-1]], heads[first[1:] - 1]]), return_inverse=True)
    points = np.insert(heads, first[:-1], tails[first[:-1]])
    return Network(
        tail=numbers[: len(chains)],
        head=numbers[len(chains) :],
        two_way=against[first[:-1]] > 0,
        first=first,
        latitude=given.latitude[points],
        longitude=given.longitude[points],
        along=np.where(turned, against, along),
        against=np.where(turned, along, against),
        stops=ordered.stops,
        junctions=len(ends),
        digest="",
    )


Chain = list[tuple[int, bool]]
"""Segments one after the other, each with whether it is driven from its head to its tail."""


def _chains(given: Segments) -> list[Chain]:
    """All segments, each in one chain; a chain goes on through points at which nothing but the next segment begins."""
    passed = _passed_through(given)
    tail, head = given.tail.tolist(), given.head.tolist()
    two_way = np.isfinite(given.against_s).tolist()
    at: dict[int, list[int]] = {}
    for segment in np.nonzero(passed[given.tail] | passed[given.head])[0].tolist():
        for point in (tail[segment], head[segment]):
            if passed[point]:
                at.setdefault(point, []).append(segment)
    used = [False] * len(tail)
    chains: list[Chain] = []

    def walk(segment: int, back: bool) -> None:
        chain: Chain = []
        while not used[segment]:
            used[segment] = True
            chain.append((segment, back))
            end = tail[segment] if back else head[segment]
            if not passed[end]:
                break
            one, other = at[end]
            segment = other if one == segment else one
            back = head[segment] == end
        chains.append(chain)

    for segment in range(len(tail)):
        if not used[segment] and not passed[tail[segment]]:
            walk(segment, False)
        if not used[segment] and two_way[segment] and not passed[head[segment]]:
            walk(segment, True)
    for segment in range(len(tail)):
        if not used[segment]:
            # a ring without a junction
            walk(segment, False)
    return chains


def _passed_through(given: Segments) -> Flags:
    """Points at which exactly two segments meet that are driven alike: both ways, or one in and one out."""
    count = len(given.latitude)
    once = ~np.isfinite(given.against_s)

    def meeting(points: Integers) -> Integers:
        return np.bincount(points, minlength=count)

    both = meeting(given.tail[~once]) + meeting(given.head[~once])
    leaving, coming = meeting(given.tail[once]), meeting(given.head[once])
    alike = ((both == 2) & (leaving + coming == 0)) | ((both == 0) & (leaving == 1) & (coming == 1))
    loops = meeting(given.tail[given.tail == given.head]) > 0
    return alike & ~loops


def _arrays(network: Network) -> dict[str, npt.NDArray[np.generic]]:
    """As they are in the file: a tenth of a second, a decimetre and a centimetre of the map are enough of each."""
    return {
        "tail": network.tail.astype("<i4"),
        "head": network.head.astype("<i4"),
        "two_way": network.two_way,
        "first": network.first.astype("<i4"),
        "latitude": np.rint(network.latitude * 1e7).astype("<i4"),
        "longitude": np.rint(network.longitude * 1e7).astype("<i4"),
        "along": (network.along // UNIT).astype("<i4"),
        "against": (network.against // UNIT).astype("<i4"),
        "decimetres": (network.along % UNIT).astype("<i4"),
        "stops": network.stops,
    }


def _digest(network: Network) -> str:
    found = hashlib.sha256(str(FORMAT).encode())
    for name, array in _arrays(network).items():
        found.update(name.encode())
        found.update(array.tobytes())
    return found.hexdigest()[:16]


def box_of(network: Network) -> Floats:
    """Least latitude and longitude, greatest latitude and longitude."""
    points = np.stack([network.latitude, network.longitude])
    return np.concatenate([points.min(axis=1), points.max(axis=1)])


def write(network: Network, path: Path) -> None:
    """All of it or nothing. Raises `BadNetwork`."""
    said = {"format": np.array(FORMAT), "digest": np.array(network.digest), "box": box_of(network)}
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **said, **_arrays(network))
        draft.replace(path)
    except OSError as error:
        raise BadNetwork(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def read(path: Path) -> Network:
    """Raises `BadNetwork`."""
    found = _members(path, ["digest", "tail", "head", "two_way", "first", "latitude", "longitude", "along"])
    more = _members(path, ["against", "decimetres", "stops"])
    metres = more["decimetres"].astype(np.int64)
    along = found["along"].astype(np.int64) * UNIT + metres
    against = more["against"].astype(np.int64)
    tail, head = found["tail"].astype(np.int64), found["head"].astype(np.int64)
    return Network(
        tail=tail,
        head=head,
        two_way=found["two_way"].astype(np.bool_),
        first=found["first"].astype(np.int64),
        latitude=found["latitude"] / 1e7,
        longitude=found["longitude"] / 1e7,
        along=along,
        against=np.where(against > 0, against * UNIT + metres, 0),
        stops=more["stops"].astype(np.bool_),
        junctions=int(max(tail.max(), head.max())) + 1,
        digest=str(found["digest"]),
    )


def read_box(path: Path) -> Floats:
    """`box_of` the network in the file, without reading the network. Raises `BadNetwork`."""
    return _members(path, ["box"])["box"]


def _members(path: Path, names: list[str]) -> dict[str, npt.NDArray[Any]]:
    try:
        # opened here: what is no archive would be left open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            if int(found["format"]) != FORMAT:
                raise BadNetwork(f"{path}: of another version of line3: build it again")
            return {name: found[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadNetwork(f"{path}: not a road network ({' '.join(str(error).split())})") from error
