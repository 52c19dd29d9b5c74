"""Load JSON-LD contexts: built in, preloaded, kept in the store, and only then from the web (5.5.5)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Final

from beffroi.broker.rules.context import jsonld
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.vocabulary import CORE_CONTEXT
from beffroi.kernel.json import Json, decode, encode
from beffroi.kernel.problem import BadRequestData, LdContextNotAvailable, Problem
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.outbound.client import Client
from beffroi.outbound.policy import Failed, Refused
from beffroi.store.port import Store

KIND = "context-document"
MOST_BYTES: Final = 1_000_000
MOST_REMEMBERED: Final = 500
MOST_TERMS_REMEMBERED: Final = 500_000
MOST_NESTED: Final = 5


class Contexts:
    """Every context that this node has met, processed once.

    A document that was fetched is kept in the store and never fetched again by itself, so that a node
    works offline and a change upstream does not change what stored names mean.
    """

    def __init__(self, store: Store, client: Client, preloaded: Mapping[str, Json]) -> None:
        self._store = store
        self._client = client
        self._preloaded = preloaded
        self._compiled: dict[bytes, Context] = {}
        self._terms = 0
        self._serials = count(jsonld.CORE.serial + 1)

    async def load(self, source: Json) -> Context:
        """The Context of a @context: a URL, an object, an array of these, or None for the core alone.

        Raises Problem(BadRequestData) for what is no @context of NGSI-LD, and
        Problem(LdContextNotAvailable) for a document that cannot be had.
        """
        if source is None or source == CORE_CONTEXT:
            return jsonld.CORE
        name = encode(source)
        key = name if len(name) < 1_000 else sha256(name).digest()
        known = self._compiled.get(key)
        if known is None:
            documents = await self._documents(source)
            compiled = await asyncio.to_thread(jsonld.compile_context, source, documents)
            known = replace(compiled, serial=next(self._serials))
            self._remember(key, known)
        return known

    def _remember(self, key: bytes, context: Context) -> None:
        """Keep a context and forget the oldest where it gets too much: every writer can send new ones."""
        if key in self._compiled:
            return
        self._compiled[key] = context
        self._terms += len(context.terms)
        while len(self._compiled) > MOST_REMEMBERED or self._terms > MOST_TERMS_REMEMBERED:
            self._terms -= len(self._compiled.pop(next(iter(self._compiled))).terms)

    async def _documents(self, source: Json) -> Mapping[str, Json]:
        """The @context of every document that `source` leads to, directly or through others."""
        documents: dict[str, Json] = {}
        wanted = list(jsonld.addresses(source))
        for _ in range(MOST_NESTED + 1):
            missing = [url for url in dict.fromkeys(wanted) if url not in documents]
            if not missing:
                return documents
            if len(documents) + len(missing) > jsonld.MOST_DOCUMENTS:
                raise Problem(
                    BadRequestData, f"The @context needs more than {jsonld.MOST_DOCUMENTS} documents."
                )
            wanted = list[str]()
            for url in missing:
                documents[url] = jsonld.document_context(await self._document(url), url)
                wanted.extend(jsonld.addresses(documents[url], url))
        raise Problem(BadRequestData, f"The @context is nested deeper than {MOST_NESTED} documents.")

    async def _document(self, url: str) -> Json:
        if url in self._preloaded:
            return self._preloaded[url]
        key = Key("", KIND, url)
        stored = await self._store.read([key])
        if key in stored:
            return decode(stored[key].document)
        document = await self._fetch(url)
        await self._keep(key, document)
        return document

    async def _fetch(self, url: str) -> Json:
        try:
            answer = await self._client.get(
                url,
                {"Accept": "application/ld+json, application/json;q=0.9, */*;q=0.1"},
                most_bytes=MOST_BYTES,
            )
        except (Refused, Failed) as failure:
            raise Problem(
                LdContextNotAvailable, f"The @context '{url}' is not available: {failure}"
            ) from failure
        if answer.status != 200:
            raise Problem(
                LdContextNotAvailable, f"The @context '{url}' is not available: HTTP status {answer.status}."
            )
        try:
            return decode(answer.body)
        except Problem as failure:
            raise Problem(
                LdContextNotAvailable, f"The @context '{url}' is no JSON: {failure.detail}"
            ) from failure

    async def _keep(self, key: Key, document: Json) -> None:
        def decide(_: Mapping[Key, Record]) -> Commit:
            return Commit((Change(key, encode(document)),))

        await self._store.transact([], decide)
