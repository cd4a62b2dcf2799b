"""The only names that are ever sent to Asterisk: narrower than what AMI carries.

`;` and `|` in a member's name, reason or interface are stored raw in AstDB and forge members of the queue at the next
boot (toll fraud); a variable's name with parentheses is a function call. `fullmatch` and `[0-9]`, since `$` takes a
trailing newline and `\\d` takes Arabic digits.
"""

from __future__ import annotations

import re

_INTERFACE = re.compile(r"(?=.{3,60}\Z)[A-Za-z0-9]+/[A-Za-z0-9/@_.-]+")
_TEXT = re.compile(r"[A-Za-z0-9/@_.-]{1,60}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,79}")
_MODULE = re.compile(r"[a-z0-9_]{1,60}(\.so)?")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,78}")
_FAMILY = re.compile(r"[A-Za-z0-9@_.:-]{1,79}")
_ENTRY = re.compile(r"[A-Za-z0-9@_./:-]{1,79}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
_FILE = re.compile(r"[A-Za-z0-9_./-]{1,200}")


def interface_name(what: str, text: str) -> str:
    """An interface such as `PJSIP/201`; ValueError otherwise. One without a technology is taken and never rung."""
    return _checked(_INTERFACE, what, text)


def member_text(what: str, text: str) -> str:
    """A member's name or a pause's reason; ValueError otherwise."""
    return _checked(_TEXT, what, text)


def plain_name(what: str, text: str) -> str:
    """A queue, context or mailbox context: Asterisk cuts names at 79 bytes. ValueError otherwise."""
    return _checked(_NAME, what, text)


def module_name(text: str) -> str:
    """A module such as `pbx_config`; ValueError otherwise."""
    return _checked(_MODULE, "module", text)


def variable_name(text: str) -> str:
    """A global variable's name, never a function's; ValueError otherwise.

    Underscores before a name are an order to Asterisk (to inherit it), which it cannot find again by.
    """
    return _checked(_VARIABLE, "variable", text)


def zone_name(text: str) -> str:
    """A time zone such as `Europe/Stockholm`, as an argument of a function of ours; ValueError otherwise."""
    return _checked(_ZONE, "zone", text)


def database_family(text: str) -> str:
    """A family of AstDB; ValueError otherwise. Without a slash: `a/b` and `c` would be the entry of `a` and `b/c`."""
    return _checked(_FAMILY, "family", text)


def database_key(text: str) -> str:
    """A key of AstDB; ValueError otherwise."""
    return _checked(_ENTRY, "key", text)


def file_name(text: str) -> str:
    """A configuration file, absolute or below Asterisk's configuration directory; ValueError otherwise."""
    if ".." in text.split("/"):
        raise ValueError(f"file {text!r} climbs out of its directory")
    return _checked(_FILE, "file", text)


def _checked(pattern: re.Pattern[str], what: str, text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} {text!r} is not of the form {pattern.pattern}")
    return text
