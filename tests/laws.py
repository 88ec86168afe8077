"""The laws of the house as checkers: from a path and its text to violations. `test_floors.py` applies them.

A checker knows nothing of the disk, so each one is itself tested on a few lines of bad source.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple, TypeAlias

LONGEST_MODULE = 500
LONGEST_FUNCTION = 60

SEARCH_KERNEL: dict[str, str] = {
    "optimizer/schedule.py:_walk": "replays a route millions of times; a call a stop costs a third",
    "optimizer/kernel.py:walk": "the same, compiled; both are read side by side",
    "optimizer/search/times.py:walk": "the same, over matrices and with everything that costs",
    "optimizer/search/times.py:lay": "forwards and backwards along one route in two loops over the same row",
    "optimizer/search/places.py:evaluate": "tries each place of a route millions of times, the bound before the exact price",
    "optimizer/squeeze.py:squeezes": "one nest of loops over a dozen scratch arrays, which parts of it would all need",
}
"""Inner loops that may be longer than `LONGEST_FUNCTION`: `path:function` and the reason. Only the optimizer."""

FOREIGN_SYSTEMS = {
    "TicketSystem",
    "Messenger",
    "Billing",
    "Geocoder",
    "TravelTimes",
    "PhotoStore",
    "NetworkAdapter",
}
"""Protocols with somebody else's system behind them: one implementation is enough."""

# fmt: off
IMPURE_MODULES = {
    "aiohttp", "anyio", "asyncio", "asyncpg", "concurrent", "ctypes", "getpass", "glob", "http", "httpx", "io",
    "litestar", "logging", "mmap", "multiprocessing", "os", "pathlib", "platform", "queue", "random", "requests",
    "sched", "secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib",
}
# fmt: on
CLOCKS = {"now", "utcnow", "today"}
SIDE_EFFECTS = {"open", "print", "input", "exec", "eval", "__import__"}
CHANCE = {"uuid1", "uuid4", "uuid6", "uuid7", "default_rng"}

NO_SUCH_ROOM = {"utils", "util", "common", "helpers", "helper"}
EMPTY_WORDS = {"manager", "handler", "helper", "util"}
EMPTY_NOUNS = {"service", "task", "order", "assignment"}
"""Not used as the noun of a class of the domain (`work_order` of a wire standard lives in api)."""

_SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO|LOCK|CREATE|DROP|ALTER|SET)\s")
_REGISTRY_HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmmirror\.com|registry\.yarnpkg\.com|deb\.debian\.org"
    r"|security\.debian\.org|proxy\.golang\.org|static\.crates\.io"
)
_LOCKS_WITH_ADDRESSES = {"uv.lock", "pylock.toml"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Violation(NamedTuple):
    """A place and a sentence, printed so that an editor can jump to it."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


class Import(NamedTuple):
    """One imported name: `from module import name`, or `import module` with an empty name."""

    line: int
    module: str
    name: str


# --- reading source -----------------------------------------------------------------------------------------


@cache
def tree(source: str) -> ast.Module:
    return ast.parse(source)


def module_name(path: str) -> str:
    """`db/queries/jobs.py` is `db.queries.jobs`; `db/__init__.py` is `db`."""
    return ".".join(PurePosixPath(path).with_suffix("").parts).removesuffix(".__init__")


def imports(path: str, source: str) -> Iterator[Import]:
    """Every import of the module, wherever it stands, relative ones resolved."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            yield from (Import(node.lineno, module, alias.name) for alias in node.names)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    parents = PurePosixPath(path).parts[: -node.level] if node.level else ()
    return ".".join([*parents, *([node.module] if node.module else [])])


def functions(source: str) -> Iterator[Function]:
    """All functions, methods and nested ones included."""
    return (node for node in ast.walk(tree(source)) if isinstance(node, Function))


def inside_functions(
    node: ast.AST, around: tuple[str, ...] = ()
) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """Every node below, with the names of the functions around it, outermost first."""
    for child in ast.iter_child_nodes(node):
        yield child, around
        yield from inside_functions(child, (*around, child.name) if isinstance(child, Function) else around)


def called(node: ast.AST) -> str:
    """`c` for the calls `c()` and `a.b.c()`, else nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return name_of(node.func)


def name_of(node: ast.AST) -> str:
    """The last name of `a.b.c` and of `a.b.c[T]`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return name_of(value)
        case _:
            return ""


# --- law 1: a rule is a function of its arguments -----------------------------------------------------------


def rule_is_pure(path: str, source: str) -> Iterator[Violation]:
    yield from _impure_imports(path, source)
    for node in ast.walk(tree(source)):
        if sentence := _impurity(node):
            yield Violation(path, getattr(node, "lineno", 1), sentence)


def _impure_imports(path: str, source: str) -> Iterator[Violation]:
    for line, module, name in imports(path, source):
        if (
            module.partition(".")[0] in IMPURE_MODULES
            or module == "numpy.random"
            or name in CHANCE | {"random"}
        ):
            yield Violation(
                path, line, f"a rule does no I/O and knows no clock or chance: {module} {name}".rstrip()
            )


def _impurity(node: ast.AST) -> str:
    if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
        return "a rule does not await"
    if isinstance(node, ast.Global | ast.Nonlocal):
        return "a rule keeps no state between calls"
    if isinstance(node, ast.Attribute) and name_of(node.value) in {"np", "numpy"} and node.attr == "random":
        return "a rule knows no chance"
    if called(node) in CLOCKS:
        return f"a rule knows no clock, so no {called(node)}(): `now` is an argument"
    if called(node) in SIDE_EFFECTS | CHANCE:
        return f"a rule is a function of its arguments, so no {called(node)}()"
    return ""


# --- laws 2 and 3: flows ------------------------------------------------------------------------------------


def flow_takes_conn_first(path: str, source: str) -> Iterator[Violation]:
    for node in tree(source).body:
        if (
            isinstance(node, ast.AsyncFunctionDef)
            and not node.name.startswith("_")
            and not _conn_then_keywords(node)
        ):
            yield Violation(
                path, node.lineno, f"flow {node.name} takes (conn, *, keyword=...) and nothing else"
            )


def _conn_then_keywords(node: Function) -> bool:
    return [a.arg for a in _positional(node)] == ["conn"] and not node.args.vararg and not node.args.defaults


def _positional(node: Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args]


def flow_calls_no_flow(path: str, source: str) -> Iterator[Violation]:
    for line, module, name in imports(path, source):
        if f"{module}.{name}.".startswith("dispatch.flows."):
            yield Violation(
                path, line, "a flow imports no other flow: append to the journal and enqueue work"
            )


# --- law 4: a query is one statement and one function below it ----------------------------------------------


def query_is_one_statement(path: str, source: str) -> Iterator[Violation]:
    """Module-level UPPER_CASE texts are statements; each stands directly above the one function that uses it."""
    body = tree(source).body
    statements = {name for node in body if (name := _statement(node))}
    for before, node in zip([None, *body], body, strict=False):
        if isinstance(node, Function) and not _private_and_plain(node, statements):
            yield from _query(path, node, _statement(before), statements)
    for node, after in zip(body, [*body[1:], None], strict=False):
        if (name := _statement(node)) and not isinstance(after, Function):
            yield Violation(path, node.lineno, f"{name} stands directly above its one function")


def _statement(node: ast.stmt | None) -> str:
    """The name of the constant when this assigns a plain text to one in capitals."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())) if name.isupper():
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str())) if name.isupper():
            return name
        case _:
            return ""


def _private_and_plain(node: Function, statements: set[str]) -> bool:
    return node.name.startswith("_") and not _used(node, statements)


def _used(node: ast.AST, statements: set[str]) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in statements]


def _query(path: str, node: Function, above: str, statements: set[str]) -> Iterator[Violation]:
    used = _used(node, statements)
    if [a.arg for a in _positional(node)][:1] != ["conn"]:
        yield Violation(path, node.lineno, f"query {node.name} takes conn first")
    if len(used) != 1:
        yield Violation(path, node.lineno, f"query {node.name} runs {len(used)} statements, not one")
    elif used != [above]:
        yield Violation(path, node.lineno, f"{used[0]} stands directly above its one function, {node.name}")


def sql_is_a_plain_constant(path: str, source: str) -> Iterator[Violation]:
    constants = [node for node in tree(source).body if _statement(node)]
    outside = {id(text) for node in constants for text in ast.walk(node)}
    for node in ast.walk(tree(source)):
        line = getattr(node, "lineno", 1)
        if _spliced(node):
            yield Violation(
                path, line, "SQL is a plain constant: no f-string, no %, no +, no format, join or replace"
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in outside and _SQL.match(node.value):
                yield Violation(path, line, "SQL stands in a constant above the function")
            if id(node) in outside and _count_statements(node.value) != 1:
                yield Violation(path, line, "a query is exactly one SQL statement")


def _spliced(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod() | ast.Mult(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "replace")):
            return _is_text(value)
        case _:
            return False


def _is_text(node: ast.AST) -> bool:
    """A literal text, or a constant in capitals, which in these modules is one."""
    is_constant = isinstance(node, ast.Name) and node.id.isupper() and len(node.id) > 1
    return is_constant or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _count_statements(sql: str) -> int:
    bare = re.sub(r"--[^\n]*|/\*.*?\*/|'[^']*'", " ", sql, flags=re.DOTALL)
    return sum(1 for part in bare.split(";") if part.strip())


# --- law 8: shape -------------------------------------------------------------------------------------------


def no_import_inside_a_function(path: str, source: str) -> Iterator[Violation]:
    for node, around in inside_functions(tree(source)):
        if around and isinstance(node, ast.Import | ast.ImportFrom):
            yield Violation(path, node.lineno, f"imports stand at the top of the module, not in {around[-1]}")


def room_has_a_name(path: str, source: str) -> Iterator[Violation]:
    del source
    for part in PurePosixPath(path).with_suffix("").parts:
        if part.lower() in NO_SUCH_ROOM:
            yield Violation(path, 1, f"'{part}' says nothing: name the module after the noun it is about")


def module_is_short(path: str, source: str) -> Iterator[Violation]:
    lines = source.count("\n") + 1 - source.endswith("\n")
    if lines > LONGEST_MODULE:
        yield Violation(
            path, lines, f"{lines} lines; a module has about 100-200 and never above {LONGEST_MODULE}"
        )


def functions_are_short(path: str, source: str) -> Iterator[Violation]:
    for node in functions(source):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > LONGEST_FUNCTION and f"{path}:{node.name}" not in SEARCH_KERNEL:
            sentence = f"{node.name} has {lines} lines; about 10 are usual and {LONGEST_FUNCTION} the most"
            yield Violation(path, node.lineno, sentence)


def module_says_what_it_is(path: str, source: str) -> Iterator[Violation]:
    if source.strip() and not ast.get_docstring(tree(source)):
        yield Violation(path, 1, "the first line says what this module is (a docstring)")


def import_circles(sources: Mapping[str, str]) -> Iterator[Violation]:
    """Circles among these modules (path -> text). Imports under `if TYPE_CHECKING` count: a circle is a circle."""
    paths = {module_name(path): path for path in sources}
    arrows = {name: _arrows(name, path, sources[path], paths) for name, path in paths.items()}
    done: set[str] = set()
    for name in sorted(arrows):
        for circle in _circles(name, arrows, (), done):
            yield Violation(paths[circle[0]], 1, "import circle: " + " -> ".join(circle))


def _arrows(module: str, path: str, source: str, known: Mapping[str, str]) -> list[str]:
    """The modules of ours which this one imports; `from a import b` means a.b where that is a module."""
    meant = {full if (full := f"{i.module}.{i.name}") in known else i.module for i in imports(path, source)}
    return sorted(m for m in meant if m in known and m != module)


def _circles(
    module: str, arrows: Mapping[str, list[str]], way: tuple[str, ...], done: set[str]
) -> Iterator[tuple[str, ...]]:
    if module in way:
        yield (*way[way.index(module) :], module)
    elif module not in done:
        for target in arrows[module]:
            yield from _circles(target, arrows, (*way, module), done)
        done.add(module)


# --- law 9: a Protocol has two implementations --------------------------------------------------------------


def protocol_has_two_implementations(sources: Mapping[str, str]) -> Iterator[Violation]:
    """Implementations are classes, anywhere in the tree, that list the Protocol as base or are registered with it."""
    living = [name for source in sources.values() for name in _bases_and_registered(source)]
    for path, source in sources.items():
        if path.startswith(("api/", "dispatch/", "db/")):
            for node in _protocols(source):
                if node.name not in FOREIGN_SYSTEMS and living.count(node.name) < 2:
                    sentence = (
                        f"Protocol {node.name} has {living.count(node.name)} implementations: two or none"
                    )
                    yield Violation(path, node.lineno, sentence)


def _protocols(source: str) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.ClassDef) and "Protocol" in map(name_of, node.bases):
            yield node


def _bases_and_registered(source: str) -> Iterator[str]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.ClassDef) and "Protocol" not in map(name_of, node.bases):
            yield from map(name_of, node.bases)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "register"
        ):
            yield name_of(node.func.value)


# --- section 5: words ---------------------------------------------------------------------------------------


def words(name: str) -> list[str]:
    """`RouteHandlers`, `route_handlers` and `route-handlers` alike are `route handler`: lower case, singular."""
    return [word.lower().removesuffix("s") for word in _WORDS.findall(name)]


def names_mean_something(path: str, source: str) -> Iterator[Violation]:
    empty = _empty_words(path)
    yield from (
        Violation(path, 1, _says_nothing(part, path)) for part in _folders(path) if empty & {*words(part)}
    )
    for node in ast.walk(tree(source)):
        if not isinstance(node, Function | ast.ClassDef) or node.name == "exception_handlers":
            continue
        if empty & {*words(node.name)} or _is_empty_noun(path, node):
            yield Violation(path, node.lineno, _says_nothing(node.name, path))


def _empty_words(path: str) -> set[str]:
    allowed_here = {"handler"} if path.startswith("db/queue") else set[str]()
    foreign_here = set[str]() if path.startswith("optimizer/formats/") else {"vehicle"}
    return (EMPTY_WORDS | foreign_here) - allowed_here


def _is_empty_noun(path: str, node: Function | ast.ClassDef) -> bool:
    is_domain_class = isinstance(node, ast.ClassDef) and path.startswith(("db/", "dispatch/"))
    return is_domain_class and not EMPTY_NOUNS.isdisjoint(words(node.name)[-1:])


def _folders(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).with_suffix("").parts


def _says_nothing(name: str, path: str) -> str:
    return f"{name}: not a word of {path.partition('/')[0]}; the dictionary in the README of dispatch has a better one"


# --- section 8: tests ---------------------------------------------------------------------------------------


def nothing_is_mocked(path: str, source: str) -> Iterator[Violation]:
    """Of the machine (`sys`, `os`) a test may pretend something; of line3 and what it is made of, never."""
    for line, module, name in imports(path, source):
        if module.partition(".")[0] in {"mock", "pytest_mock"} or f"{module}.{name}".startswith(
            "unittest.mock"
        ):
            yield Violation(path, line, "nothing is mocked: fake outside Protocols by hand")
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Call) and _patches(node) and name_of(node.args[0]) not in {"sys", "os"}:
            yield Violation(path, node.lineno, "nothing is patched: pass what differs as an argument")


def _patches(node: ast.Call) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=whose, attr="setattr" | "delattr"), args=[_, *_]):
            return name_of(whose) in {"monkeypatch", "patch", "mocker"}
        case _:
            return False


def waits_are_for_conditions(path: str, source: str) -> Iterator[Violation]:
    """Sleeping is for functions called `until...` or `poll...`, which look for something; `sleep(0)` only yields."""
    for node, around in inside_functions(tree(source)):
        polling = any(name.lstrip("_").startswith(("until", "poll")) for name in around)
        if called(node) in {"sleep", "wait_for_timeout"} and not polling and not _is_zero(node):
            yield Violation(
                path, getattr(node, "lineno", 1), "wait for a condition, in a function until_... or poll_..."
            )


def _is_zero(node: ast.AST) -> bool:
    match node:
        case ast.Call(args=[ast.Constant(value=0)]):
            return True
        case _:
            return False


# --- what is committed --------------------------------------------------------------------------------------


def names_no_registry(path: str, text: str) -> Iterator[Violation]:
    if PurePosixPath(path).name in _LOCKS_WITH_ADDRESSES:
        yield Violation(path, 1, "this lock holds download addresses: requirements.lock is ours")
    for number, line in enumerate(text.splitlines(), 1):
        if _REGISTRY_HOSTS.search(line):
            yield Violation(
                path, number, "where packages are fetched from is the machine's setting, not ours"
            )


def is_our_own_source(path: str, text: str) -> Iterator[Violation]:
    """Scripts and styles of others come as packages; they are not copied in."""
    name = PurePosixPath(path)
    if name.suffix in {".js", ".mjs", ".css"} and (
        ".min." in name.name or max(map(len, text.split("\n"))) > 2_000
    ):
        yield Violation(path, 1, "minified: depend on the package that ships it")
    if name.suffix == ".map" and name.name.endswith((".js.map", ".css.map")):
        yield Violation(path, 1, "a source map is built, not written")
