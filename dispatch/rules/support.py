"""Setting support up: what is asked for a symptom, and who of support takes what. Self-checks get new versions and are never edited."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from db.records import Area, CheckAnswer, CheckStep, SupportProfile
from db.records.base import Record
from dispatch.bounded import Code, Instant, Language, StrictWire
from dispatch.errors import AlreadyTaken, UnknownReference
from dispatch.rules.setting_up import Texts, Version
from dispatch.rules.tickets import HAND_OVER, RESOLVED, Skills


class Outcome(StrEnum):
    """What an answer leads to."""

    NEXT = "next"
    RESOLVED = RESOLVED
    HAND_OVER = HAND_OVER


class CheckAnswerIn(StrictWire):
    """`symptom`: what it turns out to be, if another than was said."""

    code: Code
    text: Texts
    outcome: Outcome
    symptom: Code | None = None


class CheckStepIn(StrictWire):
    code: Code
    text: Texts
    answers: Annotated[list[CheckAnswerIn], Meta(min_length=1, max_length=9)]


class SelfCheckIn(StrictWire):
    """A new version of what is asked for a symptom, made from version `after`. Answers are keys, so there are nine at most."""

    symptom: Code
    after: Version
    title: Texts
    skills: Skills
    steps: Annotated[list[CheckStepIn], Meta(min_length=1, max_length=50)]
    valid_from: Instant | None = None


class SupportProfileIn(StrictWire):
    """`lines`: at which somebody works; no skills or languages: of anybody."""

    lines: Annotated[list[Annotated[int, Meta(ge=1, le=9)]], Meta(min_length=1, max_length=9)]
    skills: Skills
    languages: Annotated[list[Language], Meta(max_length=20)]


class SupportPerson(Record):
    """Somebody of support. Without a profile (`version` 0) they take whatever comes."""

    staff_id: UUID
    display_name: str
    lines: list[int]
    skills: list[str]
    languages: list[str]
    version: int


def steps_of(made: SelfCheckIn, symptoms: Iterable[str]) -> list[CheckStep]:
    """Raises `AlreadyTaken` where a code stands twice, `UnknownReference` where an answer leads to a symptom that is not there."""
    _once([step.code for step in made.steps], "/steps")
    known = {made.symptom, *symptoms}
    for number, step in enumerate(made.steps):
        _once([answer.code for answer in step.answers], f"/steps/{number}/answers")
        for place, answer in enumerate(step.answers):
            if answer.symptom is not None and answer.symptom not in known:
                raise UnknownReference(pointer=f"/steps/{number}/answers/{place}/symptom")
    return [
        CheckStep(
            code=step.code,
            text=step.text,
            answers=[
                CheckAnswer(
                    code=answer.code,
                    text=answer.text,
                    outcome=answer.outcome,
                    symptom=answer.symptom or "",
                )
                for answer in step.answers
            ],
        )
        for step in made.steps
    ]


def _once(codes: list[str], pointer: str) -> None:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise AlreadyTaken(pointer=f"{pointer}/{place}/code")


def person_with(
    staff_id: UUID, name: str, lines: list[int], profiles: Mapping[UUID, SupportProfile]
) -> SupportPerson:
    """`lines`: all of the area, at which somebody without a profile works."""
    profile = profiles.get(staff_id)
    return SupportPerson(
        staff_id=staff_id,
        display_name=name,
        lines=lines if profile is None else profile.lines,
        skills=[] if profile is None else profile.skills,
        languages=[] if profile is None else profile.languages,
        version=0 if profile is None else profile.version,
    )


def lines_of(
    areas: Sequence[Area], profiles: Sequence[SupportProfile], overseen: Collection[UUID] = ()
) -> list[tuple[UUID, int, timedelta]]:
    """The lines at which somebody works, in each area, and how long one may wait there: without a profile at all of them, and so
    where they supervise."""
    told = {profile.area_id: profile.lines for profile in profiles if profile.area_id not in overseen}
    return [
        (area.area_id, line.number, timedelta(seconds=line.wait_seconds))
        for area in areas
        for line in area.settings.support_lines
        if area.area_id not in told or line.number in told[area.area_id]
    ]
