"""Recycling centres: they never change."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place

Waste: TypeAlias = Literal["green", "rubble", "wood", "metal", "cardboard", "electric", "hazardous"]
WASTES: tuple[Waste, ...] = ("green", "rubble", "wood", "metal", "cardboard", "electric", "hazardous")
DESCRIBED = 1_767_225_600  # 1 January 2026


@dataclass(frozen=True, slots=True)
class RecyclingCentre:
    """One centre; local hours at which it opens and closes, Tuesday to Sunday."""

    place: Place
    changed: int
    opens: int
    closes: int
    accepts: tuple[Waste, ...]


def recycling_centres(city: City, seed: int) -> tuple[RecyclingCentre, ...]:
    return tuple(_centre(city, seed, number) for number in range(1, city.recycling_centres + 1))


def _centre(city: City, seed: int, number: int) -> RecyclingCentre:
    key = key_of(city, seed, "recycling centre", number)
    return RecyclingCentre(
        place=place(city, key, number),
        changed=DESCRIBED,
        opens=whole_between(7, 10, key, "opens"),
        closes=whole_between(17, 20, key, "closes"),
        accepts=tuple(waste for waste in WASTES if waste == "green" or chance(key, waste) < 0.7),
    )
