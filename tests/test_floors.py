"""The house keeps its laws: each checker of `tests/laws.py` over our source, and over bad source that it must refuse."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import laws
from tests.laws import Violation

ROOT = Path(__file__).parent.parent
FLOORS = ("api", "dispatch", "optimizer", "db", "tests")
NOT_OURS = {".git", ".venv", ".cache", "node_modules", "build", "dist", "out", "shots", "__pycache__"}

Checker = Callable[[str, str], Iterable[Violation]]


@cache
def committed() -> tuple[str, ...]:
    """Paths of everything that is committed or would be; without git, of everything that is not built."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = list(walked(ROOT))
    return tuple(sorted(path for path in listed if path and (ROOT / path).is_file()))


def walked(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in NOT_OURS and not entry.is_symlink():
            yield from walked(entry)
        elif entry.is_file():
            yield entry.relative_to(ROOT).as_posix()


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8", errors="replace")


def sources(*folders: str, endings: tuple[str, ...] = (".py",)) -> dict[str, str]:
    """Path to text of what lies under these folders and ends so."""
    below = tuple(f"{folder}/" for folder in folders)
    return {path: text(path) for path in committed() if path.startswith(below) and path.endswith(endings)}


def kept(checker: Checker, files: dict[str, str]) -> None:
    none(violation for path, source in files.items() for violation in checker(path, source))


def none(violations: Iterable[Violation]) -> None:
    """Fail with all of them, a line each, and nothing else."""
    if said := [str(violation) for violation in violations]:
        pytest.fail("\n".join([f"{len(said)} broken:", *said]), pytrace=False)


# --- the laws, over our source ------------------------------------------------------------------------------


def test_a_rule_is_a_function_of_its_arguments() -> None:
    kept(laws.rule_is_pure, sources("dispatch/rules"))


def test_a_flow_takes_conn_first_and_keywords_after() -> None:
    kept(laws.flow_takes_conn_first, sources("dispatch/flows"))


def test_flows_never_call_flows() -> None:
    kept(laws.flow_calls_no_flow, sources("dispatch/flows"))


def test_a_query_is_one_statement_and_one_function_below_it() -> None:
    kept(laws.query_is_one_statement, sources("db/queries"))


def test_sql_is_a_plain_constant() -> None:
    kept(laws.sql_is_a_plain_constant, sources("db/queries"))


def test_no_import_stands_inside_a_function() -> None:
    kept(laws.no_import_inside_a_function, sources(*FLOORS))


def test_no_room_is_called_utils_common_or_helpers() -> None:
    kept(laws.room_has_a_name, {path: "" for path in committed()})


def test_no_module_is_longer_than_500_lines() -> None:
    kept(laws.module_is_short, sources(*FLOORS, endings=(".py", ".ts", ".tsx")))


def test_no_function_is_longer_than_60_lines() -> None:
    kept(laws.functions_are_short, sources(*FLOORS))


def test_each_module_says_what_it_is() -> None:
    kept(laws.module_says_what_it_is, sources(*FLOORS))


def test_modules_import_each_other_in_no_circle() -> None:
    none(laws.import_circles(sources(*FLOORS)))


def test_a_protocol_has_two_living_implementations_or_a_foreign_system_behind_it() -> None:
    none(laws.protocol_has_two_implementations(sources(*FLOORS)))


def test_names_come_from_the_dictionary() -> None:
    kept(laws.names_mean_something, sources("api", "dispatch", "optimizer", "db"))


def test_tests_mock_and_patch_nothing() -> None:
    kept(laws.nothing_is_mocked, sources("tests"))


def test_tests_wait_for_conditions_not_for_time() -> None:
    kept(laws.waits_are_for_conditions, sources("tests"))


def test_no_committed_file_names_a_registry() -> None:
    kept(laws.names_no_registry, {path: text(path) for path in committed()})


def test_no_committed_script_or_style_is_somebody_elses() -> None:
    kept(laws.is_our_own_source, {path: text(path) for path in committed()})


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_has_a_readme(floor: str) -> None:
    assert (ROOT / floor / "README.md").is_file(), f"{floor}/README.md:1: says what {floor} is and may import"


def test_a_running_api_has_no_solver_in_it() -> None:
    if not (ROOT / "api" / "app.py").exists():
        pytest.skip("there is no api/app.py yet")
    script = "import api.app, sys; assert 'ortools' not in sys.modules, 'importing api.app imports ortools'"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr


# --- the checkers bite --------------------------------------------------------------------------------------

RULE, FLOW, QUERY, TEST = (
    "dispatch/rules/slots.py",
    "dispatch/flows/slots.py",
    "db/queries/jobs.py",
    "tests/test_a.py",
)
ONE = 'ONE = "SELECT 1"\n'

BAD: list[tuple[Checker, str, str]] = [
    (laws.rule_is_pure, RULE, "async def cut(): ..."),
    (laws.rule_is_pure, RULE, "def cut():\n    async def inner():\n        await other()"),
    (laws.rule_is_pure, RULE, "import time"),
    (laws.rule_is_pure, RULE, "import os.path"),
    (laws.rule_is_pure, RULE, "from random import choice"),
    (laws.rule_is_pure, RULE, "from asyncio import gather"),
    (laws.rule_is_pure, RULE, "from uuid import uuid4"),
    (laws.rule_is_pure, RULE, "import numpy.random"),
    (laws.rule_is_pure, RULE, "import numpy as np\nx = np.random.rand()"),
    (laws.rule_is_pure, RULE, "from datetime import datetime as dt\ndef cut():\n    return dt.now()"),
    (laws.rule_is_pure, RULE, "import datetime\ndef cut():\n    return datetime.datetime.utcnow()"),
    (laws.rule_is_pure, RULE, "from datetime import date\ndef cut():\n    return date.today()"),
    (laws.rule_is_pure, RULE, "def cut(now):\n    return now()"),
    (laws.rule_is_pure, RULE, "def cut():\n    print('cut')"),
    (laws.rule_is_pure, RULE, "seen = 0\ndef cut():\n    global seen\n    seen += 1"),
    (laws.flow_takes_conn_first, FLOW, "async def quote(*, conn): ..."),
    (laws.flow_takes_conn_first, FLOW, "async def quote(conn, job): ..."),
    (laws.flow_takes_conn_first, FLOW, "async def quote(job, conn): ..."),
    (laws.flow_takes_conn_first, FLOW, "async def quote(conn, *jobs): ..."),
    (laws.flow_takes_conn_first, FLOW, "async def quote(conn=None, *, job): ..."),
    (laws.flow_calls_no_flow, FLOW, "from dispatch.flows import plans"),
    (laws.flow_calls_no_flow, FLOW, "from dispatch.flows.plans import replan"),
    (laws.flow_calls_no_flow, FLOW, "import dispatch.flows.plans"),
    (laws.flow_calls_no_flow, FLOW, "from . import plans"),
    (laws.flow_calls_no_flow, FLOW, "from .plans import replan"),
    (laws.flow_calls_no_flow, FLOW, "from dispatch import flows"),
    (laws.query_is_one_statement, QUERY, ONE + "async def get_job(area, conn):\n    run(conn, ONE)"),
    (laws.query_is_one_statement, QUERY, ONE + "async def get_job(conn):\n    run(conn)"),
    (
        laws.query_is_one_statement,
        QUERY,
        ONE + "async def get_job(conn):\n    run(conn, ONE)\n    run(conn, ONE)",
    ),
    (laws.query_is_one_statement, QUERY, ONE + "LIMIT = 3\nasync def get_job(conn):\n    run(conn, ONE)"),
    (
        laws.query_is_one_statement,
        QUERY,
        ONE + "def _a(conn):\n    run(conn, ONE)\ndef b(conn):\n    run(conn, ONE)",
    ),
    (laws.query_is_one_statement, QUERY, ONE),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "SELECT 1; SELECT 2"'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "-- nothing"'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = f"SELECT {x}"'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "SELECT %s" % x'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "SELECT {}".format(x)'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "SELECT " + x'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = "SELECT 1"\ndef f(conn):\n    run(conn, ONE + more)'),
    (laws.sql_is_a_plain_constant, QUERY, 'ONE = ", ".join(columns)'),
    (laws.sql_is_a_plain_constant, QUERY, 'def f(conn):\n    run(conn, "SELECT 1")'),
    (laws.no_import_inside_a_function, TEST, "def f():\n    import os"),
    (
        laws.no_import_inside_a_function,
        TEST,
        "class A:\n    def f(self):\n        if self:\n            from os import sep",
    ),
    (laws.room_has_a_name, "api/utils/text.py", ""),
    (laws.room_has_a_name, "tests/helpers.py", ""),
    (laws.room_has_a_name, "api/web/common/a.ts", ""),
    (laws.module_is_short, "api/app.py", "x = 1\n" * 501),
    (laws.functions_are_short, "api/app.py", "def f():\n" + "    x = 1\n" * 60),
    (laws.functions_are_short, "api/app.py", "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
    (laws.module_says_what_it_is, "api/app.py", "import os"),
    (laws.names_mean_something, "dispatch/rules/slots.py", "class SlotManager: ..."),
    (laws.names_mean_something, "dispatch/rules/slots.py", "def slot_helper(): ..."),
    (laws.names_mean_something, "dispatch/event_handlers.py", ""),
    (laws.names_mean_something, "db/records.py", "class TicketService: ..."),
    (laws.names_mean_something, "optimizer/problem.py", "class Vehicle: ..."),
    (laws.nothing_is_mocked, TEST, "from unittest.mock import Mock"),
    (laws.nothing_is_mocked, TEST, "from unittest import mock"),
    (laws.nothing_is_mocked, TEST, "import mock"),
    (
        laws.nothing_is_mocked,
        TEST,
        "def test_a(monkeypatch):\n    monkeypatch.setattr('db.pool.connect', None)",
    ),
    (
        laws.nothing_is_mocked,
        TEST,
        "def test_a(monkeypatch):\n    monkeypatch.setattr(pool, 'connect', None)",
    ),
    (laws.waits_are_for_conditions, TEST, "import time\ndef test_a():\n    time.sleep(1)"),
    (
        laws.waits_are_for_conditions,
        TEST,
        "from asyncio import sleep\nasync def test_a():\n    await sleep(0.1)",
    ),
    (laws.waits_are_for_conditions, TEST, "async def test_a(page):\n    await page.wait_for_timeout(100)"),
    (laws.names_no_registry, "pip.conf", "index = https://" + "pypi" + ".org/simple"),
    (laws.names_no_registry, "package-lock.json", '"resolved": "https://registry' + '.npmjs.org/x.tgz"'),
    (laws.names_no_registry, "uv.lock", ""),
    (laws.is_our_own_source, "api/pages/swagger-ui.min.js", ""),
    (laws.is_our_own_source, "api/pages/swagger-ui.css", "a{}" * 1_000),
    (laws.is_our_own_source, "api/pages/swagger-ui.js.map", "{}"),
]

GOOD: list[tuple[Checker, str, str]] = [
    (
        laws.rule_is_pure,
        RULE,
        "from datetime import datetime\nfrom uuid import UUID\ndef cut(now: datetime): return now",
    ),
    (laws.rule_is_pure, RULE, "import numpy as np\ndef cut(facts): return np.sum(facts.now - facts.start)"),
    (
        laws.flow_takes_conn_first,
        FLOW,
        "async def quote(conn, *, job): ...\nasync def _price(job, conn): ...",
    ),
    (laws.flow_calls_no_flow, FLOW, "from dispatch.rules import slots\nfrom dispatch import errors"),
    (
        laws.query_is_one_statement,
        QUERY,
        ONE + "async def find_job(conn, id):\n    return await run(conn, ONE, id)",
    ),
    (laws.query_is_one_statement, QUERY, ""),
    (laws.query_is_one_statement, QUERY, "PAGE = 3\ndef _row(row):\n    return row"),
    (
        laws.sql_is_a_plain_constant,
        QUERY,
        "ONE = \"SELECT 1 WHERE a = ';' -- not; two\"\ndef f(n):\n    'doc'\n    n + 1",
    ),
    (laws.no_import_inside_a_function, TEST, "if TYPE_CHECKING:\n    import os\ndef f(): ..."),
    (laws.room_has_a_name, "dispatch/rules/commons_of_the_house.py", ""),
    (laws.module_is_short, "api/app.py", "x = 1\n" * 500),
    (laws.functions_are_short, "api/app.py", "def f():\n" + "    x = 1\n" * 59),
    (laws.module_says_what_it_is, "api/app.py", '"""The application."""'),
    (laws.module_says_what_it_is, "api/__init__.py", ""),
    (laws.names_mean_something, "api/app.py", "def exception_handlers(): ...\nclass HandledJob: ..."),
    (laws.names_mean_something, "db/queue.py", "def run_handlers(): ..."),
    (laws.names_mean_something, "optimizer/formats/vroom.py", "class Vehicle: ..."),
    (laws.names_mean_something, "api/tmf/work_order.py", "class WorkOrder: ..."),
    (laws.nothing_is_mocked, TEST, "def test_a(monkeypatch):\n    monkeypatch.setenv('LINE3_DATA', 'x')"),
    (
        laws.nothing_is_mocked,
        TEST,
        "def test_a(monkeypatch):\n    monkeypatch.setattr(sys, 'platform', 'darwin')",
    ),
    (laws.waits_are_for_conditions, TEST, "async def until_ready():\n    await asyncio.sleep(0.1)"),
    (laws.waits_are_for_conditions, TEST, "async def test_a():\n    await asyncio.sleep(0)"),
    (laws.names_no_registry, "README.md", "pip install line3"),
    (laws.is_our_own_source, "api/pages/docs.js", "const a = 1;\n" * 1_000),
]


def said_so(example: tuple[Checker, str, str]) -> str:
    checker, path, source = example
    return f"{checker.__name__}: {source.replace(chr(10), ' / ')[:50] or path}"


@pytest.mark.parametrize(("checker", "path", "source"), BAD, ids=map(said_so, BAD))
def test_a_checker_refuses_bad_source(checker: Checker, path: str, source: str) -> None:
    assert list(checker(path, source))


@pytest.mark.parametrize(("checker", "path", "source"), GOOD, ids=map(said_so, GOOD))
def test_a_checker_lets_good_source_pass(checker: Checker, path: str, source: str) -> None:
    assert not list(checker(path, source))


def test_a_violation_reads_as_a_place_and_a_sentence() -> None:
    assert [str(v) for v in laws.rule_is_pure(RULE, "x = 1\nasync def cut(): ...")] == [
        "dispatch/rules/slots.py:2: a rule does not await"
    ]


@pytest.mark.parametrize("first", ["from a import c", "import a.c", "from . import c", "from .c import x"])
def test_a_circle_is_found_however_it_is_imported(first: str) -> None:
    circle = {
        "a/__init__.py": "",
        "a/b.py": first,
        "a/c.py": "if TYPE_CHECKING:\n    from a.d import y",
        "a/d.py": "import a.b",
    }
    assert [v.sentence for v in laws.import_circles(circle)] == ["import circle: a.b -> a.c -> a.d -> a.b"]


def test_a_diamond_and_a_package_that_opens_its_doors_are_no_circles() -> None:
    diamond = {"a.py": "import b, c", "b.py": "import d", "c.py": "import d", "d.py": "import os"}
    doors = {"p/__init__.py": "from p.q import x", "p/q.py": "from p import r", "p/r.py": ""}
    assert not list(laws.import_circles(diamond | doors))


def test_a_protocol_with_one_implementation_is_refused() -> None:
    port = {"dispatch/ports.py": "class Bell(Protocol): ...\nclass Geocoder(Protocol): ..."}
    one = {"dispatch/outside/bell.py": "class Brass(Bell): ..."}
    two = {"tests/fakes.py": "class Silent: ...\nBell.register(Silent)"}
    assert [v.line for v in laws.protocol_has_two_implementations(port | one)] == [1]
    assert not list(laws.protocol_has_two_implementations(port | one | two))
