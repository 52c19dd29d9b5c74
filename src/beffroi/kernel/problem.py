"""What can go wrong, in one vocabulary for all rooms; each standard's edge renders its own shape.

The names are those of ETSI GS CIM 009 clause 5.5.2 where it has one.

>>> str(Problem(ResourceNotFound, "Entity 'urn:ngsi-ld:Room:7' does not exist."))
"Entity 'urn:ngsi-ld:Room:7' does not exist."
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemKind:
    name: str
    title: str


InvalidRequest = ProblemKind("InvalidRequest", "The request is not well formed")
BadRequestData = ProblemKind("BadRequestData", "The data does not meet the requirements")
AlreadyExists = ProblemKind("AlreadyExists", "The resource exists already")
OperationNotSupported = ProblemKind("OperationNotSupported", "The operation is not supported")
ResourceNotFound = ProblemKind("ResourceNotFound", "The resource does not exist")
InternalError = ProblemKind("InternalError", "The node failed")
TooComplexQuery = ProblemKind("TooComplexQuery", "The query is too complex")
TooManyResults = ProblemKind("TooManyResults", "The query has too many results")
LdContextNotAvailable = ProblemKind("LdContextNotAvailable", "A JSON-LD context is not available")
NoMultiTenantSupport = ProblemKind("NoMultiTenantSupport", "Tenants are not supported")
NonexistentTenant = ProblemKind("NonexistentTenant", "The tenant does not exist")
Conflict = ProblemKind("Conflict", "The request conflicts with what is stored")
Unauthorized = ProblemKind("Unauthorized", "The request needs credentials")
Forbidden = ProblemKind("Forbidden", "The credentials do not allow this")
MethodNotAllowed = ProblemKind("MethodNotAllowed", "The resource does not have this method")
NotAcceptable = ProblemKind("NotAcceptable", "No offered media type is acceptable")
UnsupportedMediaType = ProblemKind("UnsupportedMediaType", "The media type is not supported")
LengthRequired = ProblemKind("LengthRequired", "The request has no Content-Length")
RequestTimeout = ProblemKind("RequestTimeout", "The request did not come in time")
TooLarge = ProblemKind("TooLarge", "The request is too large")
TargetTooLong = ProblemKind("TargetTooLong", "The request target is too long")
ExpectationFailed = ProblemKind("ExpectationFailed", "The expectation of the request cannot be met")
HeaderTooLarge = ProblemKind("HeaderTooLarge", "The header of the request is too large")
TooManyRequests = ProblemKind("TooManyRequests", "There are too many requests")
StorageFull = ProblemKind("StorageFull", "The storage is full")
Unavailable = ProblemKind("Unavailable", "The storage does not answer")
SourceFailed = ProblemKind("SourceFailed", "A remote system does not answer as it should")
AddressRefused = ProblemKind("AddressRefused", "The address is not allowed")

CATALOGUE = (
    InvalidRequest,
    BadRequestData,
    AlreadyExists,
    OperationNotSupported,
    ResourceNotFound,
    InternalError,
    TooComplexQuery,
    TooManyResults,
    LdContextNotAvailable,
    NoMultiTenantSupport,
    NonexistentTenant,
    Conflict,
    Unauthorized,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    UnsupportedMediaType,
    LengthRequired,
    RequestTimeout,
    TooLarge,
    TargetTooLong,
    ExpectationFailed,
    HeaderTooLarge,
    TooManyRequests,
    StorageFull,
    Unavailable,
    SourceFailed,
    AddressRefused,
)


class Problem(Exception):
    """Raised where something is wrong, rendered by the edge that speaks to the caller.

    `headers` are for the edge, such as Allow or Retry-After.
    """

    def __init__(self, kind: ProblemKind, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers: Mapping[str, str] = headers or {}


def is_of_the_store(failure: Exception) -> bool:
    """Whether the store is full or does not answer, so that the same may go well later."""
    return isinstance(failure, Problem) and failure.kind in {StorageFull, Unavailable}


@contextmanager
def left_for_later() -> Generator[None]:
    """What the store has no room or no answer for is left to whoever does it again later.

    >>> with left_for_later():
    ...     raise Problem(StorageFull, "The disk of the database is full.")
    """
    try:
        yield
    except Problem as problem:
        if not is_of_the_store(problem):
            raise
