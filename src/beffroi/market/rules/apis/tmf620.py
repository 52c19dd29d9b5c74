"""TMF620 Product Catalog Management, version 4.1.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("620", "productCatalogManagement", "Product Catalog Management", "4.1.0")

BEFORE_SALE = frozenset({"in study", "in design", "in test"})
"""The states of an offering that was not on sale yet, in small letters."""

CATALOG = Resource(
    API,
    "catalog",
    members=shapes(
        text="catalogType description lifecycleStatus name version",
        moment="lastUpdate",
        object="validFor",
        list="category relatedParty",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0"},
    touched=("lastUpdate",),
    references={
        "category": ("category",),
        "relatedParty": PARTIES,
    },
    state="lifecycleStatus",
    events=events("Catalog"),
    public=True,
)
CATEGORY = Resource(
    API,
    "category",
    members=shapes(
        text="description lifecycleStatus name parentId version",
        flag="isRoot",
        moment="lastUpdate",
        object="validFor",
        list="productOffering subCategory",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isRoot": True},
    touched=("lastUpdate",),
    references={
        "productOffering": ("productOffering",),
        "subCategory": ("category",),
    },
    state="lifecycleStatus",
    events=events("Category"),
    public=True,
)
PRODUCT_SPECIFICATION = Resource(
    API,
    "productSpecification",
    members=shapes(
        text="brand description lifecycleStatus name productNumber version",
        flag="isBundle",
        moment="lastUpdate",
        object="targetProductSchema validFor",
        list="attachment bundledProductSpecification productSpecCharacteristic "
        "productSpecificationRelationship relatedParty resourceSpecification "
        "serviceSpecification",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False},
    touched=("lastUpdate",),
    references={
        "relatedParty": PARTIES,
        "serviceSpecification": ("serviceSpecification",),
        "bundledProductSpecification": ("productSpecification",),
        "productSpecificationRelationship": ("productSpecification",),
    },
    state="lifecycleStatus",
    events=events("ProductSpecification"),
    public=True,
)
PRODUCT_OFFERING = Resource(
    API,
    "productOffering",
    members=shapes(
        text="description lifecycleStatus name statusReason version",
        flag="isBundle isSellable",
        moment="lastUpdate",
        object="productSpecification resourceCandidate serviceCandidate serviceLevelAgreement validFor",
        list="agreement attachment bundledProductOffering category channel marketSegment place "
        "prodSpecCharValueUse productOfferingPrice productOfferingRelationship "
        "productOfferingTerm",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False, "isSellable": True},
    touched=("lastUpdate",),
    references={
        "productSpecification": ("productSpecification",),
        "productOfferingPrice": ("productOfferingPrice",),
        "category": ("category",),
        "agreement": ("agreement",),
        "serviceCandidate": ("serviceCandidate",),
        "bundledProductOffering": ("productOffering",),
        "productOfferingRelationship": ("productOffering",),
        "relatedParty": PARTIES,
    },
    machine=machines.PRODUCT_OFFERING,
    events=events("ProductOffering"),
    public=True,
    hidden=BEFORE_SALE,
)
PRODUCT_OFFERING_PRICE = Resource(
    API,
    "productOfferingPrice",
    members=shapes(
        text="description lifecycleStatus name priceType recurringChargePeriodType version",
        flag="isBundle",
        number="percentage recurringChargePeriodLength",
        moment="lastUpdate",
        object="price unitOfMeasure validFor",
        list="bundledPopRelationship constraint place popRelationship pricingLogicAlgorithm "
        "prodSpecCharValueUse productOfferingTerm tax",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False},
    touched=("lastUpdate",),
    references={
        "bundledPopRelationship": ("productOfferingPrice",),
        "popRelationship": ("productOfferingPrice",),
        "relatedParty": PARTIES,
    },
    state="lifecycleStatus",
    events=events("ProductOfferingPrice"),
    public=True,
)
RESOURCES = (CATALOG, CATEGORY, PRODUCT_SPECIFICATION, PRODUCT_OFFERING, PRODUCT_OFFERING_PRICE)
