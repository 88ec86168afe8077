"""What would become of the rounds, in one sentence for whoever asked. Costs are in seconds of driving, and said as costs."""

from collections.abc import Mapping

import msgspec

from db.records import WhatIfAnswer, WhatIfSide
from dispatch.rules.plurals import duration, form_of, language_of
from dispatch.rules.told_technician import NOTHING_S


class Words(msgspec.Struct, frozen=True):
    """Each a part of the sentence; those with a number in the forms that go with it."""

    better: str
    worse: str
    same: str
    placed: tuple[str, ...]
    left_out: tuple[str, ...]
    kept: tuple[str, ...]
    broken: tuple[str, ...]
    moved: tuple[str, ...]
    newcomer: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        better="The rounds would cost {cost} less",
        worse="The rounds would cost {cost} more",
        same="The rounds would cost the same",
        placed=("{n} more job would have a place", "{n} more jobs would have a place"),
        left_out=("{n} job fewer would have a place", "{n} jobs fewer would have a place"),
        kept=("{n} more promise would be kept", "{n} more promises would be kept"),
        broken=("{n} promise fewer would be kept", "{n} promises fewer would be kept"),
        moved=("{n} visit that is out would move", "{n} visits that are out would move"),
        newcomer="technician more",
    ),
    "ru": Words(
        better="Маршруты стали бы на {cost} дешевле",
        worse="Маршруты стали бы на {cost} дороже",
        same="Маршруты стоили бы столько же",
        placed=(
            "место нашлось бы ещё для {n} заявки",
            "место нашлось бы ещё для {n} заявок",
            "место нашлось бы ещё для {n} заявок",
        ),
        left_out=(
            "без места осталась бы ещё {n} заявка",
            "без места остались бы ещё {n} заявки",
            "без места остались бы ещё {n} заявок",
        ),
        kept=(
            "было бы выполнено на {n} обещание больше",
            "было бы выполнено на {n} обещания больше",
            "было бы выполнено на {n} обещаний больше",
        ),
        broken=(
            "было бы выполнено на {n} обещание меньше",
            "было бы выполнено на {n} обещания меньше",
            "было бы выполнено на {n} обещаний меньше",
        ),
        moved=(
            "сдвинулся бы {n} отправленный визит",
            "сдвинулись бы {n} отправленных визита",
            "сдвинулись бы {n} отправленных визитов",
        ),
        newcomer="дополнительный мастер",
    ),
    "hu": Words(
        better="A körök költsége {cost} értékkel kisebb lenne",
        worse="A körök költsége {cost} értékkel nagyobb lenne",
        same="A körök ugyanannyiba kerülnének",
        placed=("{n} további munkának lenne helye",),
        left_out=("{n} további munkának nem lenne helye",),
        kept=("{n} ígérettel többet tartanánk be",),
        broken=("{n} ígérettel kevesebbet tartanánk be",),
        moved=("{n} kiadott látogatás mozdulna",),
        newcomer="további szerelő",
    ),
}


def told_of_what_if(answer: WhatIfAnswer, language: str) -> str:
    """All that differs, and what would move."""
    words = WORDS[language_of(language)]
    more = answer.after.cost["total"] - answer.before.cost["total"]
    said = words.worse if more > 0 else words.better
    if abs(more) < NOTHING_S:
        said = words.same
    parts = [said.format(cost=duration(more, language))]
    placed = len(answer.before.unassigned) - len(answer.after.unassigned)
    for difference, up, down in (
        (placed, words.placed, words.left_out),
        (_broken(answer.before) - _broken(answer.after), words.kept, words.broken),
    ):
        if difference:
            parts.append(_counted(up if difference > 0 else down, abs(difference), language))
    if answer.after.moved:
        parts.append(_counted(words.moved, answer.after.moved, language))
    return "; ".join(parts) + "."


def _broken(side: WhatIfSide) -> int:
    return side.late + side.unplaced


def _counted(forms: tuple[str, ...], number: int, language: str) -> str:
    return form_of(forms, number, language).format(n=number)


def newcomer(number: int, language: str) -> str:
    """Somebody who is only supposed, the first being 1."""
    return f"{WORDS[language_of(language)].newcomer} {number}"
