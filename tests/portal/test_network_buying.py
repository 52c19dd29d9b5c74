"""The pages of clauses and contracts: choose, read, compare, accept, decide, and see what was breached."""

import html
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from tests.network.contracts.buying import NAMES
from tests.portal.buying import OFFICER, Office, full_office, office
from tests.proof.asking import HOST
from tests.proof.controls import n3_lies

from beffroi.kernel.problem import Problem
from beffroi.network.operations.contracts import evidence_of, story
from beffroi.portal.uploads import MOST_PARTS, fields_of
from beffroi.processes.buying import pack_of
from beffroi.proof.clauses.pack import pack_json
from beffroi.proof.clauses.texts import clause_texts
from beffroi.proof.register import load_register
from beffroi.web.cookie import SESSION_COOKIE
from beffroi.web.message import Actor, Request, Response

BORDER = "----simulated"


@pytest.fixture
def made() -> Iterator[Office]:
    with office() as opened:
        yield opened


def page(made: Office, path: str, *, signed: bool = True) -> str:
    return html.unescape(made.node.text(path, headers_of(made) if signed else {}))


def headers_of(made: Office) -> Mapping[str, str]:
    return {"cookie": f"{SESSION_COOKIE}=officer"}


def send(made: Office, path: str, of: str, **fields: str) -> Response:
    shown = page(made, of)
    proof = re.search(r'name="proof" value="(\w+)"', shown)
    assert proof is not None
    return made.node.post(path, {"proof": proof[1], **fields}, headers_of(made))


def upload(made: Office, of: str, **fields: bytes) -> Response:
    proof = re.search(r'name="proof" value="(\w+)"', page(made, of))
    assert proof is not None
    body = multipart({"proof": proof[1].encode(), **fields})
    headers = {**headers_of(made), "content-type": f"multipart/form-data; boundary={BORDER}"}
    return made.node.ask(Request("POST", of, "", headers, body, base="http://node.test"))


def multipart(fields: Mapping[str, bytes]) -> bytes:
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="x.json"\r\n\r\n%s\r\n'
        % (BORDER.encode(), name.encode(), value)
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{BORDER}--\r\n".encode()


def test_every_requirement_can_be_chosen_with_its_explanation(made: Office) -> None:
    shown = page(made, "/fr/network/clauses", signed=False)
    for one in load_register().requirements:
        assert f'name="pick.{one.id}"' in shown
        assert clause_texts("dev-2026-06")[one.id].deliver.fr in shown


def test_what_is_ticked_becomes_clauses_in_both_languages_to_take_along(made: Office) -> None:
    query = urlencode({"choose": "1", "pick.0.C2.R2.2": "1", "pick.1.C1.R1.1": "1"})
    sent = made.node.get(f"/fr/network/clauses?{query}")
    assert sent.status == 303
    shown = page(made, sent.headers["location"], signed=False)
    texts = clause_texts("dev-2026-06")
    assert texts["0.C2.R2.2"].deliver.fr in shown
    assert texts["0.C2.R2.2"].deliver.en in shown
    assert pack_of(["0.C2.R2.2", "1.C1.R1.1"], []).id in shown
    for form in ("docx", "html", "json"):
        assert f"requirement=0.C2.R2.2%2C1.C1.R1.1&format={form}" in shown
    assert "tick at least one" in page(made, "/en/network/clauses?choose=1", signed=False)
    assert made.node.get("/en/network/clauses/text?requirement=MIM77").status == 400


def test_a_bidders_pack_is_compared_and_repeated(made: Office) -> None:
    contract = made.contract()
    ran = made.test(contract)
    evidence = made.node.run(evidence_of(made.buyer.network, str(ran["id"]), OFFICER))
    clauses = pack_json(pack_of(NAMES.split(","), []))
    of, url = "/en/network/clauses/compare", f"{HOST}/ogc".encode()
    same = upload(made, of, evidence=evidence, clauses=clauses, url=url, again=b"1")
    assert same.status == 200
    assert b"not bound" not in same.body
    assert b"The pack holds" in same.body
    made.service.control = n3_lies()
    other = html.unescape(
        upload(made, of, evidence=evidence, clauses=clauses, url=url, again=b"1").body.decode()
    )
    assert "Verdicts differ" in other
    assert "differs</span>" in other
    edited = evidence.replace(b'"truncated": false', b'"truncated": true', 3)
    forged = upload(made, of, evidence=edited, clauses=clauses, url=url)
    assert forged.status == 200
    without = upload(made, of, evidence=evidence, clauses=clauses, again=b"1")
    assert b"name the address that was offered" in without.body
    for wrong in ({"evidence": b"{}", "clauses": clauses}, {"evidence": evidence, "clauses": b"["}, {}):
        refused = upload(made, of, url=url, **wrong)
        assert refused.status == 422
        assert b'role="alert"' in refused.body


def test_the_french_page_says_in_french_which_file_is_wrong(made: Office) -> None:
    of = "/fr/network/clauses/compare"
    lacking = upload(made, of, url=b"", evidence=b"", clauses=b"").body.decode()
    assert "Choisissez les deux fichiers\xa0: les preuves et le jeu de clauses." in lacking
    broken = upload(made, of, url=b"", evidence=b"{}", clauses=b"no JSON").body.decode()
    assert "Le jeu de clauses n’est pas du JSON." in broken


def test_a_form_with_files_needs_its_proof(made: Office) -> None:
    headers = {**headers_of(made), "content-type": f"multipart/form-data; boundary={BORDER}"}
    body = multipart({"proof": b"0" * 64, "evidence": b"{}", "clauses": b"{}"})
    of = "/en/network/clauses/compare"
    assert made.node.ask(Request("POST", of, "", headers, body, base="http://node.test")).status == 403


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b""),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut'),
        ("multipart/form-data; boundary=x", b"--x\r\n" * (MOST_PARTS + 5) + b"--x--"),
        ("multipart/form-data; boundary=x", b"\x00" * 100),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(media: str, body: bytes) -> None:
    with pytest.raises(Problem):
        fields_of(media, body)


def test_a_file_keeps_its_bytes() -> None:
    content = b'\r\n{"a": "\xff\x00--x"}\r\n\r\n'
    assert fields_of(f"multipart/form-data; boundary={BORDER}", multipart({"f": content}))["f"] == content


def test_a_contract_is_written_down_and_tested_from_the_page(made: Office) -> None:
    fields = {
        "title": "Stations (simulated)", "supplier": "Firm (simulated)", "buyer": "Simville",
        "endpoint": f"{HOST}/ogc", "requirement": "0.C1.R1.1, 1.C3.R3.2", "begins": "2026-11-01",
        "ends": "2028-11-01", "reviewDays": "30", "publish": "1",
    }  # fmt: skip
    home = "/en/network/contracts"
    refused = send(made, home, home, **{**fields, "ends": "2026-01-01"})
    assert refused.status == 422
    assert b"before it begins" in refused.body
    assert b'value="Stations (simulated)"' in refused.body
    written = send(made, home, home, **fields)
    assert written.status == 303
    one = written.headers["location"]
    assert "not tested yet" in page(made, one)
    begun = send(made, f"{one}/run", one)
    assert begun.status == 303
    assert "The tests are running" in page(made, one)
    made.review()
    shown = page(made, one)
    assert "something is open" in shown
    decision = re.search(rf'action="({one}/runs/[^"]+/decide)"', shown)
    assert decision is not None
    decided = send(
        made, decision[1], one, requirement="1.C3.R3.2", reason="Profile in annex 3", document="annex-3.pdf"
    )
    assert decided.status == 303
    shown = page(made, one, signed=False)
    assert "Profile in annex 3" in shown
    assert "decided in writing" in shown
    assert 'class="tag good">accepted' in shown
    assert "Run the acceptance" not in shown


def test_breaches_stand_in_the_timeline_with_what_changed(made: Office) -> None:
    names = full_office(made)
    shown = page(made, f"/en/network/contracts/{names['breached']}", signed=False)
    assert "in breach" in shown
    assert "The interface changed without notice" in shown
    assert "A requirement is not met any more" in shown
    assert "lamps" in shown
    assert shown.index("breach") < shown.index("Acceptance")
    listed = page(made, "/fr/network/contracts", signed=False)
    assert "en manquement" in listed
    assert "Seulement" not in listed
    told = made.node.run(story(made.buyer.network, names["breached"], OFFICER))
    assert len(told.breaches) == 2


def test_who_may_not_steer_sees_no_forms(made: Office) -> None:
    names = full_office(made)
    made.node.visitors["reader"] = Actor("r", frozenset({"read"}))
    for path in ("/en/network/contracts", f"/en/network/contracts/{names['open']}", "/en/network/clauses"):
        shown = made.node.text(path, {"cookie": f"{SESSION_COOKIE}=reader"})
        posts = re.findall(r'method="post"[^>]* action="([^"]*)"', shown)
        assert [each for each in posts if "sign-out" not in each] == []
        assert "clauses/compare" not in shown
