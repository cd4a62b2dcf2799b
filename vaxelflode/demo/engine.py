"""Finds a container engine that really runs our image, and the way in which it does.

An engine that is installed may still not answer, may not be allowed to raise limits, or may have a runtime that this
kernel does not suit. So the proof is a container of our own image with the options that Asterisk will get; what only
half works counts as absent, with one line that says why.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vaxelflode.errors import PbxError
from vaxelflode.resources import resource_dir

_ANSWER_LIMIT_S = 15.0
_RUN_LIMIT_S = 60.0
_BUILD_LIMIT_S = 900.0

# Named for Podman alone: where its own choice of runtime does not run here, the other one often does.
_RUNTIMES: dict[str, tuple[tuple[str, ...], ...]] = {"docker": ((),), "podman": ((), ("--runtime", "runc"))}

# What Asterisk needs of a machine, and nothing more.
_HARDENING = ("--network", "host", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that ran ``image``: ``argv`` begins each of its commands, ``run_options`` follow ``run``.

    ``uid`` and ``gid`` are whose Asterisk's files are, as the host numbers them.
    """

    argv: tuple[str, ...]
    image: str
    run_options: tuple[str, ...]
    uid: int
    gid: int


async def find_engine(base_root: Path) -> Engine:
    """The engine to use, with the image built if it is missing; progress goes to stderr.

    ``base_root`` is a root file system to build from where no registry answers. Raises ``PbxError`` whose one line
    says for each engine that is installed why it will not do.
    """
    reasons = []
    for name in _RUNTIMES:
        if shutil.which(name) is None:
            continue
        try:
            await _output([name, "info"], _ANSWER_LIMIT_S)
            image = await _image(name, base_root)
            return await _proven(name, image)
        except PbxError as error:
            reasons.append(f"{name}: {error}")
    raise PbxError("; ".join(reasons) or "neither Docker nor Podman is installed")


async def _image(name: str, base_root: Path) -> str:
    build = resource_dir("docker") / "asterisk" / "build"
    command = ["sh", str(build), "--engine", name, "--base-root", str(base_root)]
    return (await _output(command, _BUILD_LIMIT_S, show_progress=True)).splitlines()[-1]


async def _proven(name: str, image: str) -> Engine:
    reasons = []
    for runtime in _RUNTIMES[name]:
        argv = (name, *runtime)
        options = (*_HARDENING, "--no-healthcheck", *_limits(), *_identity(name))
        command = [*argv, "run", "--rm", *options, image, "sh", "-c", "asterisk -V >&2 && id -u && id -g"]
        try:
            uid, gid = (await _output(command, _RUN_LIMIT_S)).split()[-2:]
        except PbxError as error:
            reasons.append(str(error))
        else:
            return Engine(argv, image, options, int(uid), int(gid))
    raise PbxError(reasons[-1])


def _identity(name: str) -> tuple[str, ...]:
    """As root, Asterisk keeps the image's user; otherwise it runs as the caller, whose directories it is given."""
    if os.geteuid() == 0:
        return ()
    user = ("--user", f"{os.geteuid()}:{os.getegid()}")
    return ("--userns", "keep-id", *user) if name == "podman" else user


def _limits() -> tuple[str, ...]:
    """Limits within our own: an engine that asks for more than it has is refused in a confined machine.

    The ceilings are more than Asterisk needs and no more than Podman leaves itself.
    """
    options: list[str] = []
    for name, kind, ceiling in (("nofile", resource.RLIMIT_NOFILE, 16384), ("nproc", resource.RLIMIT_NPROC, 30000)):
        _, hard = resource.getrlimit(kind)
        limit = ceiling if hard == resource.RLIM_INFINITY else min(hard, ceiling)
        options += ["--ulimit", f"{name}={limit}:{limit}"]
    return tuple(options)


async def _output(command: Sequence[str], limit_s: float, *, show_progress: bool = False) -> str:
    """What the command prints; ``PbxError`` with its last word when it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=None if show_progress else asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError:
        raise PbxError(f"no answer within {limit_s:.0f} s") from None
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode != 0:
        words = (errors or b"").decode(errors="replace").strip().splitlines() or ["the reason stands above"]
        raise PbxError(words[-1])
    return output.decode(errors="replace")
