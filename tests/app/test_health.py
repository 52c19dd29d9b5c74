"""What is told of the node's health while its disk is full, and how often that is tried."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from beffroi.app.health import KNOWN_S, REFUSED_S, TRIED, Health
from beffroi.kernel.problem import InternalError, Problem, ProblemKind, StorageFull, Unavailable
from beffroi.kernel.record import Key
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Decide
from tests.conftest import Run


class Filling(MemoryStore):
    """A store whose disk is full, or not."""

    refuses: ProblemKind | None = None
    tried = 0

    @override
    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        self.tried += 1
        if self.refuses is not None:
            raise Problem(self.refuses, "The disk of the database '/var/lib/city' is full.")
        await super().transact(reads, decide)


@pytest.fixture
def filling() -> Filling:
    return Filling({})


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("kind", [StorageFull, Unavailable])
def test_that_writes_are_refused_is_told_and_so_is_that_there_is_room_again(
    run: Run, filling: Filling, kind: ProblemKind
) -> None:
    clock = Clock()
    health = Health(filling, clock)
    assert run(health.told()) == {"status": "pass"}
    filling.refuses = kind
    clock.at += KNOWN_S
    told = run(health.told())
    assert told["status"] == "warn"
    assert "Writes are refused" in str(told["output"])
    assert "/var/lib" not in str(told)  # anybody may ask
    assert told["checks"] == {"storage:writes": [{"status": "fail", "output": told["output"]}]}
    filling.refuses = None
    clock.at += REFUSED_S
    assert run(health.told()) == {"status": "pass"}


def test_it_is_tried_now_and_then_however_often_somebody_asks(run: Run, filling: Filling) -> None:
    clock = Clock()
    health = Health(filling, clock)
    for _ in range(100):
        run(health.told())
    assert filling.tried == 1
    clock.at += KNOWN_S
    for _ in range(100):
        run(health.told())
    assert filling.tried == 2
    assert set(run(filling.read([TRIED]))) == {TRIED}
    assert run(filling.last_trace()) == 0  # nothing of it is history


def test_what_is_not_the_store_is_a_failure(run: Run, filling: Filling) -> None:
    filling.refuses = InternalError
    with pytest.raises(Problem):
        run(Health(filling).told())
