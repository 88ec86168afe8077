"""The network as a tree: what hangs beneath which element, and how many subscribers are dark if it fails."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from db.records import NetworkElement

Ints = NDArray[np.int64]
NONE = -1


class Network(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Elements are numbered parents first. Made once, and again when elements or subscribers change."""

    ids: Sequence[UUID]
    number_of: Mapping[UUID, int]
    parent: Ints
    """`NONE` above the top."""
    lineage: Ints
    """A row for each element: itself, its parent, and so on up, filled up with `NONE`."""
    own: Ints
    """Subscribers at each."""
    size: Ints
    """Subscribers beneath each, its own as well."""
    home_of: Mapping[UUID, int]
    """The element at which a subscriber hangs."""

    @cached_property
    def levels(self) -> Sequence[Ints]:
        """Elements by how deep they lie, the deepest first."""
        depth = (self.lineage != NONE).sum(axis=1)
        return [np.flatnonzero(depth == deep) for deep in range(int(depth.max(initial=0)), 0, -1)]

    @cached_property
    def children(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for child, parent in enumerate(self.parent.tolist()):
            found.setdefault(parent, []).append(child)
        return found

    def beneath(self, element: int) -> NDArray[np.bool_]:
        """Which elements fail with this one, itself among them."""
        within: NDArray[np.bool_] = (self.lineage == element).any(axis=1)
        return within

    def on_one_branch(self, one: int, other: int) -> bool:
        """One lies beneath the other, or they are the same."""
        return one in self.lineage[other] or other in self.lineage[one]


def network_of(elements: Iterable[NetworkElement], homes: Mapping[UUID, UUID]) -> Network:
    """`homes`: subscriber to element. What hangs on an unknown element, or in a circle, is no part of it."""
    children: dict[UUID | None, list[UUID]] = {}
    for element in elements:
        children.setdefault(element.parent_id, []).append(element.network_element_id)
    ids, lineages = list[UUID](), list[list[int]]()
    waiting: list[tuple[UUID, list[int]]] = [(top, []) for top in children.get(None, ())]
    for element_id, above in waiting:  # grows while it is read: parents come first
        lineages.append([len(ids), *above])
        ids.append(element_id)
        waiting += [(child, lineages[-1]) for child in children.get(element_id, ())]
    number_of = {element_id: number for number, element_id in enumerate(ids)}
    deepest = max(map(len, lineages), default=1)
    lineage = np.full((len(ids), deepest), NONE, np.int64)
    for number, line in enumerate(lineages):
        lineage[number, : len(line)] = line
    home_of = {who: number_of[element] for who, element in homes.items() if element in number_of}
    own = np.bincount(np.array(list(home_of.values()), np.int64), minlength=len(ids))
    return Network(
        ids=ids,
        number_of=number_of,
        parent=lineage[:, 1] if deepest > 1 else np.full(len(ids), NONE, np.int64),
        lineage=lineage,
        own=own,
        size=summed_up(lineage, own),
        home_of=home_of,
    )


def summed_up(lineage: Ints, own: Ints) -> Ints:
    """What each element has, and all beneath it."""
    total = np.zeros(len(own) + 1, np.int64)  # the last is where the filling goes
    for column in lineage.T:
        np.add.at(total, column, own)
    return total[:-1]
