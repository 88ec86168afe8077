"""A system of the operator's own, asked in JSON over HTTP."""

import httpx
import msgspec

from dispatch.settings import SystemAddress

ANSWER_SECONDS = 20.0


class SystemFailed(Exception):
    """It refused with this status, or was silent."""

    def __init__(self, status: int | None) -> None:
        super().__init__("silent" if status is None else f"status {status}")
        self.status = status


class OperatorSystem:
    """Below its address; with its key as a bearer token, where it wants one."""

    def __init__(self, address: SystemAddress) -> None:
        self._url = address.url
        self._headers = {"Content-Type": "application/json"}
        if address.key is not None:
            self._headers["Authorization"] = f"Bearer {address.key}"

    async def post(self, path: str, body: msgspec.Struct, *, key: str | None = None) -> bytes:
        """`key`: by which it knows what it was sent before. Raises `SystemFailed`."""
        headers = self._headers if key is None else self._headers | {"Idempotency-Key": key}
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, headers=headers) as client:
                answer = await client.post(f"{self._url}/{path}", content=msgspec.json.encode(body))
        except httpx.HTTPError as error:
            raise SystemFailed(None) from error
        if not answer.is_success:
            raise SystemFailed(answer.status_code)
        return answer.content
