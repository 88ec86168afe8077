"""A PostgreSQL server that starts by itself, for whoever has configured no database URL.

A `Server` is a lease: a shared lock on a file, which the kernel drops however its holder dies. The server's parent is
a supervisor process (`db.embedded_supervisor`), which restarts it when it dies and stops it when nobody holds a lease.
Everything lies below `DIR/postgres`, owned by the user the server runs as; the socket lies in `/tmp`, because a
socket's path may have 107 bytes only. All calls block: use them before the event loop or in `asyncio.to_thread`.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import socket
import stat
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self
from urllib.parse import quote

OWNER_ROLE = "line3_owner"
APP_ROLE = "line3_app"
DATABASE = "line3"

# How the launched supervisor ends; what it has to say stands on its standard error.
READY, FAILED, UNAVAILABLE, ANOTHER, KILLED = range(5)

_ROOT_DATA = Path("/var/lib/line3")
_SOCKETS = Path("/tmp")  # not TMPDIR: every process of the machine must find the same folder
_PATIENCE_SECONDS = 60.0
_CHECK_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_PORT = 5432  # only the name of the socket file
_INSTEAD = "Set LINE3_DATABASE_URL to the URL of a PostgreSQL (15 to 18) of your own."


class EmbeddedUnavailable(Exception):
    """No PostgreSQL can be run here; the text says why and what to do instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} {_INSTEAD}")
        self.reason = reason


class EmbeddedFailed(Exception):
    """PostgreSQL did not start or did not answer; the text holds the end of its log."""


class Place(NamedTuple):
    """Where one server lives, and as whom it runs."""

    data_dir: Path
    uid: int
    gid: int

    @property
    def home(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def cluster(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "supervisor.log"

    @property
    def socket_dir(self) -> Path:
        """A function of data folder and user alone: URLs stay valid over restarts."""
        key = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return _SOCKETS / f"line3-{self.uid}-{key}"

    @property
    def socket(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{_PORT}"


def default_data_dir() -> Path:
    if os.geteuid() == 0:
        return _ROOT_DATA
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "line3"


def prepare(data_dir: Path) -> Place:
    """Make the folders that are missing. Folders that exist keep their modes and owners."""
    if not sys.platform.startswith("linux"):
        raise EmbeddedUnavailable("The embedded PostgreSQL runs on Linux only.")
    data_dir = data_dir.resolve()
    try:
        _make_folders(data_dir)
        return _home_of_server(data_dir)
    except OSError as error:
        raise EmbeddedUnavailable(f"The data folder {data_dir} cannot be used: {error}.") from error


def _make_folders(data_dir: Path) -> None:
    """Root's folders can be passed through (not listed) by the user the server runs as, whatever the umask."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for folder in reversed([data_dir, *data_dir.parents]):
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(mode)


def _home_of_server(data_dir: Path) -> Place:
    """The owner of `DIR/postgres` is the user the server runs as, for good; root gives a new one away."""
    home = data_dir / "postgres"
    with contextlib.suppress(FileExistsError):
        home.mkdir(mode=0o700)
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.geteuid() == 0 and os.fstat(folder).st_uid == 0:
            user = _unprivileged()
            os.fchown(folder, user.pw_uid, user.pw_gid)
        owner = os.fstat(folder)
    finally:
        os.close(folder)
    if os.geteuid() not in (0, owner.st_uid):
        raise EmbeddedUnavailable(
            f"{home} belongs to user {owner.st_uid}; be that user, or choose another folder."
        )
    return Place(data_dir, owner.st_uid, owner.st_gid)


def _unprivileged() -> pwd.struct_passwd:
    """A user that exists already: PostgreSQL refuses to run as root, and we add nobody to the machine."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedUnavailable("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def open_lock(place: Place, name: str) -> int:
    """A lock file of the server's user; closed on exec, so that children of a killed process keep no lock."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = os.open(place.home / name, flags, 0o600)
    if os.geteuid() == 0:
        os.fchown(lock, place.uid, place.gid)
    return lock


def take(lock: int, how: int, seconds: float = 0.0) -> bool:
    """Lock, waiting at most so long: `flock` itself knows no deadline."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, how | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE_SECONDS)


def check_socket_dir(place: Place) -> None:
    """`/tmp` is everybody's: a folder there that is not the server's own could be anybody's trap."""
    found = place.socket_dir.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != place.uid or found.st_mode & 0o077:
        raise EmbeddedUnavailable(f"{place.socket_dir} was made by somebody else; remove it.")


@contextlib.contextmanager
def _connection(place: Place) -> Generator[socket.socket]:
    check_socket_dir(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(_CHECK_SECONDS)
        wire.connect(os.fspath(place.socket))
        yield wire


def _postmaster(wire: socket.socket) -> int:
    """Who listens, as the kernel tells it: unlike a pid file, it cannot be out of date."""
    size = struct.calcsize("3i")
    pid, _, _ = struct.unpack("3i", wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid


def probe(place: Place) -> Literal["up", "starting", "down"]:
    """Say hello in PostgreSQL's protocol. 'starting' also means recovering or shutting down."""
    words = b"user\0" + OWNER_ROLE.encode() + b"\0database\0" + DATABASE.encode() + b"\0\0"
    try:
        with _connection(place) as wire:
            wire.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
            answer = wire.recv(1024)
            wire.sendall(b"X\0\0\0\4")
    except OSError:
        return "down"
    if answer.startswith(b"R") or b"\0C53300\0" in answer:  # "too many connections" is a sign of life
        return "up"
    return "starting" if b"\0C57P03\0" in answer else "down"


class Server:
    """A lease on the server: it runs while any process of the machine holds one.

    `owner_url` is the superuser, for migrations; `app_url` is the role that `line3 migrate` makes.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lease: int | None = None
        _servers.add(self)

    @property
    def data_dir(self) -> Path:
        return self._place.data_dir

    @property
    def owner_url(self) -> str:
        return self.url(role=OWNER_ROLE)

    @property
    def app_url(self) -> str:
        return self.url(role=APP_ROLE)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None while nobody answers."""
        try:
            with _connection(self._place) as wire:
                return _postmaster(wire)
        except OSError:
            return None

    def url(self, *, role: str, database: str = DATABASE) -> str:
        """The port stands in it because drivers would otherwise take PGPORT."""
        folder = quote(os.fspath(self._place.socket_dir))
        return f"postgresql://{quote(role)}@/{quote(database, safe='')}?host={folder}&port={_PORT}"

    def ensure(self) -> None:
        """Return when the server accepts connections; start again whatever died (about 1 s after a kill -9)."""
        self._hold()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (state := probe(self._place)) != "up":
            if state == "starting":  # a long recovery is no failure
                deadline = time.monotonic() + _PATIENCE_SECONDS
            elif time.monotonic() > deadline:
                raise EmbeddedFailed(f"PostgreSQL does not answer; see {self._place.log}.")
            else:
                _launch(self._place)
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Release the lease. The last one out stops the server, about a second later."""
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    def _hold(self) -> None:
        """Have a lease on the file that is there now; a supervisor that stops the server lets us wait for its end."""
        if self._lease is not None and os.fstat(self._lease).st_nlink == 0:  # somebody removed the data
            self.close()
        if self._lease is None:
            self._place = prepare(self._place.data_dir)
            self._lease = open_lock(self._place, "lease")
            if not take(self._lease, fcntl.LOCK_SH, _PATIENCE_SECONDS):
                self.close()
                raise EmbeddedFailed(f"PostgreSQL is stopping and does not end; see {self._place.log}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


_servers: weakref.WeakSet[Server] = weakref.WeakSet()


def _forget_leases() -> None:
    """A forked child shares the parent's lock: unless it closes its copy, it would outlive the parent."""
    for server in list(_servers):
        server.close()


os.register_at_fork(after_in_child=_forget_leases)


def _launch(place: Place) -> None:
    """Start a supervisor and wait for what comes of it. Another one there already, or a killed one: the caller looks
    again."""
    home = os.fspath(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    # -P: a folder `db` where the user happens to stand is not ours.
    done = subprocess.run(
        [sys.executable, "-P", "-m", "db.embedded_supervisor", os.fspath(place.data_dir)],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == UNAVAILABLE:
        raise EmbeddedUnavailable(done.stderr.strip())
    if done.returncode == FAILED:
        raise EmbeddedFailed(done.stderr.strip())


def start(data_dir: Path | None = None) -> Server:
    """Take a lease on the server of that folder, which runs when this returns.

    Without a folder: `/var/lib/line3` for root, else `$XDG_DATA_HOME/line3` (`~/.local/share/line3`).
    Raises EmbeddedUnavailable where no PostgreSQL can be run, EmbeddedFailed when it does not start.
    """
    server = Server(prepare(data_dir or default_data_dir()))
    try:
        server.ensure()
    except BaseException:
        server.close()
        raise
    return server
