"""A small interpreter of rendered dialplan: enough of Asterisk to follow a call through a schedule.

It knows ``Set``, ``GotoIf``, ``Goto``, the functions and the operators that the schedule's template uses (the order
of precedence is ``ast_expr2``'s: ``|``, ``&``, comparison, sum, product), and fails at anything else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

Steps = Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]

_INNERMOST = re.compile(r"\$\{([^${}]*)\}|\$\[([^$\[\]]*)\]")
_SUM = re.compile(r"[0-9 ()+*<>=&|-]+")
_CALL = re.compile(r"([A-Z_]+)\((.*)\)")


class Call:
    """A call at ``now`` (epoch seconds) in the dialplan; ``variables`` are those of its channel."""

    def __init__(self, dialplan: Steps, now: int, **variables: str) -> None:
        self._dialplan = dialplan
        self._variables = {"EPOCH": str(now), **variables}

    def leaves(self, context: str) -> tuple[str, str]:
        """Enter a context at ``s,1``; the application and arguments by which the call leaves it."""
        self._variables["CONTEXT"] = context
        extension, step = "s", 0
        for _ in range(100):
            application, arguments = self._dialplan[context][extension][step]
            step += 1
            match application:
                case "Set":
                    name, _, value = arguments.partition("=")
                    self._variables[name] = self._value(value)
                case "GotoIf":
                    condition, _, ways = self._value(arguments).rpartition("?")
                    chosen = ways.partition(":")[0 if condition not in ("", "0") else 2]
                    if chosen:
                        extension, step = self._label(chosen)
                case "Goto" if self._value(arguments).count(",") == 1:
                    extension, step = self._label(arguments)
                case _:
                    return application, arguments
        raise AssertionError("the call goes round in circles")

    def _label(self, text: str) -> tuple[str, int]:
        extension, priority = self._value(text).split(",")
        return extension, int(priority) - 1

    def _value(self, text: str) -> str:
        while found := _INNERMOST.search(text):
            inner = found[1]
            made = self._expression(found[2]) if inner is None else self._variable(inner)
            text = text[: found.start()] + made + text[found.end() :]
        return text

    def _variable(self, text: str) -> str:
        if (found := _CALL.fullmatch(text)) is None:
            name, _, offset = text.partition(":")
            return self._variables.get(name, "")[int(offset or 0) :]
        arguments = found[2].split(",")
        match found[1]:
            case "FILTER":
                assert arguments[0] == "0-9\\-"
                return re.sub(r"[^0-9-]", "", arguments[1])
            case "STRFTIME":
                at = dt.datetime.fromtimestamp(int(arguments[0]), ZoneInfo(arguments[1]))
                return at.strftime(arguments[2])
            case "DIALPLAN_EXISTS":
                context, extension, priority = arguments
                return str(int(len(self._dialplan.get(context, {}).get(extension, ())) >= int(priority)))
            case other:
                raise AssertionError(f"no function {other}")

    @staticmethod
    def _expression(text: str) -> str:
        assert _SUM.fullmatch(text), text
        plain = re.sub(r"(?<![<>])=", "==", re.sub(r"\b0+(?=[0-9])", "", text))
        return str(int(eval(plain.replace("&", " and ").replace("|", " or "), {"__builtins__": {}})))
