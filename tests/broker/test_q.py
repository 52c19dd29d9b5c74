"""The query language q (clause 4.9): what is read, and what is refused with which sentence."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.q import attributes_of, link_depth_of, parse_q
from beffroi.broker.rules.query.query import (
    Absent,
    And,
    Compare,
    Exists,
    Link,
    Literals,
    Moment,
    Name,
    OneOf,
    Or,
    Path,
    Range,
)
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

CONTEXT = Context(
    "",
    {
        "speed": "ex:speed",
        "rpm": "ex:rpm",
        "brand": "ex:brand",
        "vélo": "ex:velo",
        "Sensor": "ex:Sensor",
        "Male": "ex:Male",
        "city": "ex:city",
        "tram": "https://tram.example/",
    },
    {},
)
SPEED = Path(("ex:speed",))


def values(text: str) -> tuple[Literals | Range, ...]:
    condition = parse_q(f"speed=={text}", CONTEXT)
    assert isinstance(condition, Compare)
    return condition.values


def path(text: str) -> Path:
    condition = parse_q(text, CONTEXT)
    assert isinstance(condition, Exists)
    return condition.path


def refusal(text: str) -> str:
    with pytest.raises(Problem) as caught:
        parse_q(text, CONTEXT)
    assert caught.value.kind is BadRequestData
    return caught.value.detail


def test_a_bare_name_asks_whether_the_attribute_exists() -> None:
    assert parse_q("speed", CONTEXT) == Exists(SPEED)
    assert parse_q("vélo", CONTEXT) == Exists(Path(("ex:velo",)))


def test_an_exclamation_mark_asks_whether_the_attribute_is_absent() -> None:
    assert parse_q("!speed", CONTEXT) == Absent(SPEED)


@pytest.mark.parametrize("operator", ["==", "!=", ">", ">=", "<", "<="])
def test_every_operator_takes_a_number(operator: str) -> None:
    condition = parse_q(f"speed{operator}-1.5e2", CONTEXT)
    assert condition == Compare(SPEED, operator, (-150.0,))  # type: ignore[arg-type]


def test_and_binds_tighter_than_or() -> None:
    assert parse_q("speed;rpm|brand", CONTEXT) == Or(
        (And((Exists(SPEED), Exists(Path(("ex:rpm",))))), Exists(Path(("ex:brand",))))
    )


def test_parentheses_bind_tightest_and_may_nest() -> None:
    assert parse_q('((speed>50|rpm>3000);brand=="Vespa")', CONTEXT) == And(
        (
            Or((Compare(SPEED, ">", (50,)), Compare(Path(("ex:rpm",)), ">", (3000,)))),
            Compare(Path(("ex:brand",)), "==", ("Vespa",)),
        )
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("50", 50),
        ("-0.5", -0.5),
        ("18446744073709551615", 18446744073709551615),
        ("true", True),
        ("false", False),
        ('"a \\"b\\" \\u00e9;|)"', 'a "b" é;|)'),
        ('"50"', "50"),
        ("urn:ngsi-ld:City:Lille", "urn:ngsi-ld:City:Lille"),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("2018-12-04T12:00:00Z", Moment("datetime", "2018-12-04T12:00:00.000000Z")),
        ("2018-12-04T12:00:00,25Z", Moment("datetime", "2018-12-04T12:00:00.250000Z")),
        ("2018-12-04", Moment("date", "2018-12-04")),
        ("12:00:00.5Z", Moment("time", "12:00:00.500000Z")),
        ("4..5", Range(4, 5)),
        ('"a".."b"', Range("a", "b")),
        ("2018-12-04..2018-12-05", Range(Moment("date", "2018-12-04"), Moment("date", "2018-12-05"))),
    ],
)
def test_a_value_is_read_as_what_it_looks_like(text: str, read: object) -> None:
    (value,) = values(text)
    assert value == read
    assert type(value) is type(read)


def test_a_list_holds_values_and_ranges_with_white_space_around_commas() -> None:
    assert values('"black", "red",4..5 , 7') == ("black", "red", Range(4, 5), 7)


def test_sub_attributes_and_members_stand_after_dots() -> None:
    assert path("speed.rpm.brand") == Path(("ex:speed", "ex:rpm", "ex:brand"))
    assert path("speed.observedAt") == Path(("ex:speed", "observedAt"))


def test_names_between_brackets_are_kept_as_written_and_expanded() -> None:
    assert path("brand[city.type.x-y]") == Path(
        ("ex:brand",),
        ("city", "type", "x-y"),
        ("ex:city", "type", "https://uri.etsi.org/ngsi-ld/default-context/x-y"),
    )
    assert path("brand[*]") == Path(("ex:brand",), ("*",), ("*",))


def test_json_keys_stay_as_written() -> None:
    condition = parse_q("brand[city]", CONTEXT, json_keys=["brand"])
    assert condition == Exists(Path(("ex:brand",), ("city",), ("city",)))


def test_expand_values_makes_terms_of_values() -> None:
    for name in ("brand", "ex:brand"):
        condition = parse_q('brand=="Male",Male', CONTEXT, expand_values=[name])
        assert condition == Compare(Path(("ex:brand",)), "==", ("ex:Male", "ex:Male"))


def test_braces_go_on_in_linked_entities() -> None:
    assert path("speed{rpm}") == Path(("ex:speed",), link=Link(None, Path(("ex:rpm",))))
    assert path("speed{Sensor:rpm{brand.city}}") == Path(
        ("ex:speed",),
        link=Link(
            Name("ex:Sensor"),
            Path(("ex:rpm",), link=Link(None, Path(("ex:brand", "ex:city")))),
        ),
    )


def test_the_types_of_linked_entities_may_be_several_and_have_prefixes() -> None:
    assert path("speed{Sensor,tram:Stop:rpm}").link == Link(
        OneOf((Name("ex:Sensor"), Name("https://tram.example/Stop"))), Path(("ex:rpm",))
    )


def test_a_name_may_have_a_prefix() -> None:
    assert path("tram:line") == Path(("https://tram.example/line",))


def test_a_quoted_date_time_is_one_where_a_member_holds_date_times() -> None:
    moment = Moment("datetime", "2020-01-01T00:00:00.000000Z")
    assert parse_q('modifiedAt>"2020-01-01T00:00:00Z"', CONTEXT) == Compare(
        Path(("modifiedAt",)), ">", (moment,)
    )
    assert "a date-time" in refusal('speed.observedAt>"soon"')


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ('brand~="^Ves(pa|ta)$"', "^Ves(pa|ta)$"),
        ("brand~=^Ves(pa|ta)$", "^Ves(pa|ta)$"),
        ("(brand~=a[)|;]b)", "a[)|;]b"),
        (r"brand~=\(\d+\)", r"\(\d+\)"),
        (r'brand~="\"\d"', r'"\d'),
    ],
)
def test_a_pattern_may_stand_between_quotation_marks_or_bare(text: str, pattern: str) -> None:
    assert parse_q(text, CONTEXT) == Compare(Path(("ex:brand",)), "~=", (pattern,))


def test_a_bare_pattern_ends_at_an_operator_outside_of_its_groups() -> None:
    assert parse_q("brand!~=a.*;speed", CONTEXT) == And(
        (Compare(Path(("ex:brand",)), "!~=", ("a.*",)), Exists(SPEED))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "speed>",
        "speed==",
        "speed=5",
        "speed>4..5",
        "speed>true",
        "speed>red",
        "speed>1,2",
        "==5",
        "speed;",
        "|speed",
        "speed;;rpm",
        "(speed",
        "speed)",
        "))bad((",
        "()",
        "speed.",
        ".speed",
        "speed..rpm",
        "speed[",
        "speed[]",
        "speed[a.]",
        "speed[a][b]",
        "speed{}",
        "speed{rpm",
        "speed{rpm}x",
        "speed{:rpm}",
        'speed=="a',
        'speed=="\\x"',
        'speed=="\\ud800"',
        "speed==01",
        "speed==1e999",
        "speed==4..",
        "speed==..4",
        "speed==true..false",
        'speed==1.."b"',
        "speed==2018-02-30",
        "speed==2018-12-04T25:00:00Z",
        "speed > 5",
        "speed==a b",
        "speed~=",
        "brand~=(",
        "brand~=a**",
        "2speed",
        "spe-ed",
        "speed.observedAt.x",
        "id",
        "type==5",
        "scope",
        "speed==\x00",
        "speed\n",
        "speed:rpm:brand",
        ":speed",
        "!",
        "!!speed",
        "!speed==5",
    ],
)
def test_what_the_grammar_does_not_have_is_bad_request_data(text: str) -> None:
    assert refusal(text)


def test_a_refusal_says_what_is_wrong_where_and_what_stands_there() -> None:
    assert refusal("speed>50;brand==") == (
        "The query q is not valid: a value is expected (texts stand between quotation marks), not its end."
    )
    assert "not '..5' at character 8" in refusal("speed>4..5")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 16_385,
        "(" * 100 + "a" + ")" * 100,
        ";".join(["a"] * 201),
        "a==" + ",".join(["1..2"] * 300),
        "|".join(["a~=b"] * 30),
        "a{" * 60 + "a" + "}" * 60,
    ],
)
def test_a_query_that_asks_too_much_is_too_complex(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_q(text, CONTEXT)
    assert caught.value.kind is TooComplexQuery


def test_clause_5_7_2_4_counts_attributes_without_members_of_the_entity() -> None:
    assert attributes_of(parse_q("speed>5|(rpm.observedAt;createdAt)", CONTEXT)) == {"ex:speed", "ex:rpm"}
    assert not attributes_of(parse_q('modifiedAt>"2020-01-01T00:00:00Z"', CONTEXT))


def test_clause_5_7_2_4_counts_the_links_that_a_query_follows() -> None:
    assert link_depth_of(parse_q("speed", CONTEXT)) == 0
    assert link_depth_of(parse_q('speed|rpm{brand{city}}=="x"', CONTEXT)) == 2


TOKENS = st.sampled_from(
    'speed rpm . : , ; | ( ) [ ] { } == != ~= !~= > >= < <= .. ! * " \\ 5 -1.5e3 true 2018-12-04 '
    "2018-12-04T12:00:00Z 12:00:00Z urn:x:y ^a+ é \x00 \ud800".split(" ")
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(TOKENS, max_size=14).map("".join)))
def test_any_text_is_read_or_refused_with_a_problem(text: str) -> None:
    with suppress(Problem):
        parse_q(text, CONTEXT, expand_values=["speed"], json_keys=["rpm"])


@pytest.mark.parametrize(
    "part",
    ['"', "\\", "(", "a{", "a[", "a.", "a;", "a==1,", "a=='", 'a=="\\', "a~=(", "a~=[", " ", "a==1 ", "9"],
)
def test_a_hostile_query_is_read_or_refused(part: str) -> None:
    text = (part * 16_384)[:16_384]
    for query in (text, f"a=={text}"[:16_384], f"a~={text}"[:16_384]):
        with suppress(Problem):
            parse_q(query, CONTEXT)
