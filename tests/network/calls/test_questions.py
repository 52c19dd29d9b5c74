"""Questions about a call and the city's answers: dated, for everybody, without who asked; refused late, empty, too long."""

import json
from typing import Any

import pytest

from beffroi.kernel.instant import Instant
from beffroi.network.rules.calls.question import MOST_OF_A_FIRM
from tests.network.calls.calls import AFTER, APPLICATION, DURING
from tests.network.calls.test_calls import (  # noqa: F401 - fixtures
    city,
    firm,
    opened,
    refused,
)
from tests.network.city import City, name_of, segment
from tests.network.test_documents import entries

ASKED = {"question": "Does the price include the sensors in the street?", "language": "en"}
LAST = Instant("2027-02-01T11:00:00.000000Z")
"""The very moment up to which questions are taken."""


def asked(city: City, path: str, text: str = ASKED["question"], name: str = "parkwise") -> Any:  # noqa: F811
    got = firm(city, name).post(f"{path}/questions", {**ASKED, "question": text})
    assert got.status == 201, got.text
    return got.json


def test_an_answer_reaches_everybody_and_nobody_learns_who_asked(city: City) -> None:  # noqa: F811
    path = opened(city)
    question = asked(city, path)
    assert "party" not in question
    assert asked(city, path) == question
    (open_one,) = city.get(f"{path}/questions").json["questions"]
    assert open_one == question
    assert "parkwise" not in json.dumps(open_one)
    assert city.acting("anybody").get("/answers").json["documents"] == []
    said = {"answer": "It does.", "question": "Are the sensors in the street part of the price?"}
    done = city.post(f"{path}/questions/{name_of(question)}/answer", said)
    assert done.status == 201, done.text
    everybody = city.acting("anybody")
    call = everybody.get(path).json
    (answer,) = everybody.get("/answers", f"call={segment(call['id'])}").json["documents"]
    assert answer["content"] == {"call": call["id"], "language": "en", **said}
    assert (answer["published"], "by" in answer) == (DURING, False)
    assert everybody.get(done.headers["location"].partition("/network/v1")[2]).json == answer
    assert "parkwise" not in json.dumps(entries(city))
    (own,) = firm(city).get(f"{path}/questions/mine").json["questions"]
    assert (own["answer"], own["question"]) == (answer["id"], ASKED["question"])
    assert firm(city, "otherpark").get(f"{path}/questions/mine").json["questions"] == []


def test_an_answer_is_given_once_and_corrected_only_in_the_open(city: City) -> None:  # noqa: F811
    path = opened(city)
    row = f"{path}/questions/{name_of(asked(city, path))}/answer"
    made = city.post(row, {"answer": "It does."}).json
    refused(city.post(row, {"answer": "It does not."}), 409, f"was answered at {DURING}")
    answer = f"/answers/{name_of(made)}"
    refused(city.patch(answer, {"answer": "It does not."}), 400, "is changed with a reason")
    refused(
        city.patch(answer, {"call": "did:web:a/calls/1"}, "reason=x"),
        400,
        "'call' of an answer does not change",
    )
    refused(city.patch(answer, {"answer": None}, "reason=x"), 400, "answer")
    changed = city.patch(answer, {"answer": "It does not."}, "reason=Misread").json
    assert (changed["version"], changed["correction"]) == (2, "Misread")
    told = [each["content"]["answer"] for each in entries(city) if each["kind"] == "answer"]
    assert told == ["It does.", "It does not."]
    for method, more in (("POST", "/withdraw"), ("POST", ""), ("DELETE", "")):
        assert city.send(method, answer + more, {"reason": "x"}).status in {404, 405}


@pytest.mark.parametrize("text", ["", "Why?", " \n" * 20, "x" * 2_001, 7, None])
def test_empty_and_oversized_questions_are_refused(city: City, text: object) -> None:  # noqa: F811
    path = opened(city)
    refused(firm(city).post(f"{path}/questions", {**ASKED, "question": text}), 400, "'question'")
    refused(firm(city).post(f"{path}/questions", {**ASKED, "firm": "Parkwise"}), 400, "firm")
    assert city.get(f"{path}/questions").json["questions"] == []


def test_questions_and_answers_have_their_time(city: City) -> None:  # noqa: F811
    path = opened(city)
    first, second = asked(city, path), asked(city, path, "And who cleans the sensors?")
    city.clock.now = LAST
    refused(firm(city).post(f"{path}/questions", ASKED), 409, f"questions until {LAST}; this came at {LAST}")
    assert city.post(f"{path}/questions/{name_of(first)}/answer", {"answer": "Yes."}).status == 201
    city.clock.now = AFTER
    refused(city.post(f"{path}/questions/{name_of(second)}/answer", {"answer": "We."}), 409, "is too late")
    refused(firm(city).post(f"{path}/questions", ASKED), 409, "is too late")
    draft = f"/calls/{name_of(city.post(f'{path}/clone').json)}"
    assert firm(city).post(f"{draft}/questions", ASKED).status == 404


def test_only_firms_ask_and_only_the_citys_coordinators_answer(city: City) -> None:  # noqa: F811
    path = opened(city)
    row = f"{path}/questions/{name_of(asked(city, path))}/answer"
    assert city.acting("anybody").post(f"{path}/questions", ASKED).status in {401, 403}
    refused(city.acting("pia", "trade").post(f"{path}/questions", ASKED), 403, "acts for no firm")
    for other in (firm(city), city.acting("officer", "read", "steer")):
        assert other.post(row, {"answer": "Yes."}).status == 403
        assert other.get(f"{path}/questions").status == 403
    refused(city.post(f"{path}/questions/nothing/answer", {"answer": "Yes."}), 404, "no question 'nothing'")
    elsewhere = opened_again(city)
    foreign = f"{elsewhere}/questions/{name_of(asked(city, path))}/answer"
    refused(city.post(foreign, {"answer": "Yes."}), 404, "no question")


def opened_again(city: City) -> str:  # noqa: F811
    city.clock.now = Instant("2026-12-20T10:00:00.000000Z")
    return opened(city)


def test_a_firm_asks_so_often_and_no_more(city: City) -> None:  # noqa: F811
    path = opened(city)
    for number in range(MOST_OF_A_FIRM):
        asked(city, path, f"Question number {number} (simulated)?")
    asked(city, path, "Question number 3 (simulated)?")
    refused(firm(city).post(f"{path}/questions", ASKED), 409, f"has asked {MOST_OF_A_FIRM} questions")
    assert asked(city, path, name="otherpark")


def test_applicants_are_told_and_a_clone_has_no_question(city: City) -> None:  # noqa: F811
    path = opened(city)
    assert firm(city, "otherpark").post(f"{path}/applications", APPLICATION).status == 201
    question = asked(city, path)
    city.post(f"{path}/questions/{name_of(question)}/answer", {"answer": "It does."})
    (notice,) = firm(city, "otherpark").get(f"{path}/applications/mine").json["notices"]
    assert (notice["what"], notice["at"]) == ("answered", DURING)
    clone = city.post(f"{path}/clone").json
    assert "sensors" not in json.dumps(clone)
    assert city.get(f"/calls/{name_of(clone)}/questions").json["questions"] == []
    assert city.get("/answers", f"call={segment(clone['id'])}").json["documents"] == []
