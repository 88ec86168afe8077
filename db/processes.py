"""Processes that must not outlive the one that started them, however that ends."""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int, parent: int | None = None) -> None:
    """The kernel sends signal `number` to this process when its parent ends (Linux; elsewhere nothing happens).

    Call it in the child, between fork and exec if you like. `parent` is the expected parent's pid: had it ended before
    this call, the process ends now. A later change of user clears the arrangement, so drop privileges first.
    """
    if sys.platform != "linux":
        return
    _libc.prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
