"""A folder and a bucket keep photos alike. The bucket is moto's, an imitation of S3 of others; without it these skip."""

import asyncio
import hashlib
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from random import Random

import httpx
import pytest

from api.running import uploads_into
from db.ids import new_id
from dispatch.errors import StoreUnreachable, UnknownPhoto
from dispatch.outside.photo_bucket import PhotoBucket
from dispatch.outside.photo_store import PhotoFolder, PhotoStore
from dispatch.settings import BucketAddress, Settings, bucket_address, from_environment
from tests.conftest import until

CONTENT = Random(2).randbytes(3_000_000)
NAME = hashlib.sha256(CONTENT).hexdigest()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where moto listens, as a process of its own."""
    if importlib.util.find_spec("moto") is None:
        pytest.skip("moto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    folder = tmp_path_factory.mktemp("moto")
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(url), 60)
        yield url
        process.terminate()


@pytest.fixture
def address(endpoint: str) -> BucketAddress:
    bucket = f"photos-{new_id().hex[-8:]}"
    httpx.put(f"{endpoint}/{bucket}").raise_for_status()
    return bucket_address(f"s3+{endpoint.replace('//', '//key:se%2Fcret@')}/{bucket}")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    if request.param == "folder":
        return PhotoFolder(tmp_path / "kept")
    return PhotoBucket(request.getfixturevalue("address"))


async def content_of(store: PhotoStore, name: str) -> bytes:
    return b"".join([piece async for piece in await store.read(name)])


async def test_what_is_kept_is_read_back_and_kept_again_it_is_the_same(
    store: PhotoStore, tmp_path: Path
) -> None:
    for _ in range(2):
        part = tmp_path / "part"
        part.write_bytes(CONTENT)
        await store.keep(part, NAME)
        assert await content_of(store, NAME) == CONTENT


async def test_what_is_not_there_is_unknown_before_the_first_piece(store: PhotoStore) -> None:
    with pytest.raises(UnknownPhoto):
        await store.read("0" * 64)


async def test_many_are_kept_at_once(store: PhotoStore, tmp_path: Path) -> None:
    contents = [CONTENT[at : at + 100_000] for at in range(0, 1_000_000, 100_000)]
    names = [hashlib.sha256(content).hexdigest() for content in contents]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    await asyncio.gather(*(store.keep(tmp_path / str(number), name) for number, name in enumerate(names)))
    assert [await content_of(store, name) for name in names] == contents


async def test_a_bucket_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        store = PhotoBucket(
            BucketAddress(f"http://127.0.0.1:{probe.getsockname()[1]}", "photos", "key", "secret")
        )
        part = tmp_path / "part"
        part.write_bytes(b"x")
        with pytest.raises(StoreUnreachable):
            await store.keep(part, NAME)
        with pytest.raises(StoreUnreachable):
            await store.read(NAME)
    assert part.exists()


async def test_a_bucket_that_is_not_there_keeps_nothing(endpoint: str, tmp_path: Path) -> None:
    store = PhotoBucket(BucketAddress(endpoint, "nowhere", "key", "secret"))
    part = tmp_path / "part"
    part.write_bytes(b"x")
    with pytest.raises(StoreUnreachable):
        await store.keep(part, NAME)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "s3+http://key:se%2Fcret@store.example:9000/photos",
            BucketAddress("http://store.example:9000", "photos", "key", "se/cret"),
        ),
        (
            "s3+https://key:secret@s3.example/photos/?region=eu-central-1",
            BucketAddress("https://s3.example", "photos", "key", "secret", "eu-central-1"),
        ),
    ],
)
def test_a_bucket_is_given_in_one_line(
    said: str, read: BucketAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINE3_PHOTOS", said)
    assert from_environment().photos_bucket == read
    assert uploads_into(from_environment())


@pytest.mark.parametrize(
    "said",
    [
        "s3+ftp://k:s@h/b",
        "s3+http://h/b",
        "s3+http://k:s@h",
        "s3+http://k:s@h/",
        "s3+http://k:s@h/a/b",
        "s3+http://k@h/b",
    ],
)
def test_a_bucket_that_is_none_is_refused_without_its_secret(said: str) -> None:
    with pytest.raises(ValueError, match="a bucket is given as") as refused:
        bucket_address(said)
    assert "k:s" not in str(refused.value)


def test_a_folder_is_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LINE3_PHOTOS", str(tmp_path))
    assert from_environment().photos == tmp_path
    assert Settings(data_dir=tmp_path).photos == tmp_path / "photos"
