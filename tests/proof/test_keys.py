"""A key in the address opens the portal, and stands nowhere in the report."""

import asyncio

from tests.proof import controls
from tests.proof.checking import checked, having, now
from tests.proof.controls import OgcCity

from beffroi.proof import check, report_html, report_json

SECRET = "s3cr3t-0815/+x"


def test_a_key_is_sent_with_every_request_and_never_stored() -> None:
    city = OgcCity()

    def locked(request: controls.Asked) -> controls.Answer:
        if request.query.get("apikey") != SECRET:
            return controls.n15_key_required(request)
        return city(request)

    report = checked(locked, "/ogc/collections?apikey=s3cr3t-0815%2F%2Bx")
    assert having(report, "FAIL") == set()
    assert {"0.C1.R1.1", "0.C2.R2.1"} <= having(report, "PASS")
    stored = report_json(report).decode() + report_html(report, "en")
    assert "s3cr3t" not in stored
    assert report.url == "http://city.example/ogc/collections"


def test_a_key_is_not_sent_to_another_server() -> None:
    city = OgcCity()

    def elsewhere(request: controls.Asked) -> controls.Answer:
        answered = city(request)
        body = answered.body.replace(b"http://city.example/ogc/api", b"http://other.example/api")
        return controls.Answer(answered.status, answered.headers, body)

    fetch = controls.InProcess(elsewhere)
    asyncio.run(check("http://city.example/ogc?token=verysecret", fetch=fetch, now=now))
    others = [url for url in fetch.asked if "other.example" in url]
    assert others
    assert not any("verysecret" in url for url in others)
