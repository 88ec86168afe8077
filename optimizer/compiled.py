"""numba behind one typed door: inner loops run compiled where it can be had, and uncompiled, with the same results, where not.

Compiled code is cached on disk: beside the module, or in the user's cache directory where the installation is read-only.
Where neither can be written it is compiled anew by each process (seconds; `warm` functions do it before anybody waits).
`fastmath` stays off: floats are added in the order written, so compiled results are bit-equal to Python's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

FUNCTIONS_MAX: Final = 64
"""More than are compiled in one package, so that `settled` ends."""


def _loaded() -> tuple[Any, str | None]:
    """numba, or None and the sentence that says why not."""
    try:
        found: Any = importlib.import_module("numba")
    except (
        ImportError,
        OSError,
        RuntimeError,
        SystemError,
    ) as error:  # not there, or its libraries do not load
        return None, f"numba cannot be imported: {error}"
    if found.config.DISABLE_JIT:
        return None, "numba is switched off (NUMBA_DISABLE_JIT)"
    return found, None


_numba, _reason = _loaded()


def compiled() -> bool:
    """Inner loops run compiled."""
    return _reason is None


def why_not() -> str | None:
    """Why they do not; None if they do."""
    return _reason


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled at its first call (or read from the cache) if that is possible.

    It may use numbers, tuples, named tuples and numpy arrays only. Compiled functions that call each other stay in one
    module: the cache notices changes of a function's own file alone.
    """
    if _numba is None:
        return function
    try:
        return _numba.njit(cache=True)(function)
    except RuntimeError:  # no directory for the cache can be written
        return _numba.njit(function)


def settled(run: Callable[[], object]) -> None:
    """Run something that compiles, whatever the disk says.

    numba keeps what it has compiled before it writes the cache, so a full disk fails one function each time. The last
    error goes out if it has nothing to do with that.
    """
    for _ in range(FUNCTIONS_MAX):
        try:
            run()
        except OSError:
            continue
        return
    run()
