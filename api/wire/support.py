"""Setting support up, on the wire."""

from datetime import datetime
from uuid import UUID

from dispatch.bounded import Wire
from dispatch.rules.support import Outcome


class AnswerSetupOut(Wire):
    code: str
    text: dict[str, str]
    outcome: Outcome
    symptom: str | None


class StepSetupOut(Wire):
    code: str
    text: dict[str, str]
    answers: list[AnswerSetupOut]


class SelfCheckOut(Wire):
    """What is asked for a symptom, by language."""

    symptom: str
    self_check_version: int
    title: dict[str, str]
    skills: list[str]
    steps: list[StepSetupOut]
    valid_from: datetime


class SelfChecks(Wire):
    """All versions, by symptom."""

    items: list[SelfCheckOut]


class SupportPersonOut(Wire):
    """Without a profile (`version` 0) somebody takes whatever comes."""

    staff_id: UUID
    display_name: str
    lines: list[int]
    skills: list[str]
    languages: list[str]
    version: int


class SupportPeople(Wire):
    items: list[SupportPersonOut]
