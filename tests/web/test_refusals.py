"""Reasons in the words of whoever reads: each that can come from below has its own, and none is told in English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from vaxelflode.web.refusals import pbx_refusal, refusal

ROOT = Path(__file__).resolve().parents[2] / "vaxelflode"
#: Where what supervisors ask for can be refused, and by what that is said there.
REFUSING = {
    "policy/authority.py": {"Decision"},
    "services/undo.py": {"Conflict"},
    "services/withdraw.py": {"Conflict"},
    "services/queue_agents.py": {"Conflict", "Forbidden", "FieldError"},
    "services/override_hours.py": {"FieldError"},
    "services/etag.py": {"Stale"},
    "services/commit.py": {"Conflict"},
    "domain/kinds/schedule.py": {"ValueError"},
    "domain/hours.py": {"ValueError"},
    "domain/check.py": {"FieldError"},
    "web/pages/override.py": {"Forbidden"},
    "web/pages/schedule.py": {"Forbidden", "BadRequest"},
    "web/pages/close.py": {"Forbidden"},
    "web/forms.py": {"BadRequest"},
}
#: What stands where a message has a place for something.
SAMPLES = {"ref": "queue/mine", "aspect": "agents", "part": "week", "broken": "only the keys 123 may be changed"}
#: What only those who make objects, by the API or the command line, can be told; or what is told by its code.
NOT_ON_PAGES = (
    "there is no such object",
    "must be one of ",
    "must be 1 to 40 of a-z",
    "must be x",
    "must not be empty",
    "must not hold control",
    "is an emergency number",
    "x x",
    "must be a pair of times",
    "24:00 is the end",
    "two temporary changes have",
)


def messages(path: str, names: set[str]) -> Iterator[str]:
    """What a module says of refusals, with samples for what it is about."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            for argument in node.args[-1:] if node.func.id == "FieldError" else node.args:
                if text := _text(argument):
                    yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "".join(_piece(one) for one in node.values) if isinstance(node, ast.JoinedStr) else ""


def _piece(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    name = ast.unparse(node.value if isinstance(node, ast.FormattedValue) else node)
    return SAMPLES.get(name.rpartition(".")[2], "7" if name.isupper() else "x")


SAID = sorted(
    {text for path, names in REFUSING.items() for text in messages(path, names) if not text.startswith(NOT_ON_PAGES)}
)


def test_the_modules_say_something() -> None:
    assert len(SAID) > 25


@pytest.mark.parametrize("reason", SAID)
def test_a_reason_has_words_of_its_own(reason: str) -> None:
    swedish = refusal("sv", reason)
    assert swedish
    assert swedish != refusal("en", reason)
    assert "%(" not in swedish


@pytest.mark.parametrize(
    ("reason", "swedish", "english"),
    [
        (
            "no flow of yours grants agents of queue/kundservice; an administrator can grant it",
            "Du saknar behörigheten ”agenter”. En administratör kan ge dig den.",
            "You do not have the permission “agents”. An administrator can grant it.",
        ),
        (
            "the flow Kundtjänst grants options of menu/mine within limits: only the keys 123 may be changed",
            "Din behörighet gäller bara knapparna 123.",
            "Your permission covers only the keys 123.",
        ),
        (
            "the flow A grants override of schedule/mine within limits: a temporary change may last 7 days at most",
            "Du får ändra högst 7 dagar åt gången.",
            "You may change at most 7 days at a time.",
        ),
    ],
)
def test_reasons_name_what_they_are_about(reason: str, swedish: str, english: str) -> None:
    assert (refusal("sv", reason), refusal("en", reason)) == (swedish, english)


def test_what_there_is_too_much_of_is_called_what_it_is() -> None:
    assert refusal("en", "Tuple should have at most 500 items after validation, not 501") == "At most 500."
    assert refusal("en", "String should have at most 60 characters") == "At most 60 characters."


def test_a_long_word_of_somebodys_is_read_once() -> None:
    """And not once from each of its letters, which of so many would take minutes."""
    assert refusal("sv", "x" * 300_000) == ""
    assert refusal("sv", f"{'x' * 300_000} is not among the destinations of the flow").endswith("x härifrån.")


def test_what_has_no_words_is_told_to_those_who_read_english_alone() -> None:
    assert refusal("sv", "the moon is full") == ""
    assert refusal("sv", "the moon is full", "Det går inte.") == "Det går inte."
    assert refusal("en", "the moon is full", "No.") == "The moon is full."
    assert refusal("en", "", "No.") == "No."


def test_the_pbx_is_quoted_where_it_says_what_we_do_not_know() -> None:
    known = "extensions.conf: vx-menu-mine in the PBX is not what was rendered"
    assert pbx_refusal("sv", known) == "Växeln tog inte emot det som det skickades."
    assert pbx_refusal("sv", "no memory left") == "Växeln säger: ”no memory left”."
    assert pbx_refusal("sv", "") == ""
