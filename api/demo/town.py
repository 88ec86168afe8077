"""The town nobody lives in: addresses for a demo that was given none. Seeded; names and places are invented."""

from random import Random

from api.demo.addresses import Address

CITY = "Tölgyesvár"
CENTRE = (46.9070, 19.6920)
"""On the Hungarian plain, where a town could lie."""
BLOCK = (0.0034, 0.0050)
"""Degrees between two parallel streets: about 380 m; the town is 5 km wide."""
SIDE = 14
POSTCODE = "6099"

# fmt: off
WEST_EAST = (
    "Malom utca", "Tölgy utca", "Vadgesztenye utca", "Kékfestő utca", "Szélmalom utca", "Hársfa utca", "Fazekas utca",
    "Kenyérsütő köz", "Rozmaring utca", "Csillagfürt utca", "Homokhát utca", "Öregszőlő utca", "Kútágas utca",
    "Akácvirág utca",
)
NORTH_SOUTH = (
    "Vasút sor", "Piac tér", "Templom köz", "Gyöngyvirág utca", "Posta utca", "Iskola utca", "Nádfedeles utca",
    "Kisvasút utca", "Tejfalusi út", "Hosszúvölgyi országút", "Legelő dűlő", "Bodzavirág utca", "Kalapos köz",
    "Fűzfavessző utca",
)
# fmt: on


def default_town(seed: int) -> list[Address]:
    """Houses along a bent grid of streets, denser in the middle."""
    random = Random(f"town {seed}")
    found: list[Address] = []
    for number in range(SIDE):
        found += _houses(random, WEST_EAST[number], number, across=True)
        found += _houses(random, NORTH_SOUTH[number], number, across=False)
    return found


def _houses(random: Random, street: str, number: int, *, across: bool) -> list[Address]:
    """Every other number of a street, with the gaps that streets have."""
    houses: list[Address] = []
    off_centre = abs(number - SIDE / 2) / SIDE
    for step in range(1, 40):
        if random.random() < 0.45 + off_centre:
            continue
        along = step / 40 * SIDE
        north, east = (number, along) if across else (along, number)
        bend = 0.4 * random.random()
        houses.append(
            Address(
                city=CITY,
                street=street,
                house=f"{step}{'/A' if random.random() < 0.04 else ''}",
                postcode=POSTCODE,
                latitude=round(CENTRE[0] + (north - SIDE / 2 + bend) * BLOCK[0], 6),
                longitude=round(CENTRE[1] + (east - SIDE / 2 + bend) * BLOCK[1], 6),
            )
        )
    return houses
