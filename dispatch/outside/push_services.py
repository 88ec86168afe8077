"""The push services of browser makers: they carry a text to a phone whose app is closed, and cannot read it.

Only https to allow-listed hosts, never to a private address: an endpoint comes from outside. The address that was looked at is
the address that is spoken to, so that a name which changes its mind in between leads nowhere.
"""

import asyncio
import ipaddress
import os
import ssl
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from db.queries.pushes import Due
from dispatch.outside.push_encryption import authorization, sealed
from dispatch.push_keys import PushKeys

ANSWER_SECONDS = 10.0
KEPT_SECONDS = 4 * 3600
"""A phone that comes back later asks by itself."""
TOPIC = "round"
"""Of several that wait at the service, the last one stays."""


class Pushed(StrEnum):
    TAKEN = "taken"
    GONE = "gone"
    """Nobody is subscribed there any more."""
    FAILED = "failed"


class Doorbell:
    """Rings at phones. `private`: whether addresses of private networks are spoken to as well; `trusted`: other authorities than the usual."""

    def __init__(
        self, keys: PushKeys, *, private: bool = False, trusted: ssl.SSLContext | None = None
    ) -> None:
        self._keys = keys
        self._private = private
        self._trusted = trusted or ssl.create_default_context()

    async def push(self, to: Due, text: str, now: datetime) -> Pushed:
        """Never raises for what the service does."""
        if not self._keys.allows(to.endpoint):
            return Pushed.FAILED
        parts = urlsplit(to.endpoint)
        try:
            address = await self._address(parts.hostname or "", parts.port or 443)
            body = sealed(
                text.encode(), to.key, to.auth, ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
            )
            status = await self._post(to.endpoint, address, body, now)
        except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL):
            return Pushed.FAILED
        if status in (404, 410):
            return Pushed.GONE
        return Pushed.TAKEN if status in (200, 201, 202, 204) else Pushed.FAILED

    async def _address(self, host: str, port: int) -> str:
        """Raises `OSError` where the name leads nowhere, or to where nobody outside may send us."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)
        addresses = [ipaddress.ip_address(str(entry[4][0])) for entry in found]
        if not self._private and not all(address.is_global for address in addresses):
            raise OSError("not a public address")
        return str(addresses[0])

    async def _post(self, endpoint: str, address: str, body: bytes, now: datetime) -> int:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        headers = {
            "Host": parts.netloc,
            "Authorization": authorization(
                self._keys.key, self._keys.contact, f"https://{parts.netloc}", now
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS),
            "Topic": TOPIC,
            "Urgency": "high",
        }
        url = httpx.URL(endpoint).copy_with(host=address)
        async with httpx.AsyncClient(
            verify=self._trusted, timeout=ANSWER_SECONDS, trust_env=False, follow_redirects=False
        ) as client:
            answer = await client.post(url, content=body, headers=headers, extensions={"sni_hostname": host})
        return answer.status_code
