"""numba behind one typed door: inner loops run compiled where it can be had, and uncompiled, with the same results, where not.

Compiled code is cached on disk: beside the module, or in the user's cache directory where the installation is read-only.
Where neither can be written it is compiled anew by each process (seconds; `warm` functions do it before anybody waits).
`fastmath` stays off: floats are added in the order written, so compiled results are bit-equal to Python's.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

FUNCTIONS_MAX: Final = 128
"""More than are compiled in one package, so that `settled` ends."""


def _folder() -> str | None:
    """Where compiled code is kept, by what it was compiled from: numba itself notices changes of a function's own file alone.
    None where nothing can be written."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        source = path.read_bytes()
        if b"optimizer.compiled" in source or path.parent.name == "search":
            digest.update(source)
    for base in (here / "__pycache__", Path.home() / ".cache" / "line3"):
        folder = base / f"compiled-{digest.hexdigest()[:12]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            for old in base.glob("compiled-*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
            return str(folder)
    return None


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
    if not found.config.CACHE_DIR and (folder := _folder()) is not None:
        found.config.CACHE_DIR = folder
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

    It may use numbers, tuples, named tuples and numpy arrays only.
    """
    if _numba is None:
        return function
    try:
        return _numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no directory for the cache can be written
        return _numba.njit(nogil=True)(function)


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """`njit` for the types that the function is annotated with, without numba's counting of references, which made loops over
    tuples of arrays twenty times slower; called by its like only (`door` is the one for Python).

    Compiled when its module is imported, once: left to itself, numba compiles such functions up to eight times, for constants
    and half-known types. Arrays are annotated with their number of dimensions (`Annotated[NDArray[...], 2]`), contiguous. Such
    a function makes no arrays of its own; those that it is given live longer than the call.
    """
    return _bare(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def door(function: Callable[P, R]) -> Callable[P, R]:
    """`bare`, and to be called from Python: unpacking so many arrays takes as long to compile as ten functions."""
    return _bare(function, no_cfunc_wrapper=True)


def _bare(function: Callable[P, R], **flags: bool) -> Callable[P, R]:
    if _numba is None:
        return function
    hints = get_type_hints(function, include_extras=True)
    signature = tuple(_numba_type(hint) for name, hint in hints.items() if name != "return")
    cached = _numba.config.CACHE_DIR != ""
    return _numba.njit(signature, cache=cached, nogil=True, _nrt=False, **flags)(function)


def _numba_type(hint: Any) -> Any:  # noqa: ANN401 - numba has no types for its types
    """int, float and bool, arrays, named tuples of such."""
    types = _numba.types
    if hint in (int, float, bool):
        return {int: types.int64, float: types.float64, bool: types.boolean}[hint]
    if get_origin(hint) is Annotated:
        array, dimensions = get_args(hint)
        scalar = get_args(get_args(array)[1])[0]
        return types.Array(_numba.from_dtype(np.dtype(scalar)), dimensions, "C")
    fields = get_type_hints(hint, include_extras=True)
    return types.NamedTuple([_numba_type(field) for field in fields.values()], hint)


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
