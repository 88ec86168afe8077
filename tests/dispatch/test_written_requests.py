"""What a written request says, and what it lacks."""

import pytest

from db.states import Channel
from dispatch.rules.told_written import reply
from dispatch.rules.written import Missing, Said, WrittenIn, missing_of, own_words, read

ADDRESS = "Ленина ул., 12, кв. 5"
WHOLE = """Здравствуйте! Договор C-10482, Ленина 12.
Третий день нет интернета, лампочка красная. +7 900 111-22-33

> Уважаемый абонент, напишите номер договора X-1 и адрес.
"""


def message(text: str, **more: object) -> WrittenIn:
    return WrittenIn(channel=Channel.EMAIL, conversation="c", message_key="m", text=text, **more)  # pyright: ignore[reportArgumentType]


def lacks(*texts: str, contract: str | None = "C-10482") -> list[Missing]:
    return missing_of([read(message(text)) for text in texts], contract, ADDRESS, None)


def test_contract_phone_address_and_trouble_are_read_from_the_words() -> None:
    said = read(message(WHOLE))
    assert "C-10482" in said.contracts
    assert "X-1" not in said.contracts, "what is quoted was said by us"
    assert said.phone == "+79001112233"
    assert lacks(WHOLE) == []


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ("+7 900 111-22-33", Missing.CONTACT),
        ("Ленина 12", Missing.ADDRESS),
        ("Третий день нет интернета, лампочка красная.", Missing.TROUBLE),
    ],
)
def test_what_is_missing_is_named_alone(without: str, missing: Missing) -> None:
    assert lacks(WHOLE.replace(without, "")) == [missing]


def test_of_an_unknown_contract_the_address_is_asked_for_as_well() -> None:
    assert lacks(WHOLE, contract=None) == [Missing.CONTRACT, Missing.ADDRESS]


def test_messages_of_one_conversation_are_read_together() -> None:
    assert lacks("Нет интернета третий день, лампочка красная", "C-10482, +79001112233") == [Missing.ADDRESS]
    assert (
        lacks("Нет интернета третий день, лампочка красная", "C-10482, +79001112233", "ул. Ленина, д. 12")
        == []
    )


def test_another_house_of_the_street_is_another_address() -> None:
    assert lacks(WHOLE.replace("Ленина 12", "Ленина 21")) == [Missing.ADDRESS]


@pytest.mark.parametrize("national", ["8 900 111-22-33", "900 111 22 33"])
def test_a_number_without_its_country_is_not_guessed_at(national: str) -> None:
    assert read(message(f"call me: {national}")).phone == ""


def test_what_the_channel_knows_needs_no_words() -> None:
    known = message(
        "It does not work since Monday", contract="C-10482", phone="+36201234567", address="Mill Lane 14"
    )
    said = read(known)
    assert said == Said(
        contracts=["C-10482"],
        phone="+36201234567",
        address="Mill Lane 14",
        text="It does not work since Monday",
    )
    assert missing_of([said], "C-10482", "Mill Lane 14", None) == []


@pytest.mark.parametrize("language", ["en", "ru", "hu", "de"])
def test_the_reply_names_all_that_is_missing_in_the_writers_language(language: str) -> None:
    asked = reply(list(Missing), "", language)
    assert asked.count(";") == len(Missing) - 1
    assert "T-1" in reply([], "T-1", language)


def test_quotes_are_left_out() -> None:
    assert own_words("> old\nnew\n  > older") == "new"


@pytest.mark.parametrize(
    "polite", ["Добрый день, спасибо", "Jó napot, üdvözlöm, tisztelt cím", "Good morning, dear"]
)
def test_politeness_is_no_trouble(polite: str) -> None:
    assert Missing.TROUBLE in lacks(polite)
