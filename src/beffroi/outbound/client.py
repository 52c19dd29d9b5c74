"""Client: HTTP requests to others, guarded and bounded (RFC 9110)."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from beffroi.outbound.address import checked_url
from beffroi.outbound.decoding import ACCEPTED, read_body
from beffroi.outbound.policy import CutShort, Failed, Late, NotHttp, Policy, Refused, Unended
from beffroi.outbound.posting import Paced, Posted
from beffroi.outbound.resolver import LookUp, Resolver
from beffroi.outbound.stream import Pace, Stream

REDIRECTS = frozenset({301, 302, 303, 307, 308})
OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
)
"""Headers that frame a message: who calls may not set them."""
SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
DRAIN_BYTES = 65_536
DRAIN_S = 0.5
KEPT_S = 4.0  # many servers close an idle connection after 5 s: let go before they do

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Answer:
    """`url` is where the answer came from, after redirects; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Client:
    """Use as `async with Client(policy) as client`; one client keeps its connections alive.

    Every call raises Refused when the address is not allowed, Failed when there is no whole answer;
    any status is an answer.
    """

    def __init__(self, policy: Policy, look_up: LookUp = socket.getaddrinfo) -> None:
        self.policy = policy
        self._look_up = look_up
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        policy = self.policy
        connector = aiohttp.TCPConnector(
            resolver=Resolver(policy, self._look_up),
            use_dns_cache=False,
            limit=policy.most_connections,
            keepalive_timeout=KEPT_S,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=policy.connect_s),
            headers={"User-Agent": policy.agent, "Accept-Encoding": ACCEPTED},
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        most_bytes: int | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """GET, following redirects; each of them is checked as the first address was."""
        async with _within(url, timeout_s or self.policy.timeout_s) as heard:
            return await self._follow(url, dict(headers or {}), most_bytes or self.policy.most_bytes, heard)

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        most_bytes: int | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """One request of any method; a redirect is an answer like others and is not followed."""
        most = most_bytes or self.policy.most_bytes
        async with _within(url, timeout_s or self.policy.timeout_s) as heard:
            return await self._once(method, checked_url(url, self.policy), headers or {}, body, most, heard)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout_s: float | None = None,
    ) -> Answer:
        """One request of which only the status and the headers matter.

        They are the answer however long or slow its body is; a short body is read away, so that the
        connection can be used again. The answer's body is empty.
        """
        async with _within(url, timeout_s or self.policy.timeout_s) as heard:
            return await self._once(method, checked_url(url, self.policy), headers or {}, body, None, heard)

    async def stream(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Posted, pace: Pace
    ) -> Stream:
        """One request whose answer is read as it comes; whoever asks has to read it to its end or close it.
        A body that is Posted is sent as it comes, and no further once the answer is at its end or closed.

        A redirect is an answer like others. The body stays as it is packed: what packings the caller does not
        name in Accept-Encoding are not asked for.
        """
        target = checked_url(url, self.policy)
        if self._session is None:
            raise RuntimeError("Client is used outside `async with`")
        check_headers(headers)
        plain = {"accept-encoding": "identity", **headers}
        if isinstance(body, Posted) and body.length is not None:
            plain["content-length"] = str(body.length)
        try:
            async with asyncio.timeout(pace.head_s) as limit:
                data = Paced(body.pieces, limit, pace.head_s) if isinstance(body, Posted) else body or None
                response = await self._session.request(
                    method, target, headers=plain, data=data, allow_redirects=False
                )
                if isinstance(data, Paced):
                    data.answered()
        except (aiohttp.ClientError, OSError) as failure:
            if isinstance(failure, TimeoutError) and not isinstance(failure, aiohttp.ClientError):
                raise _late(url, pace.head_s) from failure
            raise _failed(target, failure) from failure
        return Stream(response, _joined_headers(response.headers.items()), pace)

    async def _follow(self, text: str, headers: dict[str, str], most_bytes: int, heard: "_Heard") -> Answer:
        url = checked_url(text, self.policy)
        for _ in range(self.policy.most_redirects + 1):
            answer = await self._once("GET", url, headers, b"", most_bytes, heard)
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or target is None:
                return answer
            following = checked_url(_joined(url, target), self.policy)
            if following.origin() != url.origin():
                headers = {name: value for name, value in headers.items() if name.lower() not in SECRET}
            url = following
        plain = text.partition("?")[0][:200]
        raise Failed(f"'{plain}' redirects more than {self.policy.most_redirects} times.")

    async def _once(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        body: bytes,
        most_bytes: int | None,
        heard: "_Heard",
    ) -> Answer:
        """One exchange; without `most_bytes` the body is not wanted."""
        if self._session is None:
            raise RuntimeError("Client is used outside `async with`")
        check_headers(headers)
        heard.head = False
        try:
            async with self._session.request(
                method, url, headers=headers, data=body or None, allow_redirects=False
            ) as response:
                heard.head = True
                received = _joined_headers(response.headers.items())
                if most_bytes is None:
                    await _drained(response.content)
                    return Answer(response.status, received, b"", str(url))
                encoding = "" if method == "HEAD" else received.get("content-encoding", "")
                content = await read_body(response.content.iter_any(), encoding, most_bytes)
                return Answer(response.status, received, content, str(url))
        except (aiohttp.ClientError, OSError) as failure:
            if isinstance(failure, TimeoutError) and not isinstance(failure, aiohttp.ClientError):
                raise
            raise _failed(url, failure) from failure


@dataclass(slots=True)
class _Heard:
    """Whether the head of the answer that is waited for has come."""

    head: bool = False


@asynccontextmanager
async def _within(url: str, seconds: float) -> AsyncGenerator[_Heard]:
    """Bound what is done inside to so many seconds. Raises Late, or Unended once a head was heard."""
    heard = _Heard()
    try:
        async with asyncio.timeout(seconds):
            yield heard
    except TimeoutError as failure:
        if heard.head:
            plain = url.partition("?")[0][:200]
            raise Unended(f"The answer of '{plain}' does not end within {seconds:g} s.") from failure
        raise _late(url, seconds) from failure


async def _drained(content: aiohttp.StreamReader) -> None:
    """Read a body away if it is short and comes at once; a broken one is no matter."""
    try:
        async with asyncio.timeout(DRAIN_S):
            left = DRAIN_BYTES
            async for piece in content.iter_any():
                left -= len(piece)
                if left < 0:
                    return
    except (TimeoutError, aiohttp.ClientError, OSError):
        return


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise Refused for a header that could change the framing of the message or add another one.

    >>> check_headers({"X-Key": "a\\r\\nHost: b"})
    Traceback (most recent call last):
    beffroi.outbound.policy.Refused: The header 'X-Key' has a value with control characters.
    """
    for name, value in headers.items():
        if _NAME.fullmatch(name) is None:
            raise Refused(f"'{name[:100]}' is not the name of a header.")
        if name.lower() in OURS:
            raise Refused(f"The header '{name}' cannot be set.")
        if _VALUE.fullmatch(value) is None:
            raise Refused(f"The header '{name}' has a value with control characters.")


def _joined_headers(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names; a header that comes several times is a list (RFC 9110, section 5.3)."""
    found = dict[str, str]()
    for given, value in items:
        name = given.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _joined(url: URL, target: str) -> str:
    try:
        return str(url.join(URL(target)).with_fragment(None))
    except ValueError as failure:
        raise Failed(f"'{_place(url)}' redirects to what is not a URL: '{target[:200]}'.") from failure


def _place(url: URL) -> str:
    return str(url.with_query(None).with_fragment(None))[:200]


def _failed(url: URL, failure: aiohttp.ClientError | OSError) -> Failed:
    """What the client of aiohttp met, as ours."""
    match failure:
        case aiohttp.ClientPayloadError():  # shorter than its length, or a broken chunk
            return CutShort(f"The answer of '{_place(url)}' ends before it is whole.")
        case aiohttp.ServerDisconnectedError(message=message) if not isinstance(message, str):
            return CutShort(f"The answer of '{_place(url)}' ends before it is whole.")  # within its head
        case aiohttp.ClientResponseError():
            return NotHttp(f"'{_place(url)}' answers with what cannot be read as HTTP.")
        case _:
            return Failed(f"'{_place(url)}' does not answer: {_reason(failure)}.")


def _reason(failure: Exception) -> str:
    return (str(failure) or type(failure).__name__)[:300].rstrip(".")


def _late(url: str, seconds: float) -> Failed:
    return Late(f"'{url.partition('?')[0][:200]}' does not answer within {seconds:g} s.")
