"""Photos that go up through faults are whole and right, or visibly unfinished; and the judge can tell."""

import pytest

from api.routes import photos
from db.pool import Database
from dispatch import uploads
from tests.faults.bugs import Bug, Edit
from tests.faults.phones import find_node, phones
from tests.faults.uploads import uploading

pytestmark = pytest.mark.skipif(find_node() is None, reason="no node: `make setup` brings it")

TRIES = 10
"""One picture in fifty is damaged on its way."""
BLIND = Bug(
    "whatever came is taken for what was announced",
    [
        Edit(photos, "_verify_checksum", "if said is None:", "if said:"),
        Edit(
            uploads,
            "_verify",
            "is_announced, image_of(content) if is_announced else None",
            "True, image_of(content)",
        ),
    ],
    0,
)


@pytest.mark.parametrize("number", [0, 1])
async def test_photos_sent_through_faults_are_what_was_taken(database: Database, number: int) -> None:
    async with phones() as process, uploading(database, process) as there:
        assert await there.batch(number, 10) == []
        assert there.unfinished > 0, "no fault was felt: this test does not bite"


async def test_the_judge_finds_a_photo_that_is_complete_but_wrong(database: Database) -> None:
    wrong = "is called complete, and is not what was taken"
    with BLIND.on_server():
        async with phones() as process, uploading(database, process) as there:
            for number in range(TRIES):
                if any(wrong in sentence for sentence in await there.batch(number)):
                    return
    pytest.fail(f"not found by {TRIES} batches")
