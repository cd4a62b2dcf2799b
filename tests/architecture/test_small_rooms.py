"""Every module can be read in one sitting, and says what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "vaxelflode"
LINES = 400
MODULES = sorted(PACKAGE.rglob("*.py"))


def _id(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _undocumented(node: ast.AST, where: str) -> list[str]:
    """The public classes, functions and methods without a docstring."""
    found: list[str] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            name = f"{where}.{child.name}"
            found += [] if ast.get_docstring(child) else [name]
            found += _undocumented(child, name) if isinstance(child, ast.ClassDef) else []
    return found


def test_there_are_modules() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= LINES
    assert ast.get_docstring(tree), "says nothing of itself"
    assert _undocumented(tree, path.stem) == []
