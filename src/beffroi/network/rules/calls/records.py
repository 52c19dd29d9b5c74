"""What only the node of a call keeps of it: applications with self-checks, the jury, its sheets, notices.

None of it goes to the feed.
"""

import base64
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.network.rules.kind import TENANT

BOX, APPLICATION, PACK, JURY, SHEET, NOTICE = (
    "net:applicants",
    "net:application",
    "net:application-pack",
    "net:jury",
    "net:score",
    "net:call-notice",
)
MOST_APPLICATIONS: Final = 2_000


def box_key(call: str) -> Key:
    """Who applied for a call: application ids by party."""
    return Key(TENANT, BOX, call)


def jury_key(call: str) -> Key:
    return Key(TENANT, JURY, call)


def application_key(application: str) -> Key:
    return Key(TENANT, APPLICATION, application)


def pack_key(application: str) -> Key:
    """The self-check of an application, as it is now."""
    return Key(TENANT, PACK, application)


def sheet_key(application: str, juror: str) -> Key:
    """What one juror says of one application."""
    return Key(TENANT, SHEET, f"{application}#{sha256(juror.encode()).hexdigest()[:32]}")


def notice_key(application: str, number: int) -> Key:
    """The n-th thing that a firm was told of its application, from 1 on."""
    return Key(TENANT, NOTICE, f"{application}#{number}")


def body_of(stored: Mapping[Key, Record], key: Key) -> JsonObject | None:
    """The document under a key, None where there is none."""
    record = stored.get(key)
    return None if record is None else record.body


def put(key: Key, body: JsonObject) -> Change:
    return Change(key, document_of(body))


def pack_change(application: str, pack: bytes) -> Change:
    """Keep the bytes of a self-check."""
    return put(pack_key(application), {"bytes": base64.b64encode(pack).decode()})


def pack_bytes(body: JsonObject) -> bytes:
    return base64.b64decode(str(body["bytes"]))


def applicants(box: JsonObject | None) -> dict[str, str]:
    """Application ids by the party that applied."""
    return {} if box is None else cast("dict[str, str]", box["applications"])


def notices(box: JsonObject | None, told: JsonObject) -> Iterator[Change]:
    """Tell every firm that has applied; the box counts what was told (`with_notice`)."""
    number = told_so_far(box) + 1
    for application in applicants(box).values():
        yield put(notice_key(application, number), told)


def told_so_far(box: JsonObject | None) -> int:
    return 0 if box is None else cast("int", box["told"])


def with_notice(box: JsonObject | None) -> JsonObject | None:
    """The box after one more notice; None where nobody has applied."""
    return None if box is None else {**box, "told": told_so_far(box) + 1}


def with_applicant(box: JsonObject | None, call: str, party: str, application: str) -> JsonObject:
    """The box with one more application."""
    return {
        "call": call,
        "told": told_so_far(box),
        "applications": {**applicants(box), party: application},
    }
