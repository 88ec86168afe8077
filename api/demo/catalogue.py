"""What the demo's operator does and charges: six kinds of job, skills, a tariff, the terms of a paid visit."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from api.demo.region import Region
from db.records import ChecklistItem, JobKindVersion, LineTest, Part, Skill, Tariff, TariffLine, TermsText
from db.states import StockKind

GPON = LineTest(
    quantity="ont_rx_dbm", unit="dBm", minimum=-27.0, maximum=-8.0, warn_below=-25.0, warn_above=-10.0
)
"""ITU-T G.984.2 Amd 1, class B+; the warning bounds are ours."""

SKILLS = {
    "fibre": "Fibre",
    "splicing": "Splicing",
    "height": "Work at height",
    "router": "Routers and Wi-Fi",
    "measurement": "Measuring",
    "copper": "Copper",
}
PROFILES = (
    ("fibre", "splicing", "height", "router", "measurement", "copper"),
    ("fibre", "height", "router", "measurement"),
    ("fibre", "router", "measurement"),
    ("fibre", "splicing", "height", "router", "measurement"),
    ("fibre", "router", "copper"),
    ("fibre", "splicing", "router", "measurement"),
)
"""Of the technicians in turn: whatever their number, the first can do everything."""

TOOLS = {"splicing": ("fusion_splicer", "otdr"), "height": ("ladder",), "measurement": ("power_meter",)}
PARTS = {"ont": 14, "router": 14, "drop_cable": 10, "splice_sleeve": 200, "connector": 80}
PART_NAMES = {
    "ont": "Optical terminal",
    "router": "Router",
    "drop_cable": "Drop cable, 50 m",
    "splice_sleeve": "Splice sleeve",
    "connector": "Connector SC/APC",
    "fusion_splicer": "Fusion splicer",
    "otdr": "Reflectometer",
    "ladder": "Ladder",
    "power_meter": "Power meter",
}

_TEXTS = {
    "power_off_checked": ("Laser off, checked", "Лазер отключён, проверено", "Lézer kikapcsolva, ellenőrizve"),
    "splice_loss": ("Splice loss below 0.1 dB", "Потери на сварке ниже 0,1 дБ", "Hegesztési csillapítás 0,1 dB alatt"),
    "closure_sealed": ("Closure sealed", "Муфта загерметизирована", "Kötéslezáró tömítve"),
    "old_unit_taken": ("Old unit taken along", "Старое устройство изъято", "Régi eszköz elhozva"),
    "service_shown": ("Service shown to the subscriber", "Услуга показана абоненту", "Szolgáltatás bemutatva"),
    "ladder_secured": ("Ladder secured", "Лестница закреплена", "Létra biztosítva"),
    "wifi_every_room": ("Wi-Fi measured in every room", "Wi-Fi проверен в каждой комнате", "Wi-Fi minden szobában mérve"),
    "cabinet_locked": ("Cabinet locked", "Шкаф закрыт на замок", "Szekrény bezárva"),
    "labels_read": ("Labels readable", "Маркировка читаема", "Feliratok olvashatók"),
}  # fmt: skip


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    title: tuple[str, str, str]
    fault_classes: list[str]
    skills: list[str]
    minutes: int
    priority: int
    due_hours: int
    checklist: list[str]
    photos: list[str]
    parts: dict[str, int] = {}
    tools: list[str] = []
    line_test: LineTest | None = GPON
    chargeable: bool = False
    interruptible: bool = False


_KINDS = {
    "cable_break": _Kind(
        title=("Cable break", "Обрыв кабеля", "Kábelszakadás"),
        fault_classes=["cable_break", "trunk_cut"],
        skills=["fibre", "splicing"],
        tools=["fusion_splicer", "otdr"],
        parts={"splice_sleeve": 12},
        minutes=170,
        priority=2,
        due_hours=8,
        checklist=["power_off_checked", "splice_loss", "closure_sealed"],
        photos=["before", "closure"],
        interruptible=True,
    ),
    "equipment_failure": _Kind(
        title=("Equipment failure", "Отказ оборудования", "Berendezéshiba"),
        fault_classes=["equipment_failure", "ont_dead"],
        skills=["router"],
        parts={"ont": 1},
        minutes=40,
        priority=3,
        due_hours=24,
        checklist=["old_unit_taken", "service_shown"],
        photos=["label"],
    ),
    "drop_replacement": _Kind(
        title=("Drop cable replacement", "Замена абонентского ввода", "Leágazó kábel cseréje"),
        fault_classes=["drop_damaged"],
        skills=["fibre", "height"],
        tools=["ladder"],
        parts={"drop_cable": 1, "connector": 2},
        minutes=90,
        priority=3,
        due_hours=36,
        checklist=["ladder_secured", "service_shown"],
        photos=["before", "after"],
    ),
    "wifi_setup": _Kind(
        title=("Wi-Fi and router set-up", "Настройка Wi-Fi и роутера", "Wi-Fi és router beállítása"),
        fault_classes=["wifi_weak", "router_settings"],
        skills=["router"],
        minutes=30,
        priority=4,
        due_hours=48,
        checklist=["wifi_every_room"],
        photos=[],
        line_test=None,
        chargeable=True,
    ),
    "installation": _Kind(
        title=("Installation of a new line", "Подключение новой линии", "Új vonal bekötése"),
        fault_classes=["new_line"],
        skills=["fibre", "router"],
        parts={"ont": 1, "router": 1, "connector": 2},
        minutes=75,
        priority=4,
        due_hours=72,
        checklist=["service_shown", "labels_read"],
        photos=["socket", "label"],
    ),
    "line_inspection": _Kind(
        title=("Line inspection", "Осмотр линии", "Vonalellenőrzés"),
        fault_classes=["level_degraded"],
        skills=["fibre", "measurement"],
        tools=["power_meter"],
        minutes=45,
        priority=5,
        due_hours=72,
        checklist=["labels_read", "cabinet_locked"],
        photos=["cabinet"],
        interruptible=True,
    ),
}
SKILLS_OF_KIND = {code: frozenset(kind.skills) for code, kind in _KINDS.items()}
KIND_OF_FAULT = {fault: code for code, kind in _KINDS.items() for fault in kind.fault_classes}

_CALL_OUT_EURO = 12
_LINES = {
    "settings_work": (25, "Setting up router and Wi-Fi", "Настройка роутера и Wi-Fi", "Router és Wi-Fi beállítása", "Einrichten von Router und WLAN"),
    "own_device": (9, "Each device of one's own", "За каждое своё устройство", "Saját eszközönként", "Je eigenes Gerät"),
    "half_hour": (18, "Each half hour begun", "За каждые начатые полчаса", "Minden megkezdett félóra", "Je angefangene halbe Stunde"),
}  # fmt: skip
_TERMS = {
    "en": "If the cause turns out to be yours, the visit costs {price}, and work only after you agreed to its price.",
    "ru": "Если причина на вашей стороне, выезд стоит {price}, а работы выполняются только после согласия с их ценой.",
    "hu": "Ha az ok az Ön oldalán van, a kiszállás díja {price}, munkát csak az ár elfogadása után végzünk.",
    "de": "Liegt die Ursache bei Ihnen, kostet der Besuch {price}; Arbeiten nur, wenn Sie dem Preis zugestimmt haben.",
}
TERMS_VERSION = 1


def _in_languages(texts: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(("en", "ru", "hu", "de"), texts, strict=False))


def skills(area_id: UUID) -> list[Skill]:
    return [Skill(area_id=area_id, code=code, name=name) for code, name in SKILLS.items()]


def parts(area_id: UUID) -> list[Part]:
    """Parts and tools by name."""
    return [
        Part(
            area_id=area_id,
            code=code,
            kind=StockKind.PART if code in PARTS else StockKind.TOOL,
            name=name,
        )
        for code, name in PART_NAMES.items()
    ]


def job_kinds(area_id: UUID, valid_from: datetime) -> list[JobKindVersion]:
    """Version 1 of the six."""
    return [
        JobKindVersion(
            area_id=area_id,
            kind=code,
            kind_version=1,
            title=_in_languages(kind.title),
            fault_classes=kind.fault_classes,
            skills=kind.skills,
            tools=kind.tools,
            parts=kind.parts,
            service_duration=timedelta(minutes=kind.minutes),
            setup_duration=timedelta(minutes=5),
            priority=kind.priority,
            due_duration=timedelta(hours=kind.due_hours),
            checklist=[ChecklistItem(code=item, text=_in_languages(_TEXTS[item])) for item in kind.checklist],
            photos=kind.photos,
            line_test=kind.line_test,
            chargeable=kind.chargeable,
            interruptible=kind.interruptible,
            valid_from=valid_from,
        )
        for code, kind in _KINDS.items()
    ]


def tariff(
    area_id: UUID, tariff_id: UUID, region: Region, valid_from: datetime
) -> tuple[Tariff, list[TariffLine]]:
    head = Tariff(
        area_id=area_id,
        tariff_id=tariff_id,
        tariff_version=1,
        currency=region.currency,
        valid_from=valid_from,
    )
    lines = [
        TariffLine(
            area_id=area_id,
            tariff_id=tariff_id,
            code=code,
            text=_in_languages(texts),
            amount_minor=euros * region.minor_per_euro,
            tax_basis_points=region.tax_basis_points,
        )
        for code, (euros, *rest) in _LINES.items()
        for texts in [tuple(rest)]
    ]
    return head, lines


def terms(area_id: UUID, region: Region, valid_from: datetime) -> list[TermsText]:
    """The same text in every language somebody there speaks."""
    fee = _CALL_OUT_EURO * region.minor_per_euro
    return [
        TermsText(
            area_id=area_id,
            terms_version=TERMS_VERSION,
            language=language,
            text=_TERMS[language].format(price=f"{fee / 100:.2f} {region.currency}"),
            call_out_minor=fee,
            currency=region.currency,
            valid_from=valid_from,
        )
        for language in region.languages
    ]
