"""The command `line3`."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import msgspec
from granian.constants import Interfaces
from granian.server import Server

from api import evidence, held, outboxes, passwords, phones, reviewing, roads, tls
from api.demo.run import demo
from api.running import addresses, running
from db.embedded import EmbeddedFailed, EmbeddedUnavailable, default_data_dir
from db.errors import DatabaseError
from db.migrate import migrate
from db.pool import NotForSuperusers
from dispatch.clock import ClockRefused
from dispatch.delivering import Deliverer
from dispatch.flows import accounts, areas
from dispatch.logs import configure
from dispatch.mailing import Postman
from dispatch.outside.mail_server import Mailer
from dispatch.outside.messenger import HttpMessenger
from dispatch.outside.push_services import Doorbell
from dispatch.push_keys import make_keys
from dispatch.settings import Settings, from_environment
from dispatch.travelling import TravelSources
from dispatch.worker import Worker

REFUSALS = (
    EmbeddedUnavailable,
    EmbeddedFailed,
    NotForSuperusers,
    ClockRefused,
    DatabaseError,
    ValueError,
    *roads.REFUSALS,
    *phones.REFUSALS,
    *evidence.REFUSALS,
    *reviewing.REFUSALS,
    *outboxes.REFUSALS,
)
SCOPES = ("escalations:write", "charges:read", "tickets:write", "alarms:write")
OPTIMIZER = {
    "solve": "plan the rounds of a problem in a file",
    "check": "judge a solution of a problem",
    "simulate": "days as they happen, run in different ways",
}
"""Commands that are the optimizer's own: their options, too."""
LINKS = {
    "enrol": ("a link and a QR code for a technician's phone", phones.enrol),
    "password": ("a link to set a password of the office", passwords.offer),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. What it cannot do is one line on stderr and exit status 2."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in OPTIMIZER:
        _become_optimizer(words)
    asked = parser().parse_args(words)
    if "data" in asked:
        os.environ["LINE3_DATA"] = str(Path(asked.data).absolute())
    try:
        run: Callable[[argparse.Namespace], int] = asked.run
        return run(asked)
    except REFUSALS as error:
        print(f"line3: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(prog="line3", description="Field dispatch for internet providers.")
    commands = made.add_subparsers(required=True, metavar="command")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data",
        metavar="DIR",
        # a command within a command would put its own absence over what was said before it
        default=argparse.SUPPRESS,
        help="where the embedded database lives (unused with LINE3_DATABASE_URL)",
    )
    command = commands.add_parser("migrate", parents=[shared], help="bring the database to this version")
    command.set_defaults(run=_migrate)
    command = commands.add_parser("serve", parents=[shared], help="serve the API and its pages")
    command.add_argument("--host", default=None)
    command.add_argument("--port", type=int, default=None)
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate and chain, PEM")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    command.set_defaults(run=_serve)
    command = commands.add_parser("dev-cert", parents=[shared], help="TLS for phones on the local network")
    command.add_argument("--out", type=Path, metavar="DIR", help="`tls` in the data folder, if not given")
    command.add_argument("--host", action="append", default=[], metavar="NAME_OR_IP", help="besides its own")
    command.set_defaults(run=_make_certificate)
    command = commands.add_parser("worker", parents=[shared], help="solve plans and do what falls due")
    command.set_defaults(run=_work)
    command = commands.add_parser("push-keys", help="make the keys by which phones are pushed")
    command.add_argument(
        "--contact", required=True, help="whom push services ask: mailto:NAME@HOST or https://…"
    )
    command.set_defaults(run=_make_push_keys)
    command = commands.add_parser("token", parents=[shared], help="make a token for another system")
    command.add_argument("name")
    command.add_argument("--scope", action="append", choices=SCOPES, required=True)
    command.add_argument("--area", required=True, metavar="CODE")
    command.set_defaults(run=_token)
    for name, (purpose, run) in LINKS.items():
        _add_link(commands.add_parser(name, parents=[shared], help=purpose), run)
    _add_devices(commands.add_parser("devices", parents=[shared], help="list phones, revoke one"), shared)
    command = commands.add_parser(
        "evidence", parents=[shared], help="what was agreed to and charged, as one file that can be verified"
    )
    evidence.add(command)
    command.set_defaults(run=_with_settings(evidence.run))
    command = commands.add_parser("reviews", help="what a person has to decide")
    reviewing.add(command, shared)
    command.set_defaults(run=_with_settings(reviewing.run))
    command = commands.add_parser("held", parents=[shared], help="work that failed too often")
    held.add(command)
    command.set_defaults(run=_with_settings(held.run))
    _add_roads(commands.add_parser("roads", help="travel times on real roads"), shared)
    _add_outbox(commands.add_parser("outbox", help="what phones could not send themselves"), shared)
    _add_demo(
        commands.add_parser("demo", parents=[shared], help="a whole area, running; with --once, a whole day")
    )
    for name, purpose in OPTIMIZER.items():
        commands.add_parser(name, help=purpose, add_help=False)
    return made


def _add_link(command: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Settings], int]) -> None:
    command.add_argument("login")
    command.add_argument("--url", metavar="BASE", help="where this installation is reached")
    command.set_defaults(run=_with_settings(run))


def _become_optimizer(words: Sequence[str]) -> NoReturn:
    """The optimizer in place of this process, which has no solver in it: signals and the terminal are then its own. Whatever
    lies in the folder from which it is called (-P) is not taken for it."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "optimizer", *words])


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--once", action="store_true", help="run one day through the HTTP API, print it, exit"
    )
    command.add_argument(
        "--addresses", type=Path, metavar="FILE.csv", help="city,street,house,postcode,lat,lon"
    )
    command.add_argument("--jobs", type=int, default=90)
    command.add_argument("--technicians", type=int, default=12)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--json", type=Path, metavar="OUT", help="with --once: write the day's figures")
    command.add_argument("--port", type=int, default=None)
    command.add_argument("--break", dest="broken", default=None, help=argparse.SUPPRESS)
    command.set_defaults(run=demo)


def _add_devices(command: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_with_settings(phones.list_all))
    made = command.add_subparsers(metavar="what").add_parser(
        "revoke", parents=[shared], help="show a phone nothing from now on"
    )
    made.add_argument("device_id", type=UUID, metavar="ID")
    made.add_argument("--reason", default="revoked by the operator")
    made.set_defaults(run=_with_settings(phones.revoke))


def _add_roads(command: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    commands = command.add_subparsers(required=True, metavar="what")
    made = commands.add_parser(
        "build", parents=[shared], help="make a road network of an OpenStreetMap extract"
    )
    made.add_argument("file", type=Path, metavar="FILE", help=".osm.pbf or .osm.gz")
    made.add_argument(
        "-o", "--out", type=Path, metavar="OUT.npz", help="instead of the folder where workers look"
    )
    made.set_defaults(run=_with_settings(roads.build))
    made = commands.add_parser(
        "measure", parents=[shared], help="the detour and speed that fit the roads best"
    )
    made.add_argument("addresses", type=Path, metavar="FILE.csv", help="city,street,house,postcode,lat,lon")
    made.add_argument(
        "--roads", type=Path, metavar="FILE.npz", help="a road network; else the only one there is"
    )
    made.set_defaults(run=_with_settings(roads.measure))


def _add_outbox(command: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    commands = command.add_subparsers(required=True, metavar="what")
    made = commands.add_parser("import", parents=[shared], help="read in a file that a phone exported")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--code", required=True, help="as the technician reads it out")
    made.set_defaults(run=_with_settings(outboxes.import_file))


def _settings(asked: argparse.Namespace) -> Settings:
    found = from_environment()
    return msgspec.structs.replace(
        found,
        data_dir=Path(asked.data) if "data" in asked else found.data_dir,
        host=getattr(asked, "host", None) or found.host,
        port=getattr(asked, "port", None) or found.port,
    )


def _with_settings(
    run: Callable[[argparse.Namespace, Settings], int],
) -> Callable[[argparse.Namespace], int]:
    return lambda asked: run(asked, _settings(asked))


def _migrate(asked: argparse.Namespace) -> int:
    async def go() -> int:
        async with addresses(_settings(asked)) as (where, _):
            return await migrate(where.owner)

    print(f"The database is at migration {asyncio.run(go())}.")
    return 0


def _serve(asked: argparse.Namespace) -> int:
    settings = _settings(asked)
    tls.verify_pair(asked.tls_cert, asked.tls_key)
    tls.warn_if_plain(settings.host, settings.port, encrypted=asked.tls_cert is not None)
    _verify_free(settings.host, settings.port)
    Server(
        "api.app:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        log_enabled=False,
        websockets=False,
        ssl_cert=asked.tls_cert,
        ssl_key=asked.tls_key,
    ).serve()
    return 0


def _make_certificate(asked: argparse.Namespace) -> int:
    settings = from_environment()
    folder = asked.out or (settings.data_dir or default_data_dir()) / "tls"
    return tls.make(asked, folder, settings.port)


def _verify_free(host: str, port: int) -> None:
    """The server shares ports with whoever asks: two on one port would answer in turn. Raises `ValueError`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise ValueError(f"cannot listen on {host}, port {port}: {error}") from error


def _work(asked: argparse.Namespace) -> int:
    configure()
    settings = _settings(asked)
    sources = TravelSources(settings.roads, settings.router)
    doorbell = None if settings.push_keys is None else Doorbell(settings.push_keys)
    server = settings.mail_server
    mailer = None if server is None else Mailer(server, settings.mailboxes)
    messenger = None if settings.messenger is None else HttpMessenger(settings.messenger)

    async def go() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with running(settings) as process:
            deliverer = Deliverer(process.database, messenger, mailer=mailer, public_url=settings.public_url)
            postman = Postman(process.database, process.clock, settings.mailboxes)
            working = Worker(
                process.database,
                process.clock,
                sources=sources,
                deliverer=deliverer,
                doorbell=doorbell,
                postman=postman if settings.mailboxes else None,
            )
            await working.run(process.app_url, stop)

    asyncio.run(go())
    return 0


def _make_push_keys(asked: argparse.Namespace) -> int:
    """The file to stdout, what to do with it to stderr."""
    print(msgspec.json.format(msgspec.json.encode(make_keys(asked.contact))).decode())
    print(
        "Keep this in a file that line3 alone can read, and set LINE3_PUSH_KEYS to it for `serve` and `worker`. "
        "New keys end all subscriptions.",
        file=sys.stderr,
    )
    return 0


def _token(asked: argparse.Namespace) -> int:
    async def go() -> str:
        async with running(_settings(asked)) as process, process.database.begin() as conn:
            found = [area for area in await areas.list_areas(conn) if area.code == asked.area]
            if not found:
                raise ValueError(f"there is no area {asked.area}")
            return await accounts.create_token(
                conn, name=asked.name, scopes=asked.scope, area_ids=[found[0].area_id], now=process.clock()
            )

    print(asyncio.run(go()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
