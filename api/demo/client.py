"""HTTP as the demo's desks, phones and ticket system speak it: JSON out, typed answers in, problems as exceptions."""

from typing import Any, TypeVar, overload
from uuid import UUID

import httpx
import msgspec

from api.wire.accounts import Me
from dispatch.bounded import EARLIEST

T = TypeVar("T")
COOKIE = "__Host-line3"
SECONDS = 30.0
NOT_NOW = frozenset({429, 500, 502, 503, 504})


class NoAnswer(Exception):
    """Nothing is known to be stored: send it again later."""


class Problem(Exception):
    """The server refused (RFC 9457)."""

    def __init__(self, status: int, slug: str, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {slug} {body}")
        self.status = status
        self.slug = slug
        self.body = body


class Client:
    """The way to one server; hands out sessions."""

    def __init__(self, address: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport`: another way than the network's."""
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=40, keepalive_expiry=4)
        self._http = httpx.AsyncClient(
            base_url=address, timeout=SECONDS, limits=limits, trust_env=False, transport=transport
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def is_ready(self) -> bool:
        try:
            return (await self._http.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def sign_in(self, login: str, password: str) -> "Session":
        """The cookie is for HTTPS only, so we carry it ourselves."""
        body = msgspec.json.encode({"login": login, "password": password})
        answer = await self.send("POST", "/v1/sign-in", {}, body)
        secret = answer.cookies[COOKIE]
        me = msgspec.json.decode(answer.content, type=Me)
        return Session(self, {"Cookie": f"{COOKIE}={secret}"}, me)

    def with_token(self, token: str) -> "Session":
        """Another system, by its bearer token."""
        nobody = Me(staff_id=UUID(int=0), display_name="", language="en", roles=[], now=EARLIEST)
        return Session(self, {"Authorization": f"Bearer {token}"}, nobody)

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> httpx.Response:
        """Raises `NoAnswer`, `Problem`."""
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            answer = await self._http.request(method, path, headers=headers, content=body)
        except httpx.TransportError as error:
            raise NoAnswer(type(error).__name__) from error
        # the jar would send nothing over plain HTTP, and must not mix the sessions up where it does
        self._http.cookies.clear()
        if answer.status_code in NOT_NOW:
            raise NoAnswer(f"{answer.status_code} {answer.text[:200]}")
        if answer.is_error:
            raise _problem(answer)
        return answer


def _problem(answer: httpx.Response) -> Problem:
    try:
        body = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        body = dict[str, Any](text=answer.text[:200])
    return Problem(answer.status_code, str(body.get("type", "")).rpartition("/")[2], body)


class Session:
    """Somebody who is signed in."""

    def __init__(self, client: Client, headers: dict[str, str], me: Me) -> None:
        self._client = client
        self._headers = headers
        self.me = me

    async def get(self, path: str, shape: type[T]) -> T:
        answer = await self._client.send("GET", path, self._headers)
        return msgspec.json.decode(answer.content, type=shape)

    async def put(self, path: str, body: object, shape: type[T]) -> T:
        answer = await self._client.send("PUT", path, self._headers, msgspec.json.encode(body))
        return msgspec.json.decode(answer.content, type=shape)

    @overload
    async def post(self, path: str, body: object, *, version: int | None = None) -> None: ...
    @overload
    async def post(self, path: str, body: object, shape: type[T], *, version: int | None = None) -> T: ...
    async def post(
        self, path: str, body: object, shape: type[T] | None = None, *, version: int | None = None
    ) -> T | None:
        headers = self._headers if version is None else {**self._headers, "If-Match": f'"{version}"'}
        answer = await self._client.send("POST", path, headers, msgspec.json.encode(body))
        return None if shape is None else msgspec.json.decode(answer.content, type=shape)
