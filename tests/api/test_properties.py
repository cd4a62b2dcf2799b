"""Laws of the whole API, tried with requests that Schemathesis makes from the API's own document.

Whoever asks, whatever is sent: never a 500, no status and no answer that is not declared, and what breaks the
document is refused with a problem document. ``FUZZ_EXAMPLES=500`` tries harder than CI does, and at random.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.api import company
from tests.api.house import Answer
from tests.api.narrowed import narrowed
from tests.api.paper import Paper
from tests.api.served import Served, served
from vaxelflode.web.openapi import Document
from vaxelflode.web.routes import ROUTES

#: Requests of each sort, for each operation and person. In CI the same ones each time; more are drawn at random.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
AT_RANDOM = "FUZZ_EXAMPLES" in os.environ

DOCUMENT = Document(ROUTES).value
Operation = tuple[str, str]
Operations = Mapping[Operation, Any]

PUBLIC = {(route.method, route.path) for route in ROUTES if route.public}
#: Operations of the document, and of the narrowed one, where each kind has paths of its own.
EVERY: Sequence[Operation] = [(route.method, route.path) for route in ROUTES]
NARROW: Sequence[Operation] = [
    (method.upper(), path) for path, item in narrowed(DOCUMENT, [])["paths"].items() for method in item
]
#: There is nothing to be wrong in a request without any parameter.
CAN_BE_WRONG = [(r.method, r.path) for r in ROUTES if "{" in r.path or r.body is not None or r.query is not None]
PEOPLE = ("administrator", "granted")


def _operations(document: dict[str, Any]) -> Operations:
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}})
    schema = schemathesis.openapi.from_dict(document, config=config)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == sum(len(item) for item in document["paths"].values())
    return {(one.method.upper(), one.path): one for one in found}


@pytest.fixture(scope="module")
def narrow(founded: Path) -> Operations:
    """The operations of the narrowed document."""
    with sqlite3.connect(founded) as database:
        changes = [row[0] for row in database.execute("SELECT id FROM changes ORDER BY sequence")]
    return _operations(narrowed(DOCUMENT, changes))


@pytest.fixture(scope="module")
def wide() -> Operations:
    """The operations of the document as it is, but for logging in: who asks is not drawn."""
    return _operations(DOCUMENT | {"security": [], "components": DOCUMENT["components"] | {"securitySchemes": {}}})


class Asked:
    """The application as one person asks it, and what came of it."""

    def __init__(self, application: Served, paper: Paper, done: set[Operation]) -> None:
        self._application, self._paper, self._done = application, paper, done
        self._session = requests.Session()

    def __call__(self, case: Case[Any], person: str | None) -> int:
        """Send it, have the answer judged by document and checks, and see to it that the next one finds all anew."""
        self._application.fresh()
        _ended(case)
        headers = {} if person is None else {"Authorization": f"Bearer {company.token(person)}"}
        answer = case.call(self._application.house.url, self._session, headers)
        if answer.status_code == 429 or (answer.status_code < 300 and case.method != "GET"):
            self._application.stale = True
        assert answer.status_code < 500, case.as_curl_command()
        case.validate_response(answer, checks=_CHECKS)
        url = urlsplit(str(answer.request.url)).path
        said = CIMultiDict((name, values[0]) for name, values in answer.headers.items())
        self._paper.judge(case.method.upper(), url, Answer(answer.status_code, said, answer.content))
        if answer.status_code < 300:
            self._done.add((case.method.upper(), self._paper.path_of(url)))
        return answer.status_code


def _ended(case: Case[Any]) -> None:
    """A stream of events ends at once: nobody waits for it here."""
    seconds = str((case.query or {}).get("for", "0"))
    if case.path == "/api/v1/events" and seconds.isascii() and seconds.isdigit():
        case.query = {**(case.query or {}), "for": "0"}


_CHECKS = [
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.negative_data_rejection,
    schemathesis.checks.missing_required_header,
]


@pytest.fixture(scope="module")
def application(plot: Path, founded: Path) -> Iterator[Served]:
    """The application, in a thread of its own."""
    with served(plot / "served", founded) as made:
        yield made


@pytest.fixture(scope="module")
def done() -> set[Operation]:
    """The operations that were not only asked for, but done."""
    return set()


@pytest.fixture
def ask(application: Served, paper: Paper, done: set[Operation]) -> Asked:
    """The application, as it was founded for each request."""
    return Asked(application, paper, done)


def _tried(examples: int = EXAMPLES) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=not AT_RANDOM,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def _name(operation: object) -> str:
    return " ".join(operation) if isinstance(operation, tuple) else str(operation)


@pytest.mark.parametrize("operation", NARROW, ids=_name)
@pytest.mark.parametrize("person", PEOPLE)
def test_what_the_document_allows_is_answered_as_it_says(
    ask: Asked, narrow: Operations, operation: Operation, person: str
) -> None:
    @_tried()
    @given(narrow[operation].as_strategy())
    def holds(case: Case[Any]) -> None:
        ask(case, person)

    holds()


@pytest.mark.parametrize("operation", CAN_BE_WRONG, ids=_name)
@pytest.mark.parametrize("person", PEOPLE)
def test_what_the_document_does_not_allow_is_refused(
    ask: Asked, wide: Operations, operation: Operation, person: str
) -> None:
    there = {name: value for name, value in _THERE.items() if f"{{{name}}}" in operation[1]}
    known = wide[operation].as_strategy(GenerationMode.NEGATIVE, path_parameters=there, headers={"If-Match": "*"})

    @_tried()
    @given(st.one_of(known, wide[operation].as_strategy(GenerationMode.NEGATIVE)))
    def holds(case: Case[Any]) -> None:
        ask(case, person)

    holds()


#: What a path may name, so that the rest of a request is looked at.
_THERE = {"kind": "queue", "key": "mine", "field": "full", "slot": "join", "extension": "201", "id": "a" * 16}


@pytest.mark.parametrize("operation", EVERY, ids=_name)
def test_the_edges_of_what_the_document_allows_are_answered_as_it_says(
    ask: Asked, wide: Operations, operation: Operation
) -> None:
    """Least and most, one more and one less, each left out, each of another type: not drawn, but enumerated."""
    one = wide[operation]
    config = one.schema.config.generation_for(operation=one)
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    every = one.schema.iter_coverage_cases(one, generation_modes=modes, generation_config=config)
    cases = [case for case in every if case.method == one.method]  # other methods are walked elsewhere
    step = 1 if AT_RANDOM else max(1, len(cases) // (4 * EXAMPLES))
    for case in islice(cases, 0, None, step):
        ask(case, "administrator")


@pytest.mark.parametrize("operation", EVERY, ids=_name)
def test_nobody_is_answered_but_where_no_log_in_is_needed(
    ask: Asked, narrow: Operations, wide: Operations, operation: Operation
) -> None:
    @_tried(min(EXAMPLES, 3))
    @given(wide[operation].as_strategy())
    def holds(case: Case[Any]) -> None:
        assert (ask(case, None) == 401) is (operation not in PUBLIC)

    if operation != ("POST", "/api/v1/tokens"):
        holds()


def test_every_operation_was_done_and_not_only_refused(done: set[Operation]) -> None:
    """Comes last: laws that are tried only with what is refused would say little."""
    # Nothing waits where the PBX answers, so that nothing can be withdrawn.
    assert set(EVERY) - done == {("POST", "/api/v1/changes/{id}/withdraw")}
