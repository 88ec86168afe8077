"""The evidence of a job: whole, the same each time, and altered nowhere without being found."""

import copy
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest

from db.ids import new_id
from db.records import Job
from db.states import ReviewReason
from dispatch.errors import UnknownJob
from dispatch.flows import evidence
from dispatch.rules.agreements import FIRST
from dispatch.rules.evidence import CONTENT, Evidence, flaws, hashes_of, root_of, written
from tests.builders import Town, terms
from tests.dispatch.said import Paid, out
from tests.dispatch.test_visit_codes import Typed, coded, wrong
from tests.worlds import WORK

Document = dict[str, Any]


async def collected(town: Town, job: Job) -> Evidence:
    async with town.database.begin([town.world.area_id], snapshot=True) as conn:
        return await evidence.collect(conn, areas_seen=[town.world.area_id], job_id=job.job_id)


@pytest.fixture(scope="module")
async def made(town: Town) -> tuple[Document, bytes]:
    """A bundle as it is read from its file, and the installation's key."""
    phone, job, visit = await out(town, "wifi_setup", terms=terms())
    await phone.send(town.database, Paid(town, phone, visit).all)
    async with town.database.begin([town.world.area_id]) as conn:
        key = await evidence.seal_key(conn)
    return msgspec.json.decode(written(await collected(town, job))), key


def leaves(part: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members: list[tuple[Any, Any]] = []
    if isinstance(part, dict):
        members = list(cast("dict[str, Any]", part).items())
    elif isinstance(part, list):
        members = list(enumerate(cast("list[Any]", part)))
    inside = [leaf for name, value in members for leaf in leaves(value, (*way, name))]
    yield from inside or [way]


def pointer(way: tuple[Any, ...]) -> str:
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in way)


def holder_of(document: Document, way: tuple[Any, ...]) -> Any:
    found: Any = document
    for name in way[:-1]:
        found = found[name]
    return found


async def test_as_it_was_made_nothing_is_wrong_with_it(made: tuple[Document, bytes]) -> None:
    document, key = made
    assert flaws(document, key) == []
    assert len(list(leaves(document["consents"]))) > 50


@pytest.mark.parametrize("instead", ["another", None, 7, {}, [1]], ids=repr)
async def test_whatever_single_member_is_altered_is_named(
    made: tuple[Document, bytes], instead: object
) -> None:
    document, key = made
    for way in leaves(document):
        altered = copy.deepcopy(document)
        holder_of(altered, way)[way[-1]] = instead
        if altered == document:
            continue
        named = {flaw.pointer for flaw in flaws(altered, key)}
        assert any(name == pointer(way) or name.startswith(pointer(way) + "/") for name in named), way


async def test_without_the_key_all_but_the_seal_is_found_too(made: tuple[Document, bytes]) -> None:
    document, _ = made
    for way in leaves(document):
        altered = copy.deepcopy(document)
        holder_of(altered, way)[way[-1]] = "another"
        assert (pointer(way) in {flaw.pointer for flaw in flaws(altered)}) == (way != ("seal",)), way


async def test_whatever_single_member_is_removed_or_added_is_named(made: tuple[Document, bytes]) -> None:
    document, key = made
    for way in leaves(document):
        removed, added = copy.deepcopy(document), copy.deepcopy(document)
        here = holder_of(removed, way)
        del here[way[-1]]
        assert flaws(removed, key) != [], way
        if isinstance(here, dict):
            assert pointer(way) in {flaw.pointer for flaw in flaws(removed, key)}, way
            holder_of(added, way)["more"] = 1
            assert pointer((*way[:-1], "more")) in {flaw.pointer for flaw in flaws(added, key)}, way


async def test_a_charge_taken_out_whole_is_named(made: tuple[Document, bytes]) -> None:
    document, key = copy.deepcopy(made)
    ((charge_id, charge),) = document["charges"].items()
    document["charges"].clear()
    gone = {flaw.pointer for flaw in flaws(document, key) if flaw.what == "removed"}
    assert gone == {f"/charges/{charge_id}/{name}" for name in charge}


def forged(document: Document) -> Document:
    """With hashes and root made anew, by somebody without the key."""
    content = {name: document[name] for name in CONTENT}
    found = hashes_of(content)
    return {**document, "hashes": found, "root": root_of(found)}


async def test_who_makes_the_hashes_anew_is_found_by_the_seal(made: tuple[Document, bytes]) -> None:
    document, key = copy.deepcopy(made)
    next(iter(document["charges"].values()))["amount_minor"] = WORK // 2
    assert flaws(forged(document)) == []
    assert [flaw.pointer for flaw in flaws(forged(document), key)] == ["/seal"]


async def test_a_consent_altered_before_the_file_was_made_is_found_by_its_own_hash(
    made: tuple[Document, bytes],
) -> None:
    document, _ = copy.deepcopy(made)
    for consent_id, consent in document["consents"].items():
        consent["person"] = "Somebody else"
        assert f"/consents/{consent_id}/content_hash" in {flaw.pointer for flaw in flaws(forged(document))}


async def test_a_text_that_is_not_the_one_of_its_hash_is_named(made: tuple[Document, bytes]) -> None:
    document, _ = copy.deepcopy(made)
    consent_id, consent = next(iter(document["consents"].items()))
    consent["shown"]["text"] += " And more."
    assert [flaw.pointer for flaw in flaws(forged(document))] == [f"/consents/{consent_id}/shown/text"]


async def test_it_holds_the_exact_texts_the_prices_the_strokes_and_the_charge(
    made: tuple[Document, bytes], town: Town
) -> None:
    document, _ = made
    by_subject = {consent["subject"]: consent for consent in document["consents"].values()}
    assert by_subject["quote"]["shown"]["text"] == FIRST["ru"]
    assert by_subject["terms"]["shown"]["text"] == "Выезд может быть платным."
    assert by_subject["quote"]["evidence"]["signature"] == "strokes"
    assert [line["amount_minor"] for line in by_subject["quote"]["evidence"]["lines"]] == [WORK]
    (charge,) = document["charges"].values()
    assert charge["consent_id"] == by_subject["quote"]["consent_id"]


async def test_what_a_person_accepted_is_in_it_with_who_and_when(town: Town) -> None:
    phone, job, visit, code = await coded(town)
    await phone.send(town.database, Typed(town, phone, visit, wrong(code)).said)
    await town.decide(job, ReviewReason.CODE_MISMATCH, accepted=True)
    (decision,) = (await collected(town, job)).decisions.values()
    assert (decision["reason"], decision["state"]) == ("code-mismatch", "accepted")
    assert decision["decided_by"] == str(town.world.staff_id("dispatcher"))


async def test_the_same_state_gives_the_same_file(town: Town, made: tuple[Document, bytes]) -> None:
    document, _ = made
    async with town.database.begin([town.world.area_id]) as conn:
        job = await evidence.find_job(conn, areas_seen=[town.world.area_id], named=document["job"]["number"])
    assert written(await collected(town, job)) == written(await collected(town, job))
    assert msgspec.json.decode(written(await collected(town, job))) == document


@pytest.mark.parametrize(
    "nonsense", [None, [], {}, {"hashes": []}, {"consents": {"x": {}}, "hashes": {}}, "x"]
)
def test_what_is_no_bundle_is_not_sound(nonsense: object) -> None:
    assert flaws(nonsense) != []


async def test_a_job_of_another_area_has_none(town: Town) -> None:
    job = await town.job()
    async with town.database.begin([town.world.area_id]) as conn:
        with pytest.raises(UnknownJob):
            await evidence.collect(conn, areas_seen=[new_id()], job_id=job.job_id)
