"""What goes wrong in two days, hour by hour, and the truth behind each door, which only whoever goes there finds out."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from api.demo.area import Made
from api.demo.catalogue import KIND_OF_FAULT, TERMS_VERSION
from api.demo.people import name_of
from db.records import Subscriber
from db.states import ConsentAnswer, Relation
from dispatch.rules.escalations import ContactIn, DiagnosisIn, EscalationIn, ReadingIn, TermsIn, WindowIn
from dispatch.rules.phone import in_language

_T = TypeVar("_T")

OPENS = time(6, 30)
"""When the demo's first day begins: what came in overnight is there."""
NOON = time(12)
RACE = time(10, 30)
"""When several subscribers want the same window."""
RACERS = 5
DARKENED = 200
"""Subscribers behind the trunk cable that is cut at noon."""
DURING = (time(9, 10), time(10, 20), time(11, 5), time(13, 25), time(14, 15), time(15, 5))
EVENING = time(17, 40)
GROWN, MORE_DARK = time(14, 15), 3
"""When line 2 says of a ticket that it is not over, and how many more subscribers are dark than it seemed: its job is
reopened if it was closed."""
WINDOW_HOURS = (9, 11, 13, 15)
WINDOW = timedelta(hours=2)


class Fate(StrEnum):
    """How a visit ends, as the technician will find."""

    FIXED = "fixed"
    PAID = "paid"
    DECLINED = "declined"
    UNSIGNED = "unsigned"
    """Paid work, and the technician forgets the signature."""
    OPERATORS_FAULT = "operators_fault"
    """Booked as the subscriber's own trouble, and it was ours."""
    NO_ACCESS = "no_access"
    FORGETFUL = "forgetful"
    """Closed without the photo that the kind asks for."""
    PART_MISSING = "part_missing"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: when line 2 hands it to the field. `door`: the phone on site, by which the world knows the place. `again`:
    when line 2 has more to say of the same ticket."""

    at: datetime
    escalation: EscalationIn
    fate: Fate
    door: str
    again: datetime | None = None
    on_the_line: bool = False
    """The subscriber is on the phone when line 2 hands it over, and wants a window."""
    races: bool = False

    def once_more(self) -> EscalationIn:
        """The same ticket, one sequence number later: more subscribers are dark."""
        affected = self.escalation.affected + MORE_DARK
        return msgspec.structs.replace(
            self.escalation, sequence=2, affected=affected, promised_window=None, terms=None
        )


EPISODES = (
    ("wifi_weak", Fate.PAID),
    ("router_settings", Fate.DECLINED),
    ("ont_dead", Fate.NO_ACCESS),
    ("equipment_failure", Fate.FORGETFUL),
    ("drop_damaged", Fate.FIXED),
    ("router_settings", Fate.UNSIGNED),
    ("wifi_weak", Fate.OPERATORS_FAULT),
    ("equipment_failure", Fate.PART_MISSING),
)
"""What every demo day must show, as far as there are jobs for it; promised, so that it is planned."""
GROWING = 4
"""Which of the first faults is escalated a second time."""
TOMORROWS = 4
"""Which of them is promised for the second day, so that the evening has a round to show."""

_MIX = {
    "cable_break": 5,
    "ont_dead": 15,
    "equipment_failure": 15,
    "drop_damaged": 14,
    "wifi_weak": 12,
    "router_settings": 9,
    "new_line": 9,
    "level_degraded": 10,
}
_PAID_FATES = {Fate.PAID: 70, Fate.DECLINED: 14, Fate.OPERATORS_FAULT: 16}
_OTHER_FATES = {Fate.FIXED: 96, Fate.NO_ACCESS: 4}
_TERMS_ANSWERS = {ConsentAnswer.ACCEPTED: 70, ConsentAnswer.DECLINED: 12, None: 18}
_LEVELS = {"ont_dead": (-32.5, -28.5), "drop_damaged": (-31, -27.5), "level_degraded": (-26.9, -25.2)}
_SUMMARY = {
    "cable_break": {
        "en": "No light behind the splitter; the cable is cut.",
        "ru": "За сплиттером нет сигнала, обрыв кабеля.",
        "hu": "Az elosztó mögött nincs jel, a kábel szakadt.",
        "de": "Kein Licht hinter dem Splitter, das Kabel ist durchtrennt.",
    },
    "equipment_failure": {
        "en": "Terminal does not answer after a restart.",
        "ru": "Терминал не отвечает после перезагрузки.",
        "hu": "A végberendezés újraindítás után sem válaszol.",
        "de": "Das Endgerät antwortet auch nach dem Neustart nicht.",
    },
    "drop_replacement": {
        "en": "Level out of range, drop cable visibly damaged.",
        "ru": "Уровень вне нормы, ввод повреждён.",
        "hu": "A szint kívül esik a határon, a leágazás sérült.",
        "de": "Pegel außerhalb der Grenzen, Hausanschluss beschädigt.",
    },
    "wifi_setup": {
        "en": "Line is fine; the subscriber's own devices do not connect.",
        "ru": "Линия исправна, устройства абонента не подключаются.",
        "hu": "A vonal rendben, az előfizető eszközei nem csatlakoznak.",
        "de": "Leitung in Ordnung, eigene Geräte verbinden sich nicht.",
    },
    "installation": {
        "en": "New contract, line to be brought in.",
        "ru": "Новый договор, завести линию.",
        "hu": "Új szerződés, a vonalat be kell vezetni.",
        "de": "Neuer Vertrag, Leitung einführen.",
    },
    "line_inspection": {
        "en": "Several levels on this branch sink slowly.",
        "ru": "На ветке медленно падают уровни.",
        "hu": "Az ágon több szint lassan csökken.",
        "de": "Auf diesem Ast sinken mehrere Pegel langsam.",
    },
}


def instant(made: Made, on: date, clock: time) -> datetime:
    return datetime.combine(on, clock, tzinfo=ZoneInfo(made.region.time_zone))


def make_faults(made: Made, *, seed: int, first_on: date, count: int) -> list[Fault]:
    """`count` escalations in the order in which they come, the noon emergency among them, and a few that race for one
    window. Needs as many subscribers."""
    return _Maker(made, seed, first_on).make(count)


class _Maker:
    """The windows promised so far, and whose turn it is to have trouble."""

    def __init__(self, made: Made, seed: int, first_on: date) -> None:
        self.made = made
        self.random = Random(f"faults {seed}")
        self.first_on = first_on
        self.holders = list(made.set_up.subscribers)
        self.random.shuffle(self.holders)
        per_window = max(1, len(made.set_up.technicians) // 3)
        days = [first_on, first_on + timedelta(days=1)]
        self.free = {(on, hour): per_window for on in days for hour in WINDOW_HOURS}

    def make(self, count: int) -> list[Fault]:
        faults = [self._emergency()][:count]
        for number, (fault_class, fate) in enumerate(EPISODES[: max(0, count - 1)]):
            on = self.first_on + timedelta(days=number == TOMORROWS)
            faults.append(self._fault(self._known_at(), fault_class, fate, self._window(on)))
        if len(faults) > GROWING:
            again = self._at(GROWN)
            faults[GROWING] = msgspec.structs.replace(faults[GROWING], again=again)
        while len(faults) < count:
            faults.append(self._ordinary(len(faults)))
        faults += [
            msgspec.structs.replace(self._fault(self._at(RACE), "wifi_weak", Fate.PAID, None), races=True)
            for _ in range(RACERS)
        ]
        return sorted(faults, key=lambda fault: (fault.at, fault.door))

    def _at(self, clock: time) -> datetime:
        return instant(self.made, self.first_on, clock)

    def _known_at(self) -> datetime:
        return self._at(OPENS)

    def _ordinary(self, number: int) -> Fault:
        """Seven in ten are known in the morning, two come during the day, one in the evening."""
        fault_class = self._one_of(_MIX)
        fate = self._one_of(_PAID_FATES if KIND_OF_FAULT[fault_class] == "wifi_setup" else _OTHER_FATES)
        tenth = number % 10
        if tenth in (3, 7):
            return self._fault(
                self._at(self.random.choice(DURING)), fault_class, fate, self._maybe_tomorrow()
            )
        if tenth == 9:
            return self._fault(self._at(EVENING), fault_class, fate, self._maybe_tomorrow())
        promised = fault_class != "cable_break" and self.random.random() < 0.3
        on = self.first_on + timedelta(days=self.random.random() < 0.35)
        return self._fault(self._known_at(), fault_class, fate, self._window(on) if promised else None)

    def _one_of(self, weights: dict[_T, int]) -> _T:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def _maybe_tomorrow(self) -> WindowIn | None:
        return self._window(self.first_on + timedelta(days=1)) if self.random.random() < 0.3 else None

    def _window(self, on: date) -> WindowIn | None:
        """One that still has room: no more is promised than can be kept."""
        room = [key for key, left in self.free.items() if key[0] == on and left > 0]
        if not room:
            return None
        chosen = self.random.choice(room)
        self.free[chosen] -= 1
        earliest = instant(self.made, on, time(chosen[1]))
        return WindowIn(earliest=earliest, latest=earliest + WINDOW)

    def _emergency(self) -> Fault:
        return self._fault(self._at(NOON), "trunk_cut", Fate.FIXED, None, affected=DARKENED)

    def _fault(
        self, at: datetime, fault_class: str, fate: Fate, window: WindowIn | None, affected: int | None = None
    ) -> Fault:
        holder = self.holders.pop()
        number = len(self.made.set_up.subscribers) - len(self.holders)
        overnight = at == self._known_at()
        kind = KIND_OF_FAULT[fault_class]
        waited = self.random.randint(20, 840) if overnight else self.random.randint(6, 15)
        if affected is None:
            affected = {"cable_break": self.random.randint(4, 16), "installation": 0}.get(kind, 1)
        contact = self._contact(holder, number)
        return Fault(
            at=at,
            fate=fate,
            door=contact.phone,
            # who is dark with others need not be at home; who was promised a window has been asked
            on_the_line=window is None and affected == 1 and (not overnight or number % 8 == 0),
            escalation=EscalationIn(
                source=self.made.source,
                ticket_number=f"T-{number:05}",
                sequence=1,
                contract=holder.contract,
                fault_class=fault_class,
                reported_at=at - timedelta(minutes=waited),
                diagnosis=self._diagnosis(fault_class, kind),
                affected=affected,
                contact=contact,
                terms=self._terms(holder, contact, fate, at) if kind == "wifi_setup" else None,
                promised_window=window,
                network_element_id=holder.network_element_id if kind == "cable_break" else None,
            ),
        )

    def _contact(self, holder: Subscriber, number: int) -> ContactIn:
        at_home = self.random.random() < 0.7
        return ContactIn(
            name=holder.holder_name if at_home else name_of(self.random, holder.language),
            relation=Relation.HOLDER if at_home else self.random.choice([Relation.FAMILY, Relation.TENANT]),
            phone=f"{self.made.region.phone_prefix}{5_000_000 + number}",
            language=holder.language,
        )

    def _diagnosis(self, fault_class: str, kind: str) -> DiagnosisIn:
        low, high = _LEVELS.get(fault_class, (-22.5, -15.5))
        readings = [
            ReadingIn(quantity="ont_rx_dbm", value=round(self.random.uniform(low, high), 1), unit="dBm")
        ]
        dark = kind in ("cable_break", "installation")
        return DiagnosisIn(
            summary=in_language(_SUMMARY[kind], self.made.region.staff_language),
            readings=[] if dark else readings,
        )

    def _terms(self, holder: Subscriber, contact: ContactIn, fate: Fate, at: datetime) -> TermsIn | None:
        """Asked and answered at booking; who declines the price on site has always heard the terms."""
        answer = ConsentAnswer.ACCEPTED if fate is Fate.DECLINED else self._one_of(_TERMS_ANSWERS)
        if answer is None:
            return None
        return TermsIn(
            terms_version=TERMS_VERSION,
            language=holder.language,
            answer=answer,
            person=contact.name,
            capacity=contact.relation,
            asked_by="line 2",
            channel="phone",
            answered_at=at - timedelta(minutes=4),
        )


def doors_of(faults: Sequence[Fault]) -> dict[str, Fate]:
    """What is behind each door."""
    return {fault.door: fault.fate for fault in faults}
