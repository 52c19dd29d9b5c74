"""Precision and recall of the similarity of needs over labelled pairs. `python -m tests.network.needs.measuring`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from beffroi.network.rules.needs.similarity import Likeness, likeness, profile
from tests.network.needs.labelled import CHOSEN_ON, MEASURED_ON, Labelled


@dataclass(frozen=True, slots=True)
class Pair:
    one: Labelled
    other: Labelled
    like: Likeness

    @property
    def is_same(self) -> bool:
        return self.one.topic == self.other.topic

    @property
    def is_across(self) -> bool:
        return self.one.content["language"] != self.other.content["language"]


@dataclass(frozen=True, slots=True)
class Measured:
    pairs: int
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def pairs_of(needs: Sequence[Labelled]) -> list[Pair]:
    profiles = [(need, profile(need.content)) for need in needs]
    return [Pair(a, b, likeness(one, other)) for (a, one), (b, other) in combinations(profiles, 2)]


def measured(pairs: Sequence[Pair]) -> Measured:
    right = sum(pair.is_same and pair.like.is_alike for pair in pairs)
    wrong = sum(not pair.is_same and pair.like.is_alike for pair in pairs)
    missed = sum(pair.is_same and not pair.like.is_alike for pair in pairs)
    return Measured(len(pairs), right, wrong, missed)


def main() -> None:
    for name, needs in (("chosen on", CHOSEN_ON), ("measured on", MEASURED_ON)):
        pairs = pairs_of(needs)
        print(
            name, len(needs), measured(pairs), "across", measured([pair for pair in pairs if pair.is_across])
        )
        found = measured(pairs)
        print(f"  precision {found.precision:.2f} recall {found.recall:.2f}")
        if name == "measured on":
            continue
        for pair in pairs:
            if pair.is_same != pair.like.is_alike or pair.like.points in range(34, 46):
                print(
                    "  ",
                    pair.is_same,
                    pair.like.points,
                    pair.one.content["title"],
                    "~",
                    pair.other.content["title"],
                    pair.like.concepts,
                )


if __name__ == "__main__":
    main()
