"""The front ends, as `make setup` built them into `api/web/dist`: read once, compressed once, with what a browser may do there.

Names under `assets/` hold their content's hash and are kept for ever; the page and its service worker are asked for anew.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any, NamedTuple, cast

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.auth import OPEN, allow
from dispatch.bounded import Wire
from dispatch.settings import Tiles

BUILT = Path(__file__).parent / "web" / "dist"

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:{tiles}; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""`wasm-unsafe-eval`: the barcode reader is compiled code; `blob:`: photos not sent yet."""
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

FOLDERS = {"visit": "subscriber"}
"""Of a face whose address is another word than its folder: subscribers look for their visit."""
NOT_KEPT = {"visit"}
"""Faces whose page leaves nothing on a phone that others may hold."""

_COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".wasm", ".webmanifest"}
_MEDIA = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".wasm": "application/wasm"}
FOR_EVER = "public, max-age=31536000, immutable"
NOT_BUILT = b"This page has not been built yet: `make setup` builds it.\n"


class File(NamedTuple):
    plain: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Faces:
    """What was built, below a folder; read when it is first asked for."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._files: dict[str, dict[str, File]] = {}

    def files(self, face: str) -> dict[str, File]:
        """All files of a face by their path in it; empty where it was not built."""
        if not self._files.get(face):
            self._files[face] = _read(self._folder / face)
        return self._files[face]


def _read(folder: Path) -> dict[str, File]:
    return {
        str(path.relative_to(folder)): _file(path)
        for path in (sorted(folder.rglob("*")) if folder.is_dir() else ())
        if path.is_file()
    }


def _file(path: Path) -> File:
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0) if path.suffix in _COMPRESSED else None
    media_type = _MEDIA.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(body, compressed, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _kept_for(face: str, name: str) -> str:
    if name.startswith("assets/"):
        return FOR_EVER
    return "no-store" if face in NOT_KEPT else "no-cache"


def _served(request: Request[Any, Any, State], face: str, name: str) -> Response[bytes]:
    faces: Faces = request.app.state.faces
    files = faces.files(FOLDERS.get(face, face))
    if not files:
        return Response(NOT_BUILT, status_code=503, media_type=MediaType.TEXT)
    found = files.get(name)
    if found is None:
        raise NotFoundException()
    tiles: Tiles | None = request.app.state.tiles
    headers = {
        **HEADERS,
        "Content-Security-Policy": POLICY.format(tiles="" if tiles is None else f" {tiles.origin}"),
        "ETag": found.etag,
        "Cache-Control": _kept_for(face, name),
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("If-None-Match") == found.etag:
        return Response(b"", status_code=304, headers=headers)
    body = found.plain
    if found.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = found.compressed, "gzip"
    return Response(body, media_type=found.media_type, headers=headers)


@get(["/technician", "/board", "/desk", "/visit"], include_in_schema=False, opt=OPEN)
async def get_face(request: Request[Any, Any, State]) -> Response[bytes]:
    """A face's page: with the slash at its end, for it is out of the reach of its service worker without."""
    face = request.url.path.strip("/")
    if not cast("Any", request.scope)["raw_path"].endswith(b"/"):
        return Response(
            b"", status_code=308, headers={"Location": f"/{face}/", "Referrer-Policy": "no-referrer"}
        )
    return _served(request, face, "index.html")


@get(
    ["/technician/{name:path}", "/board/{name:path}", "/desk/{name:path}", "/visit/{name:path}"],
    include_in_schema=False,
    opt=OPEN,
)
async def get_face_file(request: Request[Any, Any, State], name: FromPath[str]) -> Response[bytes]:
    """A file of it."""
    face = request.url.path.split("/", 2)[1]
    return _served(request, face, name.lstrip("/") or "index.html")


class TilesOut(Wire):
    url: str
    attribution: str


class MapOut(Wire):
    """`tiles`: pictures for the ground of maps, by `{z}`, `{x}` and `{y}`; null where it is plain."""

    tiles: TilesOut | None


@get("/v1/map", opt=allow(), tags=["maps"], summary="What maps lie on")
async def get_map(request: Request[Any, Any, State]) -> MapOut:
    """As the operator has configured it."""
    tiles: Tiles | None = request.app.state.tiles
    return MapOut(tiles=None if tiles is None else TilesOut(url=tiles.url, attribution=tiles.attribution))
