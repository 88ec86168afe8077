"""Photos in a bucket of somebody's S3 (AWS, MinIO, Ceph, Garage, ...): the only place that knows obstore."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store

from dispatch.errors import StoreUnreachable, UnknownPhoto
from dispatch.outside.photo_store import PIECE_BYTES, PhotoStore
from dispatch.settings import BucketAddress


class PhotoBucket(PhotoStore):
    """An upload is seen as a whole or not at all, and acknowledged when it is durable: S3 promises both."""

    def __init__(self, address: BucketAddress) -> None:
        self._store = S3Store(
            address.bucket,
            endpoint=address.endpoint,
            access_key_id=address.key,
            secret_access_key=address.secret,
            region=address.region,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": address.endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=20),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )

    async def keep(self, part: Path, name: str) -> None:
        try:
            await self._store.put_async(name, part, use_multipart=False)
        # a bucket that is not there is a file not found
        except (BaseError, FileNotFoundError) as error:
            raise StoreUnreachable() from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        try:
            found = await self._store.get_async(name)
        except FileNotFoundError:
            raise UnknownPhoto() from None
        except BaseError as error:
            raise StoreUnreachable() from error
        return _pieces(found.stream(PIECE_BYTES))


async def _pieces(stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(memoryview(piece))  # type: ignore[arg-type]
