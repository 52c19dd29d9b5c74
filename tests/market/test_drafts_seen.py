"""A draft of an offering exists for its seller, operators and auditors alone."""

import pytest

from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.documents.hub import Listener, hears
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, offering, order_of, organization, seller_of

LISTS = ["", "sort=id", "name=Live bikes", "lifecycleStatus=In design", "limit=1", "name.regex=Live"]


class Shops:
    """A shop with a draft and something on sale, and those who look at them."""

    def __init__(self, operator: Seller) -> None:
        self.operator = operator
        self.shop_id, self.rival_id = organization(operator, "shop"), organization(operator, "rival")
        self.shop = operator.acting("sam", "read", "trade", party=self.shop_id, roles=("provider",))
        self.rival = operator.acting("rik", "read", "trade", party=self.rival_id, roles=("provider",))
        self.reader = operator.acting("anybody", "browse", "read")
        self.auditor = operator.acting("aud", "read", roles=("auditor",))
        self.draft, self.sold = self.offer("In design"), self.offer("Active")

    def offer(self, state: str) -> str:
        return offering(self.operator, state, relatedParty=[{"id": self.shop_id, "role": "seller"}])


@pytest.fixture
def shops(store: Store, run: Run) -> Shops:
    return Shops(seller_of(store, run))


@pytest.mark.parametrize("state", ["In study", "In design", "In test"])
def test_a_draft_exists_for_its_seller_and_for_who_sees_all(state: str, shops: Shops) -> None:
    draft = shops.offer(state)
    for asker, status in (
        (shops.shop, 200), (shops.auditor, 200), (shops.operator, 200), (shops.rival, 404), (shops.reader, 404),
    ):  # fmt: skip
        assert asker.get("productOffering", draft).status == status
        assert asker.send("GET", f"/market/offers/{draft}").status == status
        assert asker.get("productOffering", shops.sold).status == 200


@pytest.mark.parametrize("query", LISTS)
def test_lists_and_their_counts_leave_drafts_of_others_out(query: str, shops: Shops) -> None:
    drafts = "lifecycleStatus" in query
    for asker in (shops.rival, shops.reader):
        got = asker.list("productOffering", query)
        assert [each["id"] for each in got.json] == ([] if drafts else [shops.sold])
        assert got.headers["x-total-count"] == ("0" if drafts else "1")
    for asker in (shops.shop, shops.auditor, shops.operator):
        assert asker.list("productOffering", query).headers["x-total-count"] == ("1" if drafts else "2")


def test_a_draft_of_others_is_answered_as_one_that_does_not_exist(shops: Shops) -> None:
    def refusals(id: str) -> list[tuple[int, str]]:
        parts = [{"id": "1", "productOffering": {"id": id}}]
        answers = [
            shops.rival.patch("productOffering", id, {"name": "x"}),
            shops.rival.post("productOrder", order_of(id, shops.rival_id)),
            shops.rival.post("quote", {"quoteItem": parts}),
        ]
        return [(got.status, got.json["message"].replace(id, "...")) for got in answers]

    assert refusals(shops.draft) == refusals("nothing")
    got = shops.shop.post("productOrder", order_of(shops.draft, shops.shop_id))
    assert (got.status, "'In design' and not active" in got.json["message"]) == (409, True)


def test_a_listener_does_not_hear_of_drafts_of_others(shops: Shops) -> None:
    draft, sold = (shops.operator.get("productOffering", id).json for id in (shops.draft, shops.sold))

    def heard(party: str, before: object, after: object, *, all_of_it: bool = False) -> bool:
        listener = Listener("1", "http://127.0.0.1/x", "", party, all_of_it)
        happening = Happening(PRODUCT_OFFERING, before, after)  # type: ignore[arg-type]
        return hears(listener, happening, {"event": {}})

    for before, after in ((None, draft), (draft, draft), (draft, None), (sold, draft)):
        assert heard(shops.rival_id, before, after) is False
        assert heard(shops.shop_id, before, after) is True
        assert heard("", before, after, all_of_it=True) is True
    assert heard(shops.rival_id, draft, sold) is True
