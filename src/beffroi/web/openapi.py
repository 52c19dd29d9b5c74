"""Print route tables as one OpenAPI 3.1 document."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.web.cookie import SESSION_COOKIE
from beffroi.web.description import Answer, Chapter, Content, Row, Told
from beffroi.web.routing import SUFFICE

OAUTH: Final = "/oauth/token"
"""Where tokens for bought products are given out, if the node has that address."""

NOBODY: Final = "nothing"
_ARGUMENT: Final = re.compile(r"\{([^}]+)\}")
_WORDS: Final = re.compile(r"[^A-Za-z0-9]+")


def openapi(info: JsonObject, server: str, chapters: Sequence[Chapter]) -> JsonObject:
    """The document. Every row of every chapter is one operation; operation ids come from method and path."""
    paths = dict[str, JsonObject]()
    schemes = ("token", "oauth2", "session") if _has_oauth(chapters) else ("token", "session")
    for chapter in chapters:
        for row in chapter.rows:
            path = _path(chapter, row)
            paths.setdefault(path, {})[row.method.lower()] = _operation(chapter, row, path, schemes)
    schemas: JsonObject = {name: schema for each in chapters for name, schema in each.schemas.items()}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": server}],
        "tags": [{"name": each.name, "description": each.about} for each in chapters],
        "paths": dict[str, Json](paths),
        "components": {
            "schemas": schemas,
            "parameters": {
                f"{_key(each)}.{name}": {"name": name, **parameter}
                for each in chapters
                for name, parameter in each.parameters.items()
            },
            "responses": {_key(each): _problem(each) for each in chapters},
            "securitySchemes": _security_schemes(server, schemes),
        },
    }


def _key(chapter: Chapter) -> str:
    """The chapter's name as a part of a component's."""
    return _WORDS.sub("-", chapter.name)


def _path(chapter: Chapter, row: Row) -> str:
    return chapter.prefix + row.path or "/"


def _operation(chapter: Chapter, row: Row, path: str, schemes: Sequence[str]) -> JsonObject:
    told = chapter.tell(row)
    operation: JsonObject = {
        "operationId": f"{row.method.lower()}_{_WORDS.sub('_', path).strip('_') or 'root'}",
        "summary": told.summary,
        "description": f"Defined by {row.clause}.",
        "tags": [chapter.name],
        "responses": _answers(chapter, told.answers),
        "security": _security(row, told, schemes),
    }
    parameters = [_argument(chapter, name) for name in _ARGUMENT.findall(path)]
    for name in told.parameters:
        parameters.append({"$ref": f"#/components/parameters/{_key(chapter)}.{name}"})
    if parameters:
        operation["parameters"] = list[Json](parameters)
    if told.body:
        operation["requestBody"] = {"required": told.body_required, "content": _content(told.body)}
    return operation


def _argument(chapter: Chapter, name: str) -> JsonObject:
    said = chapter.path.get(name, {"schema": {"type": "string", "minLength": 1}})
    return {"name": name, "in": "path", "required": True, **said}


def _answers(chapter: Chapter, answers: Iterable[Answer]) -> JsonObject:
    responses: JsonObject = {}
    for answer in answers:
        response: JsonObject = {"description": answer.says}
        if answer.content:
            response["content"] = _content(answer.content)
        if answer.headers:
            response["headers"] = {name: {"schema": {"type": "string"}} for name in answer.headers}
        responses[str(answer.status)] = response
    responses["default"] = {"$ref": f"#/components/responses/{_key(chapter)}"}
    return responses


def _content(content: Content) -> JsonObject:
    media: JsonObject = {"schema": content.schema}
    if content.example is not None:
        media["example"] = content.example  # type: ignore[assignment]
    return dict[str, Json](dict.fromkeys(content.media, media))


def _problem(chapter: Chapter) -> JsonObject:
    return {"description": "What is wrong, in words.", "content": _content(chapter.problem)}


def _security(row: Row, told: Told, schemes: Sequence[str]) -> list[Json]:
    """Where a node asks for tokens: one or a session that allows what the row needs, or a token for a bought
    product."""
    if told.bought:
        return [{"oauth2": []}]
    if row.needs == NOBODY:
        return []
    right = SUFFICE.get(row.needs, (row.needs,))[0]
    asked: dict[str, Json] = {"token": [right], "oauth2": [], "session": [right]}
    return [*({scheme: asked[scheme]} for scheme in schemes if scheme != "oauth2" or right == "read"), {}]


def _has_oauth(chapters: Sequence[Chapter]) -> bool:
    return any(_path(chapter, row) == OAUTH for chapter in chapters for row in chapter.rows)


def _security_schemes(server: str, schemes: Sequence[str]) -> JsonObject:
    described: JsonObject = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the node (`beffroi token add`), or one for a bought product. A node "
            "on loopback asks for none.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "Who has signed in to the portal. A page of another site cannot write with it.",
        },
    }
    if "oauth2" in schemes:
        flow: JsonObject = {"tokenUrl": f"{server}{OAUTH}", "scopes": {}}
        described["oauth2"] = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    return described
