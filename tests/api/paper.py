"""The API's document as a judge: what the application answered against what it says that it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs

from tests.api.house import Answer
from vaxelflode.web.openapi import Document
from vaxelflode.web.routes import ROUTES


class Paper:
    """The document of the table of routes."""

    def __init__(self) -> None:
        self.document: Mapping[str, Any] = Document(ROUTES).value
        #: The answers judged so far: operation and status.
        self.seen: set[tuple[str, str, int]] = set()
        self._validators: dict[tuple[str, str, int], Any] = {}

    @property
    def operations(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Method and path → operation."""
        return {(m.upper(), path): one for path, item in self.document["paths"].items() for m, one in item.items()}

    def path_of(self, url: str) -> str:
        """The documented path that a URL is of; literal segments come first."""
        plain = url.partition("?")[0]
        paths: list[str] = sorted(self.document["paths"], key=lambda p: p.count("{"))
        return next(p for p in paths if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", p), plain))

    def judge(self, method: str, url: str, answer: Answer) -> None:
        """Fail unless the status is declared, and type, headers and body are as declared for it."""
        path = self.path_of(url)
        declared = self._declared(method, path, answer.status)
        where = f"{method} {url} → {answer.status}"
        content = declared.get("content", {})
        media = answer.headers.get("Content-Type", "").partition(";")[0]
        assert (media in content) if content else not answer.raw, f"{where}: {media!r} is not declared"
        for name, header in declared.get("headers", {}).items():
            assert name in answer.headers or not header.get("required"), f"{where}: no {name}"
        if "schema" in content.get(media, {}):
            validator = self._validator(method, path, answer.status, content[media]["schema"])
            wrong = [f"{'.'.join(map(str, e.instance_path))}: {e.message}" for e in validator.iter_errors(answer.body)]
            assert not wrong, f"{where}: {wrong[:5]}\n{answer.body}"
        self.seen.add((method, path, answer.status))

    def _declared(self, method: str, path: str, status: int) -> Mapping[str, Any]:
        responses = self.operations[method, path]["responses"]
        assert str(status) in responses, f"{method} {path}: {status} is not declared"
        found: Mapping[str, Any] = responses[str(status)]
        return self.document["components"]["responses"][found["$ref"].split("/")[-1]] if "$ref" in found else found

    def _validator(self, method: str, path: str, status: int, schema: Mapping[str, Any]) -> Any:
        key = method, path, status
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(_closed(schema) | self._components)
        return self._validators[key]

    @cached_property
    def _components(self) -> dict[str, Any]:
        return {"components": {"schemas": _closed(self.document["components"]["schemas"])}}


def _closed(schema: Any) -> Any:
    """The schema where nothing may stand that is not named: clients must bear more, but we may not send it."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {k: _closed(v) for k, v in schema.items()}
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **inside} if named else inside
