"""What the log says of the courier."""

import logging

import pytest
from tests.courier.city import START

from beffroi.courier.outcome import Crashed, Delivered, GivenUp, Postponed, StoreFailed
from beffroi.courier.telling import log_facts


def test_the_log_names_what_was_given_up_what_crashed_and_a_store_that_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell = log_facts(logging.getLogger("beffroi"))
    tell(Delivered("to:a", 1))
    tell(Postponed("to:a", 7, 1, "503", START))
    assert caplog.records == []
    tell(GivenUp("to:a", 7, "The receiver is down."))
    tell(Crashed("to:b", ZeroDivisionError("by zero")))
    tell(StoreFailed("The disk is full."))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "Event 7 of lane 'to:a' is a dead letter now: The receiver is down."),
        ("ERROR", "What is done with lane 'to:b' crashed."),
        ("ERROR", "The courier waits for the store: The disk is full."),
    ]
    assert "by zero" in caplog.text
