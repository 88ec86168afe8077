"""The answer to a complaint as a text to the subscriber, with what it answers."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from db.records import Area, Complaint
from dispatch.rules.plurals import language_of, on_day

COMPLAINT_ANSWER = "complaint-answer"
"""In the outbox."""
WORDS: Mapping[str, str] = {
    "en": "Your complaint {number}, made {day}: {answer}",
    "ru": "Ваша жалоба {number}, поданная {day}: {answer}",
    "hu": "{number} számú panasza, amelyet {day} tett: {answer}",
}


def answer_of(complaint: Complaint, area: Area, language: str, now: datetime) -> str:
    """The answer itself is in the words of whoever wrote it."""
    language, zone = language_of(language), ZoneInfo(area.time_zone)
    made, today = (at.astimezone(zone).date() for at in (complaint.complained_at, now))
    return WORDS[language].format(
        number=complaint.number, day=on_day(made, today, language), answer=complaint.answer
    )
