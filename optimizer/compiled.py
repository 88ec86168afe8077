"""numba behind one typed door: inner loops run compiled where it can be had, and uncompiled, with the same results, where not.

Compiled code is cached on disk: beside the module, or in the user's cache directory where the installation is read-only.
Where neither can be written it is compiled anew by each process: `build` does it before anybody waits.
`fastmath` stays off: floats are added in the order written, so compiled results are bit-equal to Python's.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


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


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled for the types that it is annotated with, if that is possible; called by its like only (`door` is the
    one for Python).

    Without numba's counting of references, which made loops over tuples of arrays twenty times slower, and woven into its
    callers. It uses numbers, tuples, named tuples and arrays, annotated with their number of dimensions
    (`Annotated[NDArray[...], 2]`), contiguous. It makes no arrays of its own; those that it is given live longer than the
    call. What it calls is defined before it.
    """
    return _bare(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def door(function: Callable[P, R]) -> Callable[P, R]:
    """`bare`, and to be called from Python: unpacking so many arrays takes as long to compile as ten functions."""
    return _bare(function, no_cfunc_wrapper=True)


def _bare(function: Callable[P, R], **flags: bool) -> Callable[P, R]:
    if _numba is None:
        return function
    cached = _numba.config.CACHE_DIR != ""
    dispatcher = _numba.njit(cache=cached, nogil=True, _nrt=False, **flags)(function)
    _waiting.append((dispatcher, function))

    def fitting(*arguments: object) -> object:
        build()
        return dispatcher

    dispatcher._compile_for_args = fitting  # noqa: SLF001 - numba asks it for what to call when nothing fits the arguments
    return dispatcher


_waiting: list[tuple[Any, Callable[..., Any]]] = []
"""In the order in which they were defined."""
_building = threading.RLock()


def build(told: Callable[[int, int], None] | None = None) -> None:
    """Compile all that was imported, or read it from the cache: a minute at first, then well under a second. Whoever is called
    before does it by itself. `told`: how many functions are done, of how many.

    Each for its own types, once: left to itself, numba compiles up to eight times, for constants and half-known types.
    """
    with _building:
        of = len(_waiting)
        while _waiting:
            dispatcher, function = _waiting[0]
            with contextlib.suppress(
                OSError
            ):  # numba keeps what it has compiled before it finds the disk full
                dispatcher.compile(_signature(function))
            dispatcher.disable_compile()
            del dispatcher._compile_for_args  # noqa: SLF001
            del _waiting[0]
            if told is not None:
                told(of - len(_waiting), of)


def _signature(function: Callable[..., Any]) -> tuple[Any, ...]:
    hints = get_type_hints(function, include_extras=True)
    return tuple(_numba_type(hint) for name, hint in hints.items() if name != "return")


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
