"""Lists of TM Forum documents: filters, sort, fields, pages, counters, links (TMF630), on every engine."""

import pytest

from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, seller_of

PRICES = [
    ("free", 0, "2026-01-01T00:00:00Z", ["bike"], "Active"),
    ("day, week", 2.5, "2026-02-01T00:00:00Z", ["bike", "car"], "Active"),
    ("month", 30, "2026-03-01T00:00:00+01:00", ["car"], "Retired"),
    ("year", 300, "2026-04-01T00:00:00Z", [], "In study"),
]


@pytest.fixture
def seller(store: Store, run: Run) -> Seller:
    found = seller_of(store, run, {})
    for name, value, start, tags, state in PRICES:
        body = {
            "name": name,
            "price": {"unit": "EUR", "value": value},
            "validFor": {"startDateTime": start},
            "tax": [{"taxCategory": tag, "rate": {"of": index}} for index, tag in enumerate(tags)],
            "lifecycleStatus": state,
            "percentage": 10.0 if value else None,
            "mine": {"flag": value > 2, "code": f"c-{value}"},
        }
        found.make("productOfferingPrice", body)
    return found


ALL = ["free", "day, week", "month", "year"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ALL),
        ("name=month", ["month"]),
        ("name=Month", []),
        ("name=month,year", ["month", "year"]),
        ("name=month%2Cyear", ["month", "year"]),
        ('name="day, week"', ["day, week"]),
        ("name=%22day%2C+week%22,free", ["free", "day, week"]),
        ("lifecycleStatus=Active", ["free", "day, week"]),
        ("lifecycleStatus=Active&name=free", ["free"]),
        ("name=free;lifecycleStatus=Retired", ["free", "month"]),
        ("name=free;name=month&lifecycleStatus=Retired", ["month"]),
        ("price.value=2.5", ["day, week"]),
        ("price.value=30.0", ["month"]),
        ("price.value.gt=30", ["year"]),
        ("price.value.gte=30", ["month", "year"]),
        ("price.value.lt=2.5", ["free"]),
        ("price.value.lte=2.5", ["free", "day, week"]),
        ("price.value.eq=300", ["year"]),
        ("price.value>30", ["year"]),
        ("price.value>=30", ["month", "year"]),
        ("price.value<2.5", ["free"]),
        ("price.value<=2.5", ["free", "day, week"]),
        ("price.value%3E30", ["year"]),
        ("price.value>2&price.value<100", ["day, week", "month"]),
        ("name.regex=^(y|m)", ["month", "year"]),
        ("name*=ee$", ["free"]),
        ("tax.taxCategory=car", ["day, week", "month"]),
        ("tax.rate.of=1", ["day, week"]),
        ("mine.flag=true", ["day, week", "month", "year"]),
        ("mine.code=c-0", ["free"]),
        ("validFor.startDateTime=2026-02-28T23:00:00Z", ["month"]),
        ("validFor.startDateTime.gt=2026-02-28T22:59:59Z", ["month", "year"]),
        ("validFor.startDateTime.lte=2026-03-01T00:00:00+01:00", ["free", "day, week", "month"]),
        ("@type=ProductOfferingPrice&name=free", ["free"]),
        ("@type=Other", []),
        ("nothing=1", []),
        ("nothing.gt=1", []),
        ("price=EUR", []),
        ("percentage=10", ["day, week", "month", "year"]),
        ("href*=productOfferingPrice/id-&name=year", ["year"]),
        ("sort=name", ["day, week", "free", "month", "year"]),
        ("sort=-price.value", ["year", "month", "day, week", "free"]),
        ("sort=lifecycleStatus,-name", ["free", "day, week", "year", "month"]),
        ("sort=percentage,-price.value", ["year", "month", "day, week", "free"]),
        ("sort=-percentage,price.value", ["day, week", "month", "year", "free"]),
        ("sort=-name&limit=2", ["year", "month"]),
        ("sort=-name&limit=2&offset=3", ["day, week"]),
        ("lifecycleStatus=Active&sort=-name", ["free", "day, week"]),
        (";&;;", ALL),
        ("limit=2", ["free", "day, week"]),
        ("offset=3", ["year"]),
        ("offset=9", []),
    ],
)
def test_a_list_holds_what_the_query_asks_for(query: str, names: list[str], seller: Seller) -> None:
    got = seller.list("productOfferingPrice", query)
    assert got.names == names
    again = seller.list("productOfferingPrice", query)  # by an index that was built meanwhile
    assert again.names == names


@pytest.mark.parametrize(
    ("query", "status", "total", "shown", "links"),
    [
        ("", 200, 4, 4, {"self": (0, 100), "first": (0, 100), "last": (0, 100)}),
        ("limit=2", 206, 4, 2, {"self": (0, 2), "first": (0, 2), "next": (2, 2), "last": (2, 2)}),
        ("limit=2&offset=2", 206, 4, 2, {"self": (2, 2), "first": (0, 2), "prev": (0, 2), "last": (2, 2)}),
        ("limit=3&offset=2", 206, 4, 2, {"self": (2, 3), "first": (0, 3), "prev": (0, 3), "last": (3, 3)}),
        ("limit=4", 200, 4, 4, {"self": (0, 4), "first": (0, 4), "last": (0, 4)}),
        ("limit=0", 206, 4, 0, {"self": (0, 0), "first": (0, 0), "last": (0, 0)}),
        ("limit=1&sort=name", 206, 4, 1, {"self": (0, 1), "first": (0, 1), "next": (1, 1), "last": (3, 1)}),
        ("lifecycleStatus=Active&limit=1", 206, 2, 1, {"self": (0, 1), "first": (0, 1), "next": (1, 1), "last": (1, 1)}),
        ("name*=e&limit=1", 206, 3, 1, {"self": (0, 1), "first": (0, 1), "next": (1, 1), "last": (2, 1)}),
        ("name=nothing", 200, 0, 0, {"self": (0, 100), "first": (0, 100), "last": (0, 100)}),
    ],
)  # fmt: skip
def test_a_page_counts_exactly_and_links_to_its_neighbours(
    query: str, status: int, total: int, shown: int, links: dict[str, tuple[int, int]], seller: Seller
) -> None:
    got = seller.list("productOfferingPrice", query)
    assert (got.status, len(got.json)) == (status, shown)
    assert (got.headers["x-total-count"], got.headers["x-result-count"]) == (str(total), str(shown))
    found = {}
    for link in got.headers["link"].split(", <"):
        address, _, rel = link.lstrip("<").partition(">; rel=")
        path, _, terms = address.partition("?")
        assert path == "http://city.example/tmf-api/productCatalogManagement/v4/productOfferingPrice"
        words = dict(term.split("=") for term in terms.split("&"))
        found[rel.strip('"')] = (int(words["offset"]), int(words["limit"]))
        kept = [term for term in query.split("&") if term and not term.startswith(("limit", "offset"))]
        assert all(term in terms for term in kept)
    assert found == links


def test_following_next_meets_every_document_once(seller: Seller) -> None:
    query, met = "limit=1&sort=-name", list[str]()
    while query:
        got = seller.list("productOfferingPrice", query)
        met += got.names
        following = [link for link in got.headers["link"].split(", ") if 'rel="next"' in link]
        query = following[0].partition("?")[2].partition(">")[0] if following else ""
    assert met == ["year", "month", "free", "day, week"]


@pytest.mark.parametrize(
    ("fields", "members"),
    [
        ("name", {"id", "href", "name"}),
        ("name,price", {"id", "href", "name", "price"}),
        ("none", {"id", "href"}),
        ("nothing", {"id", "href"}),
        ("price.unit", {"id", "href", "price"}),
        ("mine", {"id", "href", "mine"}),
    ],
)
def test_fields_cuts_documents_to_what_it_names(fields: str, members: set[str], seller: Seller) -> None:
    listed = seller.list("productOfferingPrice", f"fields={fields}").json
    assert [set(document) for document in listed] == [members] * 4
    one = seller.get("productOfferingPrice", listed[1]["id"], f"fields={fields}").json
    assert one == listed[1]
    if fields == "price.unit":
        assert one["price"] == {"unit": "EUR"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=-1", 400),
        ("limit=x", 400),
        ("limit=1001", 400),
        ("offset=1.5", 400),
        ("limit=1&limit=2", 400),
        ("name", 400),
        ("=x", 400),
        ("a..b=x", 400),
        (".".join("abcdefghijk") + "=x", 400),
        ("name.regex=(", 400),
        ("name.regex=" + "a" * 1001, 400),
        ("name=" + ",".join("x" * 201), 400),
        ("&".join(["name=x"] * 41), 400),
        ("name=" + "x" * 8000, 400),
        ("sort=a,b,c,d,e,f", 400),
        ("filter=$[?(@.name)]", 501),
    ],
)
def test_a_query_that_asks_too_much_or_nothing_readable_is_refused_in_words(
    query: str, status: int, seller: Seller
) -> None:
    got = seller.list("productOfferingPrice", query)
    assert got.status == status
    assert got.json["message"]


def test_an_expression_that_would_take_for_ever_elsewhere_is_answered(seller: Seller) -> None:
    seller.make("category", {"name": "a" * 5000})
    assert seller.list("category", "name.regex=^(a%2B)%2B$").status == 200
    seller.make("category", {"name": "long", "description": "a" * 100_000})
    large = "description.regex=(a%3F){50}(a%3F){50}b"
    refused = seller.list("category", large)
    assert (refused.status, refused.json["code"]) == (400, "TooComplexQuery")
    assert seller.list("category", f"{large}&name=short").json == []
    assert seller.list("category", large.replace("{50}", "{5}")).json == []
    assert seller.list("category", "name.regex=^(a%2B)%2Bb$").json == []
