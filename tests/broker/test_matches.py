"""What a query means for one entity (clauses 4.9 and 5.7.2.4)."""

from typing import cast

import pytest

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Attributes, Entity, Instance
from beffroi.broker.rules.geo.geo import parse_geo
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery
from beffroi.broker.rules.query.scope import parse_scope_query
from beffroi.broker.rules.query.selection import parse_types
from beffroi.kernel.problem import Problem, TooComplexQuery

CONTEXT = Context("", {}, {})
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


def attributes(**named: Instance | list[Instance]) -> Attributes:
    return {VOCABULARY + name: value if isinstance(value, list) else [value] for name, value in named.items()}


def entity(**named: Instance | list[Instance]) -> Entity:
    return Entity(id="urn:ngsi-ld:Bus:7", type=[VOCABULARY + "Bus"], attrs=attributes(**named))


def plain(value: object, **members: object) -> Instance:
    return cast("Instance", {"type": "Property", "value": value, **members})


def linked(target: str | list[str]) -> Instance:
    return Instance(type="Relationship", object=target)


def holds(q: str, of: Entity, **options: list[str]) -> bool:
    return matcher(EntityQuery(q=parse_q(q, CONTEXT, **options)))(of)


def check(of: Entity, true: str, false: str) -> None:
    """Queries between spaces, so that a table of them can be read."""
    assert [q for q in true.split() if not holds(q, of)] == []
    assert [q for q in false.split() if holds(q, of)] == []


def test_a_pattern_too_large_for_a_text_is_refused_unless_something_else_rules_the_entity_out() -> None:
    of = entity(name=plain("a" * 100_000), speed=plain(5))
    slow = "(a?){300}b"
    for q in (f'name~="{slow}"', f'name!~="{slow}"', f'speed==7|name~="{slow}"'):
        with pytest.raises(Problem) as caught:
            holds(q, of)
        assert caught.value.kind is TooComplexQuery
    assert not holds(f'name~="{slow}";speed==7', of)
    assert holds(f'name~="{slow}"|speed==5', of)
    several = [EntityQuery(q=parse_q(f'name~="(a?){{{n}}}b"', CONTEXT)) for n in (25, 26, 27)]
    assert not matcher(*several[:1])(of)
    with pytest.raises(Problem):
        matcher(*several)(of)


def test_each_entity_has_its_own_share_of_what_patterns_may_cost() -> None:
    selects = matcher(EntityQuery(q=parse_q('name~="(a?){20}b"', CONTEXT)))
    of = entity(name=plain("a" * 100_000))
    assert [selects(of) for _ in range(10)] == [False] * 10


def test_numbers_compare_with_numbers_only() -> None:
    of = entity(speed=plain(55), load=plain(0.5), yes=plain(True))
    check(
        of,
        """
        speed speed>50 speed>=55 speed<=55 speed<56 speed==55 speed==55.0 speed!=54 load==0.5
        load<1e0 speed==50..55 speed==1,55 speed!=1..2 speed!="55" speed!=true yes!=1
        speed!=2018-12-04
        """,
        """
        speed>55 speed<55 speed==54 speed!=55 speed!=50..60 speed!=1,55 speed=="55" speed>"5"
        speed==true yes==1 yes>0 speed>2018-12-04 speed~=5 speed!~=6
        """,
    )


def test_texts_compare_by_code_point() -> None:
    of = entity(name=plain("Lille"))
    check(
        of,
        """
        name=="Lille" name!="lille" name>"Lil" name<"lille" name=="L".."M" name=="a","Lille"
        name~=^Lil name!~=^lil name~="i.+e$" name!=5 name==Lille
        """,
        """
        name!="Lille" name=="lille" name>"Lille" name=="M".."N" name!="a","Lille" name!~=Lil
        name~=^ille name>5
        """,
    )


def test_booleans_are_equal_or_not() -> None:
    of = entity(open=plain(False))
    check(
        of,
        "open==false open!=true open==true,false",
        'open==true open!=false open=="false" open==0',
    )


def test_what_is_not_there_matches_only_its_absence() -> None:
    of = entity(speed=plain(55))
    check(
        of,
        "!load !speed.load !speed[load]",
        "load load==1 load!=1 load>1 load~=a load!~=a !speed load[a]!=1",
    )


def test_an_array_matches_if_any_element_does_and_differs_if_none_does() -> None:
    of = entity(color=plain(["blue", "red", 7]), none=plain([]))
    check(
        of,
        """
        color=="red" color=="black","red" color==7 color!="black" color!="black","white" color~=^r
        color!~=^g color>6 none none!="a"
        """,
        """
        color=="green" color!="red" color!="black","red" color!~=^r color>7 none=="a" none!~=a
        none~=.
        """,
    )


def test_any_instance_will_do_whatever_its_dataset() -> None:
    of = entity(speed=[plain(10), plain(60, datasetId="urn:ngsi-ld:Dataset:gps")])
    check(
        of,
        "speed==10 speed==60 speed!=10 speed>50 speed<50 speed.datasetId==urn:ngsi-ld:Dataset:gps",
        "speed==20 speed>60 speed==20..50 speed!=5..70",
    )


def test_date_times_compare_as_moments_whatever_their_zone() -> None:
    of = entity(
        at=plain("2018-12-04T12:00:00Z"),
        typed=plain({"@type": "DateTime", "@value": "2018-12-04T12:00:00.5Z"}),
        day=plain("2018-12-04"),
        hour=plain("12:00:00.25Z"),
    )
    check(
        of,
        """
        at==2018-12-04T12:00:00Z at==2018-12-04T12:00:00.000Z at==2018-12-04T13:00:00+01:00
        at<2018-12-04T12:00:01Z at=="2018-12-04T12:00:00Z" typed>2018-12-04T12:00:00Z
        at==2018-12-04T00:00:00Z..2018-12-05T00:00:00Z day==2018-12-04 day>2018-12-03
        day==2018-12-01..2018-12-31 hour>12:00:00Z hour==12:00:00.250Z hour==12:00:00Z..12:00:01Z
        at!=2018-12-04 at>"2018"
        """,
        """
        at>2018-12-04T12:00:00Z at!=2018-12-04T12:00:00Z at==2018-12-04 day==2018-12-04T00:00:00Z
        day<2018-12-04 hour<12:00:00.25Z hour>2018-12-04 at=="2018-12-04T13:00:00+01:00"
        """,
    )


def test_members_of_attributes_and_entities_compare_too() -> None:
    of = entity(
        speed=plain(
            55,
            unitCode="KMH",
            observedAt="2018-12-04T13:00:00+01:00",
            createdAt="2018-12-05T00:00:00.000000Z",
        )
    )
    of["modifiedAt"] = "2018-12-06T00:00:00.000000Z"
    check(
        of,
        """
        speed.unitCode=="KMH" speed.unitCode~=^K speed.observedAt==2018-12-04T12:00:00Z
        speed.createdAt>2018-12-04T12:00:00Z speed.observedAt=="2018-12-04T12:00:00Z"
        speed.observedAt!="2018-12-04T12:00:01Z" modifiedAt modifiedAt<2019-01-01T00:00:00Z
        speed.observedAt==2018-12-04T00:00:00Z..2018-12-05T00:00:00Z !createdAt !speed.modifiedAt
        """,
        """
        speed.unitCode=="MPH" speed.observedAt>2018-12-04T12:00:00Z speed.observedAt~=2018
        modifiedAt!~=2017 createdAt!=2018-12-04T12:00:00Z speed.observedAt==2018-12-04
        speed.modifiedAt
        """,
    )


def test_sub_attributes_are_reached_at_any_depth() -> None:
    of = entity(
        speed=plain(55, attrs=attributes(accuracy=plain(2, attrs=attributes(by=linked("urn:x:lab")))))
    )
    check(
        of,
        "speed.accuracy speed.accuracy<3 speed.accuracy.by==urn:x:lab",
        "accuracy speed.by speed.accuracy>2 speed.accuracy.by!=urn:x:lab",
    )


def test_names_between_brackets_lead_into_a_compound_value() -> None:
    of = entity(
        address=plain(
            {
                VOCABULARY + "city": "Berlin",
                "type": "Home",
                VOCABULARY + "geo": {VOCABULARY + "zip": [10115, 10117]},
            }
        ),
        ticket=Instance(type="JsonProperty", json={"city": "Berlin", "value": {"sum": 60}}),
        spot=Instance(type="GeoProperty", value={"type": "Point", "coordinates": [13, 52]}),
    )
    check(
        of,
        """
        address[city]=="Berlin" address[city] address[geo.zip]==10117 address[type]=="Home"
        ticket[city]=="Berlin" ticket[value.sum]>50 spot[type]=="Point" spot[coordinates]==13
        !address[street] spot!="x"
        """,
        """
        address[street]=="Berlin" address[street] address[city.name] address[city]!="Berlin"
        ticket[sum] address=="Berlin" address[street]!=1 spot==13
        """,
    )
    assert not holds('address[city]=="Berlin"', of, json_keys=["address"])
    assert holds('ticket[city]=="Berlin"', of, json_keys=["ticket"])


def test_a_language_property_matches_in_the_language_asked_or_in_any() -> None:
    of = entity(
        color=Instance(type="LanguageProperty", languageMap={"fr": "rouge", "en": "red"}),
        cat=Instance(type="LanguageProperty", languageMap={"fr": ["chat", "rouge"], "en-GB": ["red", "cat"]}),
    )
    check(
        of,
        """
        color[en]=="red" color[*]=="rouge" color=="rouge" color[en]!="rouge" color[*]!="blau"
        color[EN]~=^r cat[en-GB]=="cat" cat[en-gb]=="cat" cat[*]=="chat" cat[fr]!="red" color[en]
        cat[fr]=="a","chat"
        """,
        """
        color[en]=="rouge" color[*]!="red" color!="red" color[de] color[de]!="rot" cat[fr]=="red"
        cat[*]!="red" color[en.x] color[fr]>5
        """,
    )


def test_relationships_are_equal_or_not_and_nothing_else() -> None:
    of = entity(
        at=linked("urn:x:Stop:1"),
        stops=linked(["urn:x:Stop:1", "urn:x:Stop:2"]),
        route=Instance(type="ListRelationship", objectList=["urn:x:Stop:1", "urn:x:Stop:2"]),
    )
    check(
        of,
        """
        at==urn:x:Stop:1 at=="urn:x:Stop:1" at=="urn:x:Stop:0","urn:x:Stop:1" stops==urn:x:Stop:2
        route==urn:x:Stop:2 at!=urn:x:Stop:2 route!=urn:x:Stop:3 stops at==urn:x:Stop:0,urn:x:Stop:1
        """,
        """
        at!=urn:x:Stop:1 stops!=urn:x:Stop:2 route!=urn:x:Stop:1 at>"urn:a" at<="urn:z" stops~=Stop
        route!~=Bus at[x]
        """,
    )


def test_a_vocab_property_is_compared_expanded() -> None:
    of = entity(use=Instance(type="VocabProperty", vocab=VOCABULARY + "commercial"))
    assert not holds("use==commercial", of)
    assert holds("use==commercial", of, expand_values=["use"])
    assert holds('use=="private","commercial"', of, expand_values=["use"])
    assert holds(f'use=="{VOCABULARY}commercial"', of)


def test_a_list_property_is_an_array() -> None:
    of = entity(tread=Instance(type="ListProperty", valueList=[300, 300, 120, 6]))
    check(
        of,
        "tread==120 tread>200 tread!=5 tread<10",
        "tread==5 tread!=120 tread>300",
    )


def test_a_json_property_compares_as_its_value() -> None:
    of = entity(raw=Instance(type="JsonProperty", json=7), nothing=Instance(type="JsonProperty", json=None))
    check(
        of,
        "raw==7 raw>6 nothing nothing!=7",
        "raw==8 nothing==7",
    )


def test_and_or_and_parentheses_combine() -> None:
    of = entity(speed=plain(55), name=plain("Lille"))
    check(
        of,
        """
        speed>50;name=="Lille" speed>60|name=="Lille" (speed>60|speed<56);name speed>60;load|name
        !load;speed
        """,
        'speed>50;name=="Lens" speed>60|name=="Lens" (speed>60|name);load !speed|load',
    )


def test_integers_beyond_binary64_are_told_apart() -> None:
    of = entity(serial=plain(9007199254740993))
    check(
        of,
        "serial==9007199254740993 serial>9007199254740992",
        "serial==9007199254740992 serial<9007199254740993",
    )


def test_clause_5_7_2_4_every_part_of_a_query_must_hold() -> None:
    of = entity(speed=plain(55))
    of["scope"] = ["/Lille/Nord"]
    of["attrs"]["https://uri.etsi.org/ngsi-ld/location"] = [
        Instance(type="GeoProperty", value={"type": "Point", "coordinates": [50, 3]}, datasetId="urn:x:a"),
        Instance(type="GeoProperty", value={"type": "Point", "coordinates": [3, 50]}),
    ]
    near = parse_geo("near;maxDistance==2000", "Point", [3.001, 50], "", CONTEXT)
    elsewhere = parse_geo("near;maxDistance==2000", "Point", [3.001, 50], "observationSpace", CONTEXT)
    for query, expected in [
        (EntityQuery(), True),
        (EntityQuery(ids=("urn:ngsi-ld:Bus:7", "urn:x:y")), True),
        (EntityQuery(ids=("urn:x:y",)), False),
        (EntityQuery(id_pattern="Bus:[0-9]$"), True),
        (EntityQuery(id_pattern="^Bus"), False),
        (EntityQuery(types=parse_types("Bus|Tram", CONTEXT)), True),
        (EntityQuery(types=parse_types("(Bus;Tram)", CONTEXT)), False),
        (EntityQuery(attrs=(VOCABULARY + "load", VOCABULARY + "speed")), True),
        (EntityQuery(attrs=(VOCABULARY + "load",)), False),
        (EntityQuery(scope=parse_scope_query("/Lille/#")), True),
        (EntityQuery(scope=parse_scope_query("/Lille")), False),
        (EntityQuery(geo=near), True),
        (EntityQuery(geo=elsewhere), False),
        (EntityQuery(geo=near, q=parse_q("speed>50", CONTEXT)), True),
        (EntityQuery(geo=near, q=parse_q("speed>60", CONTEXT)), False),
    ]:
        assert matcher(query)(of) is expected, query


@pytest.mark.parametrize(
    "q", ["speed", "speed!=1", "speed==1", "speed>1", "speed~=a", "speed[a]", "speed.observedAt"]
)
@pytest.mark.parametrize(
    "value", [1, 1.5, "a", True, None, [], ["a", 1], {}, {"a": [1]}, {"@value": "a"}, [[1]]]
)
@pytest.mark.parametrize(
    ("kind", "member"),
    [("Property", "value"), ("ListProperty", "valueList"), ("JsonProperty", "json")],
)
def test_no_stored_value_makes_a_query_fail(q: str, value: object, kind: str, member: str) -> None:
    holds(q, entity(speed=cast("Instance", {"type": kind, member: value})))
