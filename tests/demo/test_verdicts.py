"""The table of what was checked says in words what is wrong."""

from beffroi.demo.steps import verdict_of
from beffroi.kernel.json import JsonObject


def defect(name: str, sentence: str) -> JsonObject:
    return {"id": name, "reason": {"en": sentence, "fr": "…"}}


def test_a_defect_is_told_by_its_first_sentence_and_how_many_follow() -> None:
    found = [
        defect("limit", "limit=-1 is accepted."),
        defect("id", "Features of a keep their id in @id."),
        defect("id", "Features of b keep their id in @id."),
    ]
    verdict = verdict_of("a portal", "https://a.example", {"defects": [*found]})
    assert verdict.defects == {
        "limit": "limit=-1 is accepted.",
        "id": "Features of a keep their id in @id. (+1)",
    }
