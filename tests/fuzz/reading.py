"""What a file of ours says, read with nothing but ``partition``: the oracle beside the strict reader and Asterisk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

#: Context → extension → its steps, each an application and its arguments.
Dialplan = dict[str, dict[str, list[tuple[str, str]]]]


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line and not line.startswith(";"))


def dialplan(text: str) -> Dialplan:
    """``extensions.conf``; a section without a step is no context that AMI shows."""
    found: Dialplan = {}
    context: dict[str, list[tuple[str, str]]] = {}
    steps: list[tuple[str, str]] = []
    for line in _lines(text):
        if line.startswith("["):
            context = found.setdefault(line[1 : line.index("]")], {})
            continue
        head, _, step = line.partition(" => ")
        name, _, step = step.partition(",")
        if head == "exten":
            steps = context.setdefault(name, [])
            step = step.partition(",")[2]
        application, _, arguments = step.partition("(")
        steps.append((application, arguments.rpartition(")")[0]))
    return {name: extensions for name, extensions in found.items() if extensions}


def sections(text: str) -> Mapping[str, Mapping[str, str]]:
    """``queues.conf``: section → option → value."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in _lines(text):
        if line.startswith("["):
            section = found.setdefault(line[1 : line.index("]")], {})
        else:
            option, _, value = line.partition(" = ")
            section[option] = value
    return found


def music(text: str) -> dict[str, list[str]]:
    """``musiconhold.conf``: class → its files."""
    return {name: [options["entry"]] if "entry" in options else [] for name, options in sections(text).items()}


#: The name that a mailbox bears, its address, and how many messages it holds.
Mailbox = tuple[str, str, int]
#: Messages that a mailbox holds unless its line says otherwise (`asterisk_conf/voicemail.conf`).
MESSAGES = 100


def mailboxes(text: str) -> dict[tuple[str, str], Mailbox]:
    """``voicemail.conf``: context and mailbox → what its line says."""
    found: dict[tuple[str, str], Mailbox] = {}
    section = ""
    for line in _lines(text):
        if line.startswith("["):
            section = line[1 : line.index("]")]
        else:
            mailbox, _, rest = line.partition(" => ")
            _, name, email, _, options = [*rest.split(","), "", "", ""][:5]
            most = options.partition("=")[2]
            found[section, mailbox] = name, email, int(most) if most else MESSAGES
    return found
