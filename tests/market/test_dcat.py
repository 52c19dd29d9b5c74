"""The catalogue in DCAT-AP 3.0.1: what the profile demands, in every syntax, page by page."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from rdflib import DCAT, DCTERMS, FOAF, ODRL2, RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from beffroi.kernel.json import JsonObject, decode_object
from beffroi.market.rules.dcat.catalogue import PAGE_SIZE, Contents, Part, catalogue, one_dataset, pages_of
from beffroi.market.rules.dcat.offer import is_active, offered_from
from beffroi.market.rules.terms.data_use_term import term_element
from beffroi.market.rules.terms.schema import TERM_SCHEMA
from beffroi.market.wire.rdf import graph_of, written
from tests.market.faces import ABOUT, BASE, BIKES, CONTENTS, OFFERING, OWN_TERMS, SPECIFICATION, TERMS

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
ADDRESS = f"{BASE}/dcat"

MANDATORY = {
    DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher),
    DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
    DCAT.Distribution: (DCAT.accessURL,),
    DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
    FOAF.Agent: (FOAF.name,),
}
"""The mandatory properties of the profile by class."""

RECOMMENDED = {
    DCAT.Catalog: (
        DCTERMS.license,
        DCTERMS.language,
        DCAT.themeTaxonomy,
        FOAF.homepage,
        DCAT.dataset,
        DCAT.service,
        DCTERMS.modified,
    ),
    DCAT.DataService: (DCAT.endpointDescription, DCAT.servesDataset, DCTERMS.license, DCTERMS.accessRights),
}


def page(contents: Contents = CONTENTS, number: int = 1, address: str = ADDRESS) -> Graph:
    return read(catalogue(ABOUT, contents, Part(number, address)), "jsonld")


def read(document: JsonObject, suffix: str) -> Graph:
    text = written(document, suffix)
    if suffix == "jsonld":
        return graph_of(decode_object(text))
    return Graph().parse(data=text, format={"ttl": "turtle", "rdf": "xml"}[suffix])


@pytest.mark.parametrize("demanded", [MANDATORY, RECOMMENDED], ids=["mandatory", "recommended"])
def test_every_node_has_what_the_profile_demands(demanded: dict) -> None:  # type: ignore[type-arg]
    graph = page()
    for kind, properties in demanded.items():
        nodes = list(graph.subjects(RDF.type, kind))
        assert nodes, kind
        for node in nodes:
            assert isinstance(node, URIRef)
            missing = [each for each in properties if not graph.value(node, each, any=True)]
            assert not missing, (node, missing)


def test_an_empty_catalogue_is_a_catalogue() -> None:
    graph = page(Contents())
    (node,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert all(graph.value(node, each, any=True) for each in MANDATORY[DCAT.Catalog])
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))
    assert str(next(graph.objects(None, HYDRA.totalItems))) == "0"


@pytest.mark.parametrize("suffix", ["ttl", "rdf"])
def test_every_syntax_says_the_same(suffix: str) -> None:
    document = catalogue(ABOUT, CONTENTS, Part(1, ADDRESS))
    assert isomorphic(read(document, suffix), read(document, "jsonld"))


def test_rdf_xml_is_well_formed_whatever_a_text_holds() -> None:
    document = catalogue(
        replace(ABOUT, description="Ville\x01 de\x0b\uffff Lille"), CONTENTS, Part(1, ADDRESS)
    )
    said = {str(each) for each in read(document, "rdf").objects(None, DCTERMS.description)}
    assert "Ville\ufffd de\ufffd\ufffd Lille" in said


def test_every_address_is_absolute_and_every_blank_node_is_part_of_a_policy_or_a_period() -> None:
    graph = page()
    for node in set(graph.subjects()) | set(graph.objects()):
        if isinstance(node, URIRef):
            assert urlsplit(str(node)).scheme in {"http", "https", "mailto", "urn"}, node
            assert not set(' <>"{}|^`') & set(str(node)), node


def test_a_type_says_where_when_how_often_and_as_what_it_can_be_had() -> None:
    graph, node = page(), URIRef(f"{BASE}/dcat/types/BikeHireDockingStation")
    assert graph.value(node, DCTERMS.accrualPeriodicity) == URIRef(
        "http://publications.europa.eu/resource/authority/frequency/1MIN"
    )
    assert graph.value(node, DCAT.theme) == URIRef(
        "http://publications.europa.eu/resource/authority/data-theme/TRAN"
    )
    assert {
        str(each.language) for each in graph.objects(node, DCTERMS.title) if isinstance(each, Literal)
    } == {"fr", "en"}
    place = graph.value(node, DCTERMS.spatial)
    assert str(graph.value(place, DCAT.centroid)).startswith("POINT(3.05 50.6")
    period = graph.value(node, DCTERMS.temporal)
    assert str(graph.value(period, DCAT.endDate)) == "2026-11-22T12:00:00+00:00"
    media = {
        str(graph.value(each, DCAT.mediaType)).rpartition("media-types/")[2]
        for each in graph.objects(node, DCAT.distribution)
    }
    assert media == {"text/csv", "application/geo+json", "application/ld+json"}
    contact = graph.value(node, DCAT.contactPoint)
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:data@city.example")


def test_an_offering_carries_its_licence_and_its_policy() -> None:
    graph, node = page(), URIRef(f"{BASE}/dcat/offers/offer-1")
    policy = graph.value(node, ODRL2.hasPolicy)
    assert (policy, RDF.type, ODRL2.Policy) in graph
    permission = graph.value(policy, ODRL2.permission)
    assert graph.value(permission, ODRL2.action) == ODRL2.use
    lefts = {graph.value(each, ODRL2.leftOperand) for each in graph.objects(permission, ODRL2.constraint)}
    assert lefts == {ODRL2.purpose, ODRL2.dateTime, ODRL2.elapsedTime, ODRL2.spatial, ODRL2["count"]}
    assert graph.value(graph.value(policy, ODRL2.target), ODRL2.refinement) is not None
    distribution = graph.value(node, DCAT.distribution)
    assert graph.value(distribution, DCTERMS.license) == URIRef(
        "http://publications.europa.eu/resource/authority/licence/ODC_BL"
    )
    own = graph.value(graph.value(URIRef(f"{BASE}/dcat/offers/offer-2"), DCAT.distribution), DCTERMS.license)
    said = {(str(each), each.language) for each in graph.objects(own, DCTERMS.description)}  # type: ignore[attr-defined]
    assert said == {("Be kind.", "en"), ("Soyez gentils.", "fr")}


def test_only_offerings_that_can_be_ordered_are_in_the_catalogue() -> None:
    assert [
        is_active({"lifecycleStatus": each}) for each in ("Active", "launched", "Retired", "In study", None)
    ] == [True, True, False, False, False]


def test_terms_that_cannot_be_read_leave_the_offering_without_a_policy() -> None:
    broken: JsonObject = {**OFFERING, "productOfferingTerm": [{"@type": "DataUseTerm", "licence": 7}]}
    assert offered_from(broken, SPECIFICATION).terms is None
    assert offered_from(OFFERING, SPECIFICATION).terms == TERMS


def test_a_large_catalogue_comes_in_pages_that_lead_to_each_other() -> None:
    many = Contents(
        [replace(BIKES, name=f"Type{n:04}") for n in range(PAGE_SIZE + 50)], [*CONTENTS.offered] * 40
    )
    assert pages_of(many) == 3
    address, seen = f"{BASE}/dcat.ttl", set[Node]()
    for number in (1, 2, 3):
        graph = page(many, number, address)
        datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
        assert datasets == set(graph.objects(None, DCAT.dataset))
        seen |= datasets
        (paging,) = graph.subjects(RDF.type, HYDRA.PagedCollection)
        following = graph.value(paging, HYDRA.nextPage)
        assert following == (URIRef(f"{address}?page={number + 1}") if number < 3 else None)
        assert following == graph.value(paging, HYDRA.next)
        assert str(graph.value(paging, HYDRA.totalItems)) == "270"
    assert len(seen) == 150 + 3


def test_one_dataset_stands_alone_with_all_it_names() -> None:
    document = one_dataset(ABOUT, CONTENTS, ABOUT.dataset("BikeHireDockingStation"))
    assert document is not None
    graph = read(document, "jsonld")
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1
    assert len(list(graph.subjects(RDF.type, DCAT.DataService))) == 2
    assert (URIRef(f"{BASE}/dcat#publisher"), RDF.type, FOAF.Agent) in graph
    assert one_dataset(ABOUT, CONTENTS, ABOUT.dataset("Nothing")) is None


def test_the_schema_of_terms_takes_what_is_written_and_refuses_what_is_refused() -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    validator = jsonschema_rs.validator_for(TERM_SCHEMA, validate_formats=True)
    for terms in (TERMS, OWN_TERMS):
        assert validator.is_valid(term_element(terms))
    for wrong in (
        {"licence": {"spdxId": "WTFPL"}},
        {"purpose": ["No!"]},
        {"region": ["France"]},
        {"duration": {"amount": 0, "units": "day"}},
    ):
        assert not validator.is_valid({**term_element(TERMS), **wrong})
