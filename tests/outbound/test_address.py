"""What may be connected to: every spelling of an address that is not public is refused."""

from ipaddress import ip_address

import pytest

from beffroi.outbound.address import check_address, check_host, checked_url
from beffroi.outbound.policy import Policy, Refused

PUBLIC, OPEN = Policy(), Policy(allow_private=True)

NEVER = [
    "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://224.0.0.1/",
    "http://[ff02::1]/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[::ffff:169.254.169.254]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://1.2.3/",
    "http://[::127.0.0.1]/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "ftp://example.org/",
    "//example.org/",
    "example.org",
    "",
    "http://",
    "http:///path",
    "http://user:secret@example.org/",
    "http://user@example.org/",
    "http://example.org:0/",
    "http://example.org:99999/",
    "http://exa mple.org/",
    "http://[::1/",
    "http://example.org/" + "a" * 9000,
]

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.8.9.10:8080/",
    "http://localhost/",
    "http://LOCALHOST:9/",
    "http://localhost./",
    "http://node.localhost/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://[fd00::1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[64:ff9b::7f00:1]/",
]


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("policy", [PUBLIC, OPEN])
def test_what_is_never_allowed_is_refused_under_every_policy(url: str, policy: Policy) -> None:
    with pytest.raises(Refused):
        checked_url(url, policy)


@pytest.mark.parametrize("host", ["a..example", ".example", f"{'a' * 64}.example", f"{'a.' * 126}example"])
def test_a_host_that_no_name_server_can_be_asked_for_is_refused(host: str) -> None:
    with pytest.raises(Refused, match="not the name of a host"):
        checked_url(f"http://{host}/", OPEN)


@pytest.mark.parametrize("url", PRIVATE)
def test_loopback_and_private_addresses_need_a_policy_that_opens_them(url: str) -> None:
    with pytest.raises(Refused):
        checked_url(url, PUBLIC)
    assert checked_url(url, OPEN).scheme == "http"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/path?q=1",
        "http://8.8.8.8:8080/",
        "http://[2a01:e0a::1]/",
        "http://my.csource.org:1026/",
        "http://0x7f.example.org/",
        "http://127.0.0.1.example.org/",
    ],
)
def test_public_addresses_and_names_are_allowed(url: str) -> None:
    assert checked_url(url, PUBLIC).host


def test_a_refusal_is_a_sentence_that_does_not_repeat_credentials() -> None:
    with pytest.raises(Refused, match="carries credentials") as refusal:
        checked_url("http://alice:hunter2@example.org/", PUBLIC)
    assert "hunter2" not in str(refusal.value)


def test_an_address_that_a_name_leads_to_is_judged_like_a_literal_one() -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1 is not public"):
        check_address(ip_address("::ffff:127.0.0.1"), PUBLIC)
    check_address(ip_address("::ffff:127.0.0.1"), OPEN)
    check_host("example.org", PUBLIC)
