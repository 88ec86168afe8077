"""What a process is told by its environment. Everything else is data in the database."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import msgspec

from db.embedded import default_data_dir
from dispatch.mail_addresses import MailboxAddress, MailServer, mail_server_from, mailboxes_from
from dispatch.push_keys import PushKeys, load_keys

ROUTERS = ("osrm", "valhalla", "graphhopper")


class RouterAddress(msgspec.Struct, frozen=True):
    """Which server speaks there; `key` for those that want one."""

    kind: str
    url: str
    key: str | None = None


def router_address(said: str) -> RouterAddress:
    """Of `osrm+http://host:5000`, `valhalla+https://host/path`, `graphhopper+https://KEY@host/api/1`. Raises `ValueError`."""
    kind, _, url = said.partition("+")
    parts = urlsplit(url)
    if kind not in ROUTERS or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"a router is given as KIND+http://host:port, KIND one of {', '.join(ROUTERS)}")
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path.rstrip("/"))
    return RouterAddress(kind, urlunsplit(bare), parts.username)


def geocoder_address(said: str) -> str:
    """The URL of `nominatim+https://host/path`. Raises `ValueError`."""
    kind, _, url = said.partition("+")
    parts = urlsplit(url)
    if kind != "nominatim" or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a geocoder is given as nominatim+https://host/path")
    return url


class Tiles(msgspec.Struct, frozen=True):
    """Pictures that maps lie on: `url` with `{z}`, `{x}` and `{y}` in it, and whom they are owed to."""

    url: str
    attribution: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def tiles_from(url: str, attribution: str) -> Tiles:
    """Of `https://host/{z}/{x}/{y}.png`. Raises `ValueError`; its host stands in a header, so it is looked at closely."""
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", parts.netloc) is None
    ):
        raise ValueError("tiles are given as https://host/{z}/{x}/{y}.png")
    if not all(name in parts.path + parts.query for name in ("{z}", "{x}", "{y}")):
        raise ValueError("tiles are given as https://host/{z}/{x}/{y}.png")
    if not attribution.strip():
        raise ValueError("LINE3_TILES_ATTRIBUTION says whose the tiles are")
    return Tiles(url, attribution.strip())


def public_address(said: str) -> str:
    """Of `https://host/path`, without the slash at its end. Raises `ValueError`."""
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("LINE3_PUBLIC_URL is given as https://host")
    return said.rstrip("/")


class SystemAddress(msgspec.Struct, frozen=True):
    """Where a system of the operator's own answers, without the slash at its end; `key` for one that wants it."""

    url: str
    key: str | None = None


def system_address(variable: str, said: str) -> SystemAddress:
    """Of `https://KEY@host/path`. Raises `ValueError`, which quotes nothing of it."""
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{variable} is given as https://KEY@host/path")
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path.rstrip("/"))
    return SystemAddress(urlunsplit(bare), parts.username)


class BucketAddress(msgspec.Struct, frozen=True):
    """A bucket, and who we are there."""

    endpoint: str
    bucket: str
    key: str
    secret: str
    region: str = "us-east-1"


def bucket_address(said: str) -> BucketAddress:
    """Of `s3+https://KEY:SECRET@host:port/bucket?region=eu-central-1`. Raises `ValueError`, which quotes nothing of it."""
    parts = urlsplit(said.removeprefix("s3+"))
    bucket = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not (parts.hostname and parts.username and parts.password):
        raise ValueError("a bucket is given as s3+https://KEY:SECRET@host/bucket")
    if not bucket or "/" in bucket:
        raise ValueError("a bucket is given as s3+https://KEY:SECRET@host/bucket")
    (region,) = parse_qs(parts.query).get("region", ["us-east-1"])
    host = parts.netloc.rpartition("@")[2]
    return BucketAddress(
        f"{parts.scheme}://{host}", bucket, unquote(parts.username), unquote(parts.password), region
    )


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`database_url` is the owner's, for migrations; the application connects as `line3_app` (derived from it, or
    given by itself). Without one, an embedded server keeps its data in `data_dir`. Workers take travel times from the
    `router`, else from the road networks in `roads_dir`. Photos go to the `photos_bucket`, else into `photos_dir`. Without
    `push_keys` no phone is pushed; without a `geocoder` (its URL) no address is looked up; without `tiles` maps lie on plain
    ground; without a `network` line 2 measures a simulated one, without a `messenger` texts to
    subscribers are kept here; without a `public_url` no subscriber gets a link. Letters are
    read in `mailboxes`, and answered through the `mail_server`."""

    database_url: str | None = None
    app_database_url: str | None = None
    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8030
    roads_dir: Path | None = None
    router: RouterAddress | None = None
    photos_dir: Path | None = None
    photos_bucket: BucketAddress | None = None
    push_keys: PushKeys | None = None
    geocoder: str | None = None
    tiles: Tiles | None = None
    network: SystemAddress | None = None
    messenger: SystemAddress | None = None
    public_url: str | None = None
    mailboxes: tuple[MailboxAddress, ...] = ()
    mail_server: MailServer | None = None

    @property
    def photos(self) -> Path:
        """The folder of photos; with a bucket, of those on their way there."""
        return self.photos_dir or (self.data_dir or default_data_dir()) / "photos"

    @property
    def roads(self) -> Path:
        """The folder of road networks."""
        return self.roads_dir or (self.data_dir or default_data_dir()) / "roads"


def from_environment() -> Settings:
    """Reads `LINE3_DATABASE_URL`, `LINE3_APP_DATABASE_URL`, `LINE3_DATA`, `LINE3_HOST`, `LINE3_PORT`, `LINE3_ROADS`,
    `LINE3_ROUTER`, `LINE3_PHOTOS`, `LINE3_PUSH_KEYS`, `LINE3_GEOCODER`, `LINE3_TILES`, `LINE3_TILES_ATTRIBUTION`,
    `LINE3_NETWORK`, `LINE3_MESSENGER`, `LINE3_PUBLIC_URL`, `LINE3_MAILBOX`, `LINE3_SMTP`.

    Raises `ValueError` for a port, a router, a bucket, a file of keys, a geocoder, tiles, a network, an address or a mailbox that
    are none.
    """
    names = ("DATA", "ROADS", "ROUTER", "PUSH_KEYS", "GEOCODER", "TILES")
    data, roads, router, keys, geocoder, tiles = (os.environ.get(f"LINE3_{name}") for name in names)
    public = os.environ.get("LINE3_PUBLIC_URL")
    photos = os.environ.get("LINE3_PHOTOS", "")
    smtp = os.environ.get("LINE3_SMTP")
    in_bucket = photos.startswith("s3+")
    return Settings(
        database_url=os.environ.get("LINE3_DATABASE_URL"),
        app_database_url=os.environ.get("LINE3_APP_DATABASE_URL"),
        data_dir=None if data is None else Path(data),
        host=os.environ.get("LINE3_HOST", "127.0.0.1"),
        port=int(os.environ.get("LINE3_PORT", "8030")),
        roads_dir=Path(roads) if roads else None,
        router=router_address(router) if router else None,
        photos_dir=Path(photos) if photos and not in_bucket else None,
        photos_bucket=bucket_address(photos) if in_bucket else None,
        push_keys=load_keys(Path(keys)) if keys else None,
        geocoder=geocoder_address(geocoder) if geocoder else None,
        tiles=tiles_from(tiles, os.environ.get("LINE3_TILES_ATTRIBUTION", "")) if tiles else None,
        network=_system("LINE3_NETWORK"),
        messenger=_system("LINE3_MESSENGER"),
        public_url=public_address(public) if public else None,
        mailboxes=mailboxes_from(os.environ.get("LINE3_MAILBOX", "")),
        mail_server=mail_server_from(smtp) if smtp else None,
    )


def _system(variable: str) -> SystemAddress | None:
    said = os.environ.get(variable)
    return system_address(variable, said) if said else None
