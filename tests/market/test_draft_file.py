"""A draft of an offering as a file: TOML and JSON say the same, and what cannot be is named."""

import json
from decimal import Decimal
from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.market.rules.offers.draft import Draft, specification
from beffroi.market.rules.offers.draft_check import faults
from beffroi.market.rules.terms.data_use_term import OwnLicence
from beffroi.market.wire.draft_file import draft_in

DATA = """
name = "Live bikes (simulated)"
description = "Free bikes as they change."
provider = "city"
types = ["BikeHireDockingStation"]
attributes = ["availableBikeNumber", "location"]
area = [3, 50.6, 3.1, 50.7]
live = true
sample = true
rate = 10
approval = true
claims = ["1.C1.R1.1"]

[price]
kind = "requests"
amount = 0.1
each = 1
free = 2
vat = 5.5

[[quota]]
metric = "bytes"
amount = 1000000
period = "day"

[limit]
total = 5
party = 1

[terms]
licence = "ODbL-1.0"
purposes = ["research"]
regions = ["FR"]
months = 12
resale = true
personal = "pseudonymised"

[level]
greatest = 50
availability = {target = 99.5, credit = 10}
freshness = {target = 99, within = 60}
completeness = {target = 90, attributes = ["availableBikeNumber"]}

[translation]
name = "Vélos en direct (simulés)"
"""
SERVICE = """
name = "Prévisions (simulées)"
language = "fr"
[service]
endpoint = "https://forecast.example/v1"
access = "webhook"
sample = "{\\"level\\": 3}"
credentials = "https://forecast.example/hand-over"
[terms.licence]
name = "Accord"
text = "Comme vous voulez."
url = "https://forecast.example/terms"
[translation]
description = "As a service."
[translation.licence]
name = "Agreement"
text = "As you like."
"""


def draft_of(text: str, provider: str = "") -> Draft:
    return draft_in(text.encode(), provider)


def said_in(specification: Any, name: str) -> tuple[str, Any]:
    """The type and the value of a characteristic."""
    (one,) = [each for each in specification["productSpecCharacteristic"] if each["name"] == name]
    return one["valueType"], one["productSpecCharacteristicValue"][0]["value"]


def test_a_sample_of_data_is_of_this_node_and_a_text_has_a_length() -> None:
    with pytest.raises(Problem, match="data of this node or a service elsewhere"):
        draft_of("sample = true\n" + SERVICE, "firm")
    long = draft_of(SERVICE.replace('"{\\"level\\": 3}"', f'"{"x" * 10_001}"'), "firm")
    assert faults(long) == {"sample": "A sample has at most 10000 characters."}


def test_a_file_says_all_that_a_draft_of_data_has() -> None:
    draft = draft_of(DATA)
    assert faults(draft) == {}
    assert (draft.name, draft.provider, draft.live, draft.history) == (
        "Live bikes (simulated)", "city", True, False,
    )  # fmt: skip
    assert draft.sample
    assert said_in(specification(draft), "sample") == ("boolean", True)
    assert draft.attributes == ("availableBikeNumber", "location")
    assert draft.area == {
        "type": "Polygon",
        "coordinates": [[[3, 50.6], [3.1, 50.6], [3.1, 50.7], [3, 50.7], [3, 50.6]]],
    }
    assert (draft.price.kind, draft.price.amount, draft.price.vat) == (
        "requests", Decimal("0.1"), Decimal("5.5"),
    )  # fmt: skip
    assert [tuple(quota) for quota in map(_quota, draft.quotas)] == [("bytes", 1_000_000, "day")]
    assert (draft.total, draft.per_party, draft.approval, draft.rate) == (5, 1, True, 10.0)
    assert (draft.terms.duration, draft.terms.resale, draft.terms.personal_data) == (
        (12, "month"), True, "pseudonymised",
    )  # fmt: skip
    assert draft.promise is not None
    assert [one.metric for one in draft.promise.objectives] == ["availability", "freshness", "completeness"]
    assert (draft.promise.most, draft.promise.objectives[0].tiers[0].percent) == (Decimal(50), Decimal(10))
    assert draft.translation["fr"] == {"name": "Vélos en direct (simulés)"}
    assert draft.translation["en"]["name"] == "Live bikes (simulated)"


def test_a_service_elsewhere_has_words_of_its_own_in_both_languages() -> None:
    draft = draft_of(SERVICE, "firm")
    assert faults(draft) == {}
    assert draft.provider == "firm"
    assert draft.service is not None
    assert (draft.service.access, draft.service.credentials) == (
        "webhook", "https://forecast.example/hand-over",
    )  # fmt: skip
    assert said_in(specification(draft), "sample") == ("string", '{"level": 3}')
    assert isinstance(draft.terms.licence, OwnLicence)
    assert draft.terms.licence.said_in("en") == ("Agreement", "As you like.")
    assert draft.terms.licence.said_in("fr") == ("Accord", "Comme vous voulez.")
    assert draft.translation == {
        "fr": {"name": "Prévisions (simulées)"},
        "en": {"description": "As a service."},
    }


def test_texts_in_one_language_say_in_which() -> None:
    alone = SERVICE.partition("[translation]")[0]
    draft = draft_in(alone.encode(), "city")
    assert draft.translation == {"fr": {}}
    assert isinstance(draft.terms.licence, OwnLicence)
    assert draft.terms.licence.translation == (("fr", "Accord", "Comme vous voulez."),)


def test_json_says_the_same_as_toml() -> None:
    import tomllib  # noqa: PLC0415 - the other way to read the same

    assert draft_of(json.dumps(tomllib.loads(DATA))) == draft_of(DATA)
    assert draft_of(json.dumps(tomllib.loads(SERVICE)), "firm") == draft_of(SERVICE, "firm")


def test_a_character_that_xml_cannot_write_is_refused() -> None:
    with pytest.raises(Problem, match=r"'description' holds the character U\+0001"):
        draft_in(DATA.replace("Free bikes", r"Free\u0001bikes").encode())


def test_who_types_a_provider_offers_for_that_one() -> None:
    assert draft_of(DATA, "firm").provider == "firm"
    with pytest.raises(Problem, match="It is not said who offers this"):
        draft_of("name = 'x'")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'x", "The draft is no TOML"),
        (f"rate = {'9' * 5_000}", "The draft is no TOML"),
        ('{"name": "x", "name": "y"}', "names a member twice"),
        ("name = 3", "The member 'name' is no text: 3."),
        ("types = 'Room'", "The member 'types' is no list of texts"),
        ("live = 1", "The member 'live' is neither true nor false: 1."),
        ("rate = -1", "The member 'rate' is less than nothing: -1."),
        ("rate = inf", "The draft has the number inf."),
        ("limit = 3", "The member 'limit' is no table: 3."),
        ("quota = {amount = 3}", "The member 'quota' is no list of tables"),
        ("area = [3, 2, 1]", "The member 'area' is neither GeoJSON nor west, south, east, north"),
        ("area = [4, 50, 3, 51]", "'4, 50, 3, 51' is no area"),
        ("language = 'de'", "There is no language 'de'"),
        ("[terms]\nlicense = 'MIT'", "A draft has no member 'terms.license'; here it has licence, "),
        ("[terms]\nmonths = 1.5", "The member 'terms.months' is no whole number: 1.5."),
        ("[limit]\ntotal = -1", "The member 'limit.total' is no whole number: -1."),
        ("[price]\namount = 5", "The price is free and has the amount 5"),
        ("[price]\nkind = 'once'\namount = 'much'", "The member 'price.amount' is no number"),
        ("[level]\ngreatest = 50", "A service level promises availability, freshness, completeness"),
        ("[level.speed]\ntarget = 1", "A service level promises"),
        ("[level.freshness]\ntarget = 1\nspeed = 1", "A draft has no member 'level.freshness.speed'"),
        ("types = ['Room']\n[service]\nendpoint = 'https://a.example'", "and not both in one"),
        ("[translation]\ntitle = 'x'", "A draft has no member 'translation.title'"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        draft_of(text, "city")
    assert said in refused.value.detail


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(Problem, match="more than 1000000 bytes"):
        draft_in(b"#" * 1_000_001)
    with pytest.raises(Problem, match="no text in UTF-8"):
        draft_in(b"\xff\xfe")


def _quota(quota: object) -> tuple[object, ...]:
    return tuple(getattr(quota, name) for name in ("metric", "amount", "period"))
