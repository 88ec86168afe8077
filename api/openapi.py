"""What the API says of itself: the OpenAPI 3.1 document, its pages, and the door at `/`, all from our own files.

Swagger UI comes from the package `swagger-ui-bundle-v2`; around it stand the files of `api/pages/`. Nothing is fetched
from elsewhere and no script or style stands inside a page, so the policy (`HEADERS`) can forbid both.
"""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

from api.auth import COOKIE, OPEN
from api.examples import with_examples

PAGES = Path(__file__).parent / "pages"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""`data:` is for the arrows in Swagger UI's own style sheet."""

ASSETS = {
    "docs.css": (PAGES, "text/css"),
    "docs.js": (PAGES, "text/javascript"),
    "icon.svg": (PAGES, "image/svg+xml"),
    "index.css": (PAGES, "text/css"),
    "swagger-ui-bundle.js": (swagger_ui_path, "text/javascript"),
    "swagger-ui.css": (swagger_ui_path, "text/css"),
    "tokens.css": (PAGES, "text/css"),
}
"""All that is served, by name; the package also holds pages and maps that nobody needs."""

DESCRIPTION = """\
Field dispatch for internet providers: escalations come in from line 2, rounds go out to technicians, reports come
back and close the jobs.

Errors are `application/problem+json` (RFC 9457). Instants carry an offset (RFC 3339), durations are whole seconds,
money is in minor units, names are camelCase.
"""


class Asset(NamedTuple):
    body: bytes
    media_type: str
    etag: str


@cache
def load(name: str) -> Asset:
    """The named file. Raises `NotFoundException` for what is not in `ASSETS`."""
    if name not in ASSETS:
        raise NotFoundException()
    folder, media_type = ASSETS[name]
    body = (folder / name).read_bytes()
    return Asset(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@get("/assets/{name:str}")
async def get_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    asset = load(name)
    headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == asset.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


@get("/", media_type=MediaType.HTML, include_in_schema=False, response_headers=HEADERS, opt=OPEN)
async def get_door() -> bytes:
    """The landing page."""
    return (PAGES / "index.html").read_bytes()


class DocsPage(OpenAPIRenderPlugin):
    """Our own page around Swagger UI; Litestar's writes the document into an inline script."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page = (PAGES / "docs.html").read_bytes()

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self._page


class DocsDocument(JsonRenderPlugin):
    """The document, with an example for every operation."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(with_examples(openapi_schema))


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document of the application, with an example for every operation."""
    return with_examples(app.openapi_schema.to_schema())


def openapi_config() -> OpenAPIConfig:
    """For `Litestar(openapi_config=...)`: the page at `/docs`, the document at `/docs/openapi.json`."""
    return OpenAPIConfig(
        title="line3",
        version=version("line3"),
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={"session": _session(), "token": _token(), "device": _device(), "link": _link()}
        ),
        security=[{"session": []}, {"token": []}],
        use_handler_docstrings=True,
        render_plugins=[DocsPage(), DocsDocument(media_type=MediaType.JSON)],
        openapi_router=Router(
            "/docs", route_handlers=[get_asset], include_in_schema=False, response_headers=HEADERS, opt=OPEN
        ),
    )


def _session() -> SecurityScheme:
    return SecurityScheme(
        type="apiKey",
        name=COOKIE,
        security_scheme_in="cookie",
        description="People: set by sign-in. Requests that change something need our own `Origin`.",
    )


def _token() -> SecurityScheme:
    return SecurityScheme(
        type="http", scheme="bearer", description="Machines: a scoped token, made by an operator."
    )


def _device() -> SecurityScheme:
    return SecurityScheme(
        type="apiKey",
        name="Authorization",
        security_scheme_in="header",
        description="Phones whose session has ended, to deposit: `Device deviceId.deviceKey`, from enrolling.",
    )


def _link() -> SecurityScheme:
    return SecurityScheme(
        type="apiKey",
        name="Authorization",
        security_scheme_in="header",
        description="Subscribers: `Link TOKEN`, the part of the link's address behind `#`.",
    )
