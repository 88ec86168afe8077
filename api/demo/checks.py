"""What the demo's operator asks before anybody measures: a self-check for each symptom, and who has what fault at home."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from db.records import CheckAnswer, CheckStep, SelfCheckVersion, SimulatedTerminal, Subscriber
from db.states import TerminalFault
from dispatch.rules.tickets import HAND_OVER, RESOLVED

NEXT = "next"
FAULTY_SHARE = 0.15
"""Of the subscribers: something is wrong at their end, for line 2 to find."""

Texts = tuple[str, str, str]
"""English, Russian, Hungarian."""

_BALANCE = (
    "balance",
    (
        "Is the account paid? I see the balance: please look at the date of the last payment.",
        "Счёт оплачен? Посмотрите, пожалуйста, дату последнего платежа.",
        "Rendezve van a számla? Kérem, nézze meg az utolsó befizetés dátumát.",
    ),
    [
        ("paid", ("Paid", "Оплачен", "Rendezve"), NEXT),
        ("not-paid", ("Not paid: told how", "Не оплачен, объяснили", "Nincs: elmondtuk, hogyan"), RESOLVED),
    ],
)
_POWER = (
    "power",
    (
        "Look at the box on the wall and at the router: are both plugged in, and is a lamp on?",
        "Посмотрите на коробочку на стене и на роутер: вилки в розетках, лампочки горят?",
        "Nézze meg a fali dobozt és a routert: be vannak dugva, ég rajtuk lámpa?",
    ),
    [
        ("on", ("Lamps are on", "Горят", "Égnek"), NEXT),
        (
            "was-out",
            ("Plug was out, works now", "Вилка выпала, заработало", "Kihúzódott, már működik"),
            RESOLVED,
        ),
        ("off", ("Plugged in, still dark", "Включено, но не горит", "Bedugva, mégis sötét"), HAND_OVER),
    ],
)
_LAMP = (
    "los",
    (
        "Is there a red lamp, marked LOS or PON?",
        "Горит ли красная лампочка с надписью LOS или PON?",
        "Ég piros lámpa, LOS vagy PON felirattal?",
    ),
    [
        ("red", ("Red", "Красная", "Piros"), HAND_OVER),
        ("green", ("Green", "Зелёная", "Zöld"), NEXT),
        ("unknown", ("Cannot see it", "Не видно", "Nem látja"), NEXT),
    ],
)
_CABLE = (
    "cable",
    (
        "Follow the cable from the wall to the router: table legs, doors, pets. Is it whole, are the plugs in?",
        "Проследите кабель от стены до роутера: ножки стола, двери, животные. Он цел, разъёмы вставлены?",
        "Kövesse a kábelt a faltól a routerig: asztalláb, ajtó, háziállat. Ép, be vannak dugva a csatlakozók?",
    ),
    [
        ("whole", ("Whole", "Цел", "Ép"), NEXT),
        ("was-loose", ("Was loose, works now", "Выпал, заработало", "Kilazult, már működik"), RESOLVED),
        ("broken", ("Broken", "Перебит", "Sérült"), HAND_OVER),
    ],
)
_RESTART = (
    "restart",
    (
        "Pull the plug of the router, count to thirty, plug it in and wait two minutes. Does it work?",
        "Выньте вилку роутера, сосчитайте до тридцати, вставьте и подождите две минуты. Работает?",
        "Húzza ki a routert, számoljon harmincig, dugja vissza, és várjon két percet. Működik?",
    ),
    [
        ("works", ("Works", "Работает", "Működik"), RESOLVED),
        ("not", ("Does not", "Не работает", "Nem"), HAND_OVER),
    ],
)
_FLIGHT = (
    "flight-mode",
    (
        "Is there an aeroplane at the top of your tablet's or phone's screen? Does another device work?",
        "Наверху экрана планшета или телефона есть самолётик? А другое устройство работает?",
        "Van repülőgép jel a tábla vagy a telefon képernyőjének tetején? Más eszköz működik?",
    ),
    [
        ("was-on", ("It was on, works now", "Был включён, заработало", "Be volt kapcsolva, már működik"), RESOLVED),
        ("one-device", ("Only this device fails", "Не работает только оно", "Csak ez az eszköz nem"), HAND_OVER),
        ("all", ("Nothing works", "Ничего не работает", "Semmi sem működik"), NEXT),
    ],
)  # fmt: skip
_WIRED = (
    "by-cable",
    (
        "Is it slow by cable as well, or by Wi-Fi only?",
        "Медленно и по кабелю, или только по Wi-Fi?",
        "Kábelen is lassú, vagy csak Wi-Fin?",
    ),
    [
        ("both", ("By cable too", "И по кабелю", "Kábelen is"), HAND_OVER),
        ("wifi", ("By Wi-Fi only", "Только по Wi-Fi", "Csak Wi-Fin"), NEXT),
        ("unknown", ("Cannot try", "Не проверить", "Nem tudja kipróbálni"), NEXT),
    ],
)
_CHECKS = {
    "no_internet": (
        ("No internet at all", "Совсем нет интернета", "Egyáltalán nincs internet"),
        ["fibre"],
        [_BALANCE, _POWER, _LAMP, _CABLE, _RESTART],
    ),
    "slow": (("It is slow", "Медленно работает", "Lassú"), ["measurement"], [_WIRED, _CABLE, _RESTART]),
    "wifi": (
        ("No Wi-Fi, or one device fails", "Нет Wi-Fi или не работает устройство", "Nincs Wi-Fi, vagy egy eszköz nem megy"),
        ["router"],
        [_FLIGHT, _POWER, _RESTART],
    ),
    "drops": (
        ("It comes and goes", "То есть, то нет", "Hol van, hol nincs"),
        ["fibre"],
        [_POWER, _CABLE, _RESTART],
    ),
}  # fmt: skip


def _said(texts: Texts) -> dict[str, str]:
    return dict(zip(("en", "ru", "hu"), texts, strict=True))


def self_checks(area_id: UUID, valid_from: datetime) -> list[SelfCheckVersion]:
    """Four symptoms, each with what is asked in order."""
    return [
        SelfCheckVersion(
            area_id=area_id,
            symptom=symptom,
            self_check_version=1,
            title=_said(title),
            skills=skills,
            steps=[
                CheckStep(
                    code=code,
                    text=_said(text),
                    answers=[
                        CheckAnswer(code=answer, text=_said(words), outcome=outcome)
                        for answer, words, outcome in answers
                    ],
                )
                for code, text, answers in steps
            ],
            valid_from=valid_from,
        )
        for symptom, (title, skills, steps) in _CHECKS.items()
    ]


def terminals(subscribers: Sequence[Subscriber], random: Random) -> list[SimulatedTerminal]:
    """What the simulated access network finds where something is wrong; everywhere else all is well."""
    faults = [one for one in TerminalFault if one is not TerminalFault.NONE]
    return [
        SimulatedTerminal(
            area_id=subscriber.area_id,
            subscriber_id=subscriber.subscriber_id,
            fault=random.choice(faults),
            restarted_at=None,
        )
        for subscriber in subscribers
        if random.random() < FAULTY_SHARE
    ]
