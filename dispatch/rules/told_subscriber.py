"""One plain sentence for the subscriber: when somebody comes and how it came to be then, or why no time was found.

No number that is of no use to the subscriber, and nobody else's data: no name, no count of others, no cost.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from db.records import Appointment, Area, Job, PlanReason, Visit
from db.states import STARTED_VISIT, AppointmentState, HoldReason, JobState, VisitState
from dispatch.rules.plurals import clock, form_of, language_of, on_day, up_to
from dispatch.rules.running import promised_window
from dispatch.rules.slots import NEARBY_S


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that the sentence depends on."""

    area: Area
    job: Job
    visit: Visit | None
    """The live one, or the draft."""
    appointments: Sequence[Appointment]
    reason: PlanReason | None
    """The last that a version of the rounds said of the job."""
    planned_until: date | None
    """Of the version that said it."""


class Words(msgspec.Struct, frozen=True):
    """Sentences by what there is to say."""

    near: str
    minutes: tuple[str, ...]
    free: str
    agreed: str
    planned: str
    late: str
    coming: str
    there: str
    waiting: str
    nothing: str
    because: Mapping[str, str]
    held: Mapping[HoldReason, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        near="Your visit is {day} between {earliest} and {latest}: the technician is then {minutes} away.",
        minutes=("{n} minute", "{n} minutes"),
        free="Your visit is {day} between {earliest} and {latest}: a technician who can do this is free then.",
        agreed="It has been agreed that somebody comes {day} between {earliest} and {latest}.",
        planned="A technician is to come {day}; no hour has been agreed yet.",
        late="The technician is late; the visit is still planned for today.",
        coming="A technician is on the way to you.",
        there="A technician is at work on it.",
        waiting="We have your report and are planning the visit.",
        nothing="We could not find a time for you {until}: {because}. We go on looking.",
        because={
            "busy": "all technicians who can do this are booked up",
            "urgent": "more urgent visits come first",
            "window": "nobody is free at the time that was agreed",
            "part": "a part that is needed is not to be had yet",
            "tool": "a tool that is needed is not to be had yet",
            "skill": "nobody who can do this is on duty",
        },
        held={
            HoldReason.NO_ACCESS: "Nobody could let us in: tell us when somebody is there.",
            HoldReason.PART_MISSING: "We are waiting for a part; the visit follows.",
            HoldReason.SUBSCRIBER_WISH: "The visit waits for you: tell us when it suits you.",
            HoldReason.PAUSED: "The work has been interrupted and will be taken up again.",
            HoldReason.OUTAGE: "There is no service at your address at the moment; we are working on it, and nobody needs to come to you for that.",
        },
    ),
    "ru": Words(
        near="Мастер придёт к вам {day} с {earliest} до {latest}: он будет тогда в {minutes} пути.",
        minutes=("{n} минуте", "{n} минутах"),
        free="Мастер придёт к вам {day} с {earliest} до {latest}: тогда свободен тот, кто это умеет.",
        agreed="Визит согласован с вами {day} с {earliest} до {latest}.",
        planned="Визит к вам запланирован {day}; время пока не согласовано.",
        late="Мастер опаздывает; визит по-прежнему запланирован на сегодня.",
        coming="Мастер уже едет к вам.",
        there="Мастер уже работает.",
        waiting="Ваша заявка у нас, мы планируем визит.",
        nothing="Нам не удалось найти для вас время {until}: {because}. Мы ищем дальше.",
        because={
            "busy": "все мастера, которые это умеют, заняты",
            "urgent": "сначала идут более срочные визиты",
            "window": "в согласованное время никто не свободен",
            "part": "нужной детали пока нет",
            "tool": "нужного инструмента пока нет",
            "skill": "никто из тех, кто это умеет, не работает",
        },
        held={
            HoldReason.NO_ACCESS: "Нам никто не открыл: скажите, когда кто-нибудь будет на месте.",
            HoldReason.PART_MISSING: "Мы ждём деталь; визит будет после этого.",
            HoldReason.SUBSCRIBER_WISH: "Визит ждёт вас: скажите, когда вам удобно.",
            HoldReason.PAUSED: "Работа прервана и будет продолжена.",
            HoldReason.OUTAGE: "По вашему адресу сейчас нет связи; мы над этим работаем, и приходить к вам для этого не нужно.",
        },
    ),
    "hu": Words(
        near="A szerelő {day} {earliest} és {latest} között érkezik Önhöz: akkor {minutes} percre lesz.",
        minutes=("{n}",),
        free="A szerelő {day} {earliest} és {latest} között érkezik Önhöz: akkor szabad, aki ehhez ért.",
        agreed="A látogatást {day} {earliest} és {latest} közé egyeztettük Önnel.",
        planned="A látogatást {day} tervezzük; az időpontot még nem egyeztettük.",
        late="A szerelő késik; a látogatást továbbra is mára tervezzük.",
        coming="A szerelő úton van Önhöz.",
        there="A szerelő már dolgozik rajta.",
        waiting="A bejelentését megkaptuk, a látogatást tervezzük.",
        nothing="Nem találtunk Önnek időpontot {until}: {because}. Tovább keresünk.",
        because={
            "busy": "mindenki foglalt, aki ehhez ért",
            "urgent": "a sürgősebb látogatások előbbre valók",
            "window": "az egyeztetett időben senki sem szabad",
            "part": "egy szükséges alkatrész még nem érhető el",
            "tool": "egy szükséges eszköz még nem érhető el",
            "skill": "nem dolgozik senki, aki ehhez ért",
        },
        held={
            HoldReason.NO_ACCESS: "Nem tudtunk bejutni: kérjük, mondja meg, mikor van ott valaki.",
            HoldReason.PART_MISSING: "Egy alkatrészre várunk; utána jövünk.",
            HoldReason.SUBSCRIBER_WISH: "A látogatás Önre vár: mondja meg, mikor alkalmas.",
            HoldReason.PAUSED: "A munka megszakadt, és folytatni fogjuk.",
            HoldReason.OUTAGE: "Az Ön címén jelenleg nincs szolgáltatás; dolgozunk rajta, és ehhez senkinek sem kell Önhöz mennie.",
        },
    ),
}
NEAREST = ("priority", "shift", "locked", "excluded", "partner", "window", "price", "part", "tool", "skill")
"""What got furthest comes first: a shift that lacked the time had the skill."""
TOLD = {
    "priority": "busy",
    "shift": "busy",
    "locked": "busy",
    "excluded": "busy",
    "partner": "busy",
    "price": "urgent",
}


def told(known: Known, language: str, now: datetime) -> str | None:
    """None where nothing is owed any more."""
    words, job, visit = WORDS[language_of(language)], known.job, known.visit
    if job.state in (JobState.CLOSED, JobState.CANCELLED):
        return None
    if job.state is JobState.ON_HOLD:
        return words.held.get(job.hold_reason or HoldReason.PAUSED)
    if job.state is JobState.IN_PROGRESS or (visit is not None and visit.state in STARTED_VISIT):
        under_way = visit is not None and visit.state is VisitState.ON_MY_WAY
        return words.coming if under_way else words.there
    promise = promised_window(known.appointments, now)
    if promise is not None:
        return _promised(known, promise, words, language, now)
    today = now.astimezone(ZoneInfo(known.area.time_zone)).date()
    if visit is not None and visit.state is VisitState.PUBLISHED and visit.on_day >= today:
        missed = any(
            row.state in (AppointmentState.CONFIRMED, AppointmentState.MISSED) for row in known.appointments
        )
        if missed and visit.on_day == today:
            return words.late
        return words.planned.format(day=on_day(visit.on_day, today, language))
    if visit is None and known.reason is not None and known.reason.technician_id is None:
        return _left_out(known.reason, known.planned_until, today, words, language)
    return words.waiting


def _promised(known: Known, promise: Appointment, words: Words, language: str, now: datetime) -> str:
    zone, visit = ZoneInfo(known.area.time_zone), known.visit
    today = now.astimezone(zone).date()
    served = visit is not None and promise.earliest_at <= visit.planned_start_at <= promise.latest_at
    facts = {
        "day": on_day(promise.earliest_at.astimezone(zone).date(), today, language),
        "earliest": clock(promise.earliest_at, known.area),
        "latest": clock(promise.latest_at, known.area),
    }
    if visit is None or not served:
        return words.agreed.format(**facts)
    seconds = visit.travel_duration.total_seconds()
    if seconds > NEARBY_S:
        return words.free.format(**facts)
    minutes = max(1, round(seconds / 60))
    return words.near.format(**facts, minutes=form_of(words.minutes, minutes, language).format(n=minutes))


def _left_out(reason: PlanReason, until: date | None, today: date, words: Words, language: str) -> str:
    code = next((code for code in NEAREST if reason.blocks.get(code)), None)
    if code is None or until is None or until < today:
        return words.waiting
    because = words.because[TOLD.get(code, code)]
    return words.nothing.format(until=up_to(until, language), because=because)
