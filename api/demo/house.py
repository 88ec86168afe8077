"""The running house of a demo: database, `serve`, `worker`, clock file, all in one folder that is gone afterwards.

Children get a signal when this process dies, however it dies; folders that a killed demo left are removed by the next.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from db import embedded
from db.migrate import app_url
from db.processes import die_with_parent

PREFIX = "line3-demo-"
HOST = "127.0.0.1"
FIRST_PORT, PORTS = 8030, 100
END_SECONDS = 12.0
GONE_SECONDS = 20.0


class HouseFailed(Exception):
    """A process of the demo did not start or ended; the text holds the end of what it said."""


class House(msgspec.Struct, frozen=True):
    """Where everything is. `owner_url` and `app_url`: the database."""

    folder: Path
    clock_file: Path
    owner_url: str
    app_url: str
    environment: dict[str, str]


@contextmanager
def free_port(wanted: int | None) -> Generator[int]:
    """The wanted port, or the next one that nobody has; for us alone among demos. 0: any.

    The mark is a socket without a file, which the kernel drops however we die: two demos that start in the same moment
    would else both find the port free, and the server's sockets may share one. Raises `HouseFailed`.
    """
    first = FIRST_PORT if wanted is None else wanted
    with socket.socket(socket.AF_UNIX) as mark:
        for port in range(first, min(first + PORTS, 65536)):
            if (found := _bindable(port)) and _marked(mark, f"port-{found}"):
                yield found
                return
    raise HouseFailed(f"no free port from {first} on")


def _bindable(port: int) -> int | None:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return probe.getsockname()[1]
    return None


def _marked(mark: socket.socket, what: object) -> bool:
    """Whether the name was still free; it is ours until the socket is closed."""
    try:
        mark.bind(f"\0{PREFIX}{what}")
    except OSError:
        return False
    return True


@contextmanager
def temporary_folder(below: Path | None = None) -> Generator[Path]:
    """Ours alone while we live, and gone afterwards; what killed demos left goes too. `below`: else the machine's
    folder for such."""
    home = Path(tempfile.gettempdir()) if below is None else below
    for left in home.glob(f"{PREFIX}*"):
        _sweep(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    if os.geteuid() == 0:
        # the user that the database runs as must be able to pass through
        folder.chmod(0o711)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _sweep(left: Path) -> None:
    """Remove it if it is ours and nobody holds its lock."""
    with contextlib.suppress(OSError):
        if left.lstat().st_uid != os.geteuid() or left.is_symlink():
            return
        lock = os.open(left / "lock", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    """Processes on their way out may still write there for a moment."""
    deadline = time.monotonic() + GONE_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        _poll_pause()


def _poll_pause() -> None:
    time.sleep(0.1)


@contextmanager
def open_house(data: Path | None, environment: Mapping[str, str]) -> Generator[House]:
    """With a database that answers: the one of `LINE3_DATABASE_URL`, else an embedded one in `data` or, without it, in
    the temporary folder. Raises `db.embedded.EmbeddedUnavailable`, `EmbeddedFailed`."""
    given = environment.get("LINE3_DATABASE_URL")
    with temporary_folder() as folder:
        clock_file = folder / "clock"
        inherited = {**environment, "LINE3_DEMO_CLOCK": str(clock_file)}
        if given is not None:
            app = environment.get("LINE3_APP_DATABASE_URL") or app_url(given)
            with _alone(given):
                yield House(folder, clock_file, given, app, inherited)
            return
        where = folder if data is None else data
        inherited["LINE3_DATA"] = str(where)
        server = embedded.start(where)
        try:
            with _alone(server.owner_url):
                yield House(folder, clock_file, server.owner_url, server.app_url, inherited)
        finally:
            server.close()
            if data is None:
                _until(lambda: server.pid is None, GONE_SECONDS)


@contextmanager
def _alone(owner_url: str) -> Generator[None]:
    """Two demos in one database would work by two clocks. Raises `HouseFailed`."""
    with socket.socket(socket.AF_UNIX) as mark:
        if not _marked(mark, f"database-{hashlib.sha256(owner_url.encode()).hexdigest()[:32]}"):
            raise HouseFailed("another demo is running in this database")
        yield


def _until(look: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look() and time.monotonic() < deadline:
        _poll_pause()


class Child:
    """One process of the house, which does not outlive us."""

    def __init__(self, house: House, name: str, *arguments: str, **environment: str) -> None:
        self.name = name
        self._log = house.folder / f"{name}.log"
        parent = os.getpid()

        def bound_to_us() -> None:
            # Ctrl-C reaches the whole group: the parent ends its children in order
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            die_with_parent(signal.SIGTERM, parent)

        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", name, *arguments],
                env={**environment, **house.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=bound_to_us,  # noqa: PLW1509
            )

    def verify_alive(self) -> None:
        """Raises `HouseFailed`."""
        if (code := self._process.poll()) is not None:
            said = self._log.read_text("utf-8", errors="replace")[-1500:].strip()
            raise HouseFailed(f"`line3 {self.name}` ended with status {code}. {said}")

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextmanager
def running(house: House, port: int) -> Generator[list[Child]]:
    """`serve` and `worker`, ended in the other order."""
    children: list[Child] = []
    try:
        children.append(Child(house, "serve", "--host", HOST, "--port", str(port)))
        # another one that is set counts more
        children.append(Child(house, "worker", LINE3_PUBLIC_URL=f"http://{HOST}:{port}"))
        yield children
    finally:
        for child in reversed(children):
            child.end()
