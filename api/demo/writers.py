"""Written requests for whoever looks at the desk of a demo: one that is complete, one that lacks its address, one that is nobody's."""

from collections.abc import Mapping, Sequence

import msgspec

from api.demo.client import Session
from api.wire.written import WrittenOut
from db.records import Place, Subscriber
from db.states import Channel
from dispatch.rules.plurals import language_of
from dispatch.rules.written import WrittenIn


class Texts(msgspec.Struct, frozen=True):
    """`whole` and `no_address` name a contract, `whole` its address as well."""

    whole: str
    no_address: str
    unknown: Sequence[str]


TEXTS: Mapping[str, Texts] = {
    "en": Texts(
        whole="No internet since this morning, the lamp on the box is red. Contract {contract}, {address}, {phone}",
        no_address="The television freezes every evening. My contract is {contract}, call me: {phone}",
        unknown=(
            "Hello, it does not work again. When will somebody come?",
            "I do not know my contract number, my husband has it.",
            "I have told you already that I do not know it.",
        ),
    ),
    "ru": Texts(
        whole="С утра нет интернета, лампочка на коробке красная. Договор {contract}, {address}, {phone}",
        no_address="Каждый вечер зависает телевидение. Мой договор {contract}, позвоните: {phone}",
        unknown=(
            "Здравствуйте, снова ничего не работает. Когда придёт мастер?",
            "Я не знаю номер договора, он у мужа.",
            "Я уже написала, что не знаю его.",
        ),
    ),
    "hu": Texts(
        whole="Reggel óta nincs internet, a dobozon piros a lámpa. Szerződés {contract}, {address}, {phone}",
        no_address="Minden este akadozik a tévé. A szerződésem {contract}, kérem, hívjanak: {phone}",
        unknown=(
            "Jó napot, megint nem működik semmi. Mikor jön valaki?",
            "Nem tudom a szerződésszámot, a férjemnél van.",
            "Már megírtam, hogy nem tudom.",
        ),
    ),
}
PHONE = "+36201234567"


async def write_to_support(
    session: Session, subscribers: Sequence[Subscriber], places: Sequence[Place], language: str
) -> list[WrittenOut]:
    """What each was answered. Raises `Problem`."""
    texts = TEXTS[language_of(language)]
    addresses = {place.place_id: place.address for place in places}
    first, second = subscribers[-1], subscribers[-2]
    whole = texts.whole.format(contract=first.contract, address=addresses[first.place_id], phone=PHONE)
    written = [
        (Channel.CHAT, "chat-1", whole),
        (Channel.ACCOUNT, "account-1", texts.no_address.format(contract=second.contract, phone=PHONE)),
        *((Channel.CHAT, "chat-2", text) for text in texts.unknown),
    ]
    answered: list[WrittenOut] = []
    for number, (channel, conversation, text) in enumerate(written):
        message = WrittenIn(
            channel=channel, conversation=conversation, message_key=f"demo-{number}", sender="Anna", text=text
        )
        answered.append(await session.post("/v1/written-requests", message, WrittenOut))
    return answered
