"""What can be read of a table, and how what cannot is named."""

from itertools import product

import pytest

from dispatch.rules.imports import (
    MOST_LINES,
    Fault,
    FaultCode,
    ImportKind,
    in_basis_points,
    in_minor_units,
    read_table,
)
from dispatch.rules.told_imports import fault_said

HEADER = "name;address;latitude;longitude"


def depots(*lines: str, header: str = HEADER) -> list[Fault]:
    return read_table(ImportKind.DEPOTS, "\n".join([header, *lines])).faults


def test_every_bad_cell_of_every_bad_line_is_named() -> None:
    table = read_table(
        ImportKind.DEPOTS,
        f"{HEADER}\nNorth;Mill Lane 12;47.4701;19.0732\n\n;Mill Lane 13;here;190\nNorth;Mill Lane 14;47,1;19\nSouth;a;1;2;3\n",
    )
    assert sorted(table.faults) == sorted(
        [
            Fault(4, "name", FaultCode.MISSING),
            Fault(4, "latitude", FaultCode.INVALID),
            Fault(4, "longitude", FaultCode.INVALID),
            Fault(5, "name", FaultCode.REPEATED),
            Fault(6, "", FaultCode.TOO_MANY_CELLS),
        ]
    )
    assert list(table.rows) == [2]
    assert table.lines == 4


@pytest.mark.parametrize("delimiter", ";,\t")
def test_separators_quotes_line_ends_and_a_mark_at_the_beginning_are_read(delimiter: str) -> None:
    rows = [HEADER.split(";"), ["North", '"Mill Lane 12 ""b"""', "47.47", "19.07"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    table = read_table(ImportKind.DEPOTS, "\ufeff" + text)
    assert table.faults == []
    assert table.rows[2].address == 'Mill Lane 12 "b"'


def test_columns_that_lack_or_are_not_known_are_named_before_anything_is_read() -> None:
    assert depots("a;b;1;2", header="name;adress;latitude;latitude") == [
        Fault(1, "address", FaultCode.NO_COLUMN),
        Fault(1, "longitude", FaultCode.NO_COLUMN),
        Fault(1, "adress", FaultCode.UNKNOWN_COLUMN),
        Fault(1, "latitude", FaultCode.REPEATED),
        Fault(1, "latitude", FaultCode.REPEATED),
    ]
    assert read_table(ImportKind.DEPOTS, "").faults


def test_a_quotation_mark_that_is_not_closed_is_named_where_its_line_begins() -> None:
    assert depots("North;a;1;2", 'South;"b;1;2', "East;c;1;2") == [Fault(3, "", FaultCode.UNREADABLE)]


def test_more_lines_than_may_be_are_not_read() -> None:
    lines = [f"D{number};a;1;2" for number in range(MOST_LINES + 2)]
    assert depots(*lines) == [Fault(MOST_LINES + 2, "", FaultCode.TOO_MANY_LINES)]


@pytest.mark.parametrize("said", ["yes", "Да", "igen", "true", "1"])
def test_yes_is_said_in_several_languages(said: str) -> None:
    text = f"login;display_name;language;active;depot\nanna;Anna;hu;{said};North\nbob;Bob;hu;no;North"
    table = read_table(ImportKind.TECHNICIANS, text)
    assert [row.active for row in table.rows.values()] == [True, False]


def test_texts_of_a_tariff_are_a_column_a_language() -> None:
    table = read_table(
        ImportKind.TARIFF, "code;amount;tax;text_en;text_ru\nwifi;25.50;20;Wi-Fi;\ncable;1;0;;\n"
    )
    assert table.rows[2].text == {"en": "Wi-Fi"}
    assert table.faults == [Fault(3, "text", FaultCode.MISSING)]


@pytest.mark.parametrize(
    ("said", "currency", "minor"),
    [
        ("25", "EUR", 2500),
        ("1 250,5", "EUR", 125050),
        ("0.05", "EUR", 5),
        ("1200", "JPY", 1200),
        ("0.005", "EUR", None),
        ("1.5", "JPY", None),
        ("-1", "EUR", None),
        ("NaN", "EUR", None),
        ("Infinity", "EUR", None),
        ("1e20", "EUR", None),
        ("a lot", "EUR", None),
        ("1,250.50", "EUR", None),
    ],
)
def test_amounts_are_whole_minor_units_or_nothing(said: str, currency: str, minor: int | None) -> None:
    assert in_minor_units(said, currency) == minor


@pytest.mark.parametrize(("said", "points"), [("20", 2000), ("5,5 %", 550), ("100", 10_000), ("101", None)])
def test_taxes_are_percents(said: str, points: int | None) -> None:
    assert in_basis_points(said) == points


def test_every_fault_is_a_sentence_in_every_language() -> None:
    for code, language in product(FaultCode, ("en", "ru", "hu")):
        sentence = fault_said(Fault(3, "holder_name", code), language)
        assert sentence.endswith(".")
        assert "{" not in sentence
