"""The companies and the bare files that the benches measure: N flows, as the product stores them and at their best.

A flow of the product is a number, a schedule (Monday to Friday 08–17, Swedish holidays) and a queue to wait in when
open, an announcement when closed: three contexts, and queues shared by all. The bare flow is what a careful hand would
write for the same caller: one context a number, 22 lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds

#: Lines of a flow in the bare file, its ``[context]`` included.
BARE_LINES = 22
#: The last context of a bare file.
BARE_END = "bare-end"
#: Queues and agents' phones beside the flows: what a company of any size has.
QUEUES, PHONES = 5, 8

_OFFICE = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def number_of(flow: int) -> str:
    """The digits of a flow's number."""
    return f"4610{flow:07d}"


def key_of(flow: int) -> str:
    """The key of a flow's schedule and announcement."""
    return f"flow-{flow}"


def box_of(n: int) -> str:
    """The key of a mailbox."""
    return f"box-{n}"


def company_objects(flows: int, mailboxes: int = 0) -> Iterator[Object]:
    """Everything of a company with this many flows; what is led to comes before what leads there, mailboxes last."""
    for n in range(PHONES):
        yield _object(f"extension/20{n + 1}", {"endpoint": f"20{n + 1}"})
    for n in range(QUEUES):
        yield _object(f"queue/queue-{n}", {})
    for flow in range(flows):
        yield from _flow(flow)
    for n in range(mailboxes):
        yield _object(f"voicemail/{box_of(n)}", {"email": f"{box_of(n)}@example.se"})


def _flow(flow: int) -> Iterator[Object]:
    key = key_of(flow)
    yield _object(f"announcement/{key}", {})
    yield _object(
        f"schedule/{key}",
        {
            "weekly": _OFFICE,
            "holidays": {"calendar": "SE"},
            "open": {"object": f"queue/queue-{flow % QUEUES}"},
            "closed": {"object": f"announcement/{key}"},
        },
    )
    yield _object(f"number/{number_of(flow)}", {"route": {"object": f"schedule/{key}"}})


def _object(text: str, spec: dict[str, object]) -> Object:
    ref = ObjectRef.parse(text)
    return Object(ref, f"{ref.kind} {ref.key}", kinds()[ref.kind].spec.model_validate(spec))


def company(flows: int, revision: int = 1) -> Company:
    """The same as the value that is rendered."""
    return Company(revision, {o.ref: o for o in company_objects(flows)})


def bare(flows: int, turn: int) -> bytes:
    """The best-shaped file: each number in a context of its own, and little besides. ``turn`` makes it a new one."""
    end = f"[{BARE_END}]\nexten => {turn},1,NoOp()\n"
    return "".join([f"; {turn}\n", *(_bare_flow(n, turn) for n in range(flows)), end]).encode()


def _bare_flow(flow: int, turn: int) -> str:
    context = f"bare-{number_of(flow)}"
    prompt = f"/var/lib/vaxelflode/sounds/{flow + turn % 2:064x}"
    steps = (
        "Answer()",
        "Set(NOW=$[${EPOCH} + 0])",
        "Set(DATE=${STRFTIME(${NOW},Europe/Stockholm,%Y-%m-%d)})",
        "Set(HOUR=${STRFTIME(${NOW},Europe/Stockholm,%H)})",
        "Set(MINUTE=$[${HOUR} * 60 + ${STRFTIME(${NOW},Europe/Stockholm,%M)}])",
        "Set(DAY=${STRFTIME(${NOW},Europe/Stockholm,%u)})",
        f"GotoIf(${{DIALPLAN_EXISTS({context},${{DATE}},1)}}?${{DATE}},1)",
        "GotoIf(${DIALPLAN_EXISTS(bare-holidays,${DATE},1)}?closed,1)",
        "GotoIf($[${DAY} > 5]?closed,1)",
        "GotoIf($[${MINUTE} < 480]?closed,1)",
        "GotoIf($[${MINUTE} >= 1020]?closed,1)",
        "Goto(open,1)",
    )
    when_open = ("Set(CHANNEL(language)=sv)", "Set(QUEUE_PRIO=0)", f"Queue(bare-{flow % QUEUES},,,,900)")
    when_closed = ("Set(CHANNEL(language)=sv)", f"Playback({prompt})", "NoOp(${PLAYBACKSTATUS})")
    extensions = {
        "s": steps,
        "open": (*when_open, "Goto(closed,1)"),
        "closed": (*when_closed, f"Playback({prompt})", "Hangup(16)"),
    }
    return f"[{context}]\n" + "".join(map(_bare_extension, extensions, extensions.values()))


def _bare_extension(name: str, steps: tuple[str, ...]) -> str:
    first, *more = steps
    return f"exten => {name},1,{first}\n" + "".join(f" same => n,{step}\n" for step in more)
