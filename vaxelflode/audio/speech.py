"""Words spoken by espeak-ng, as a sound for the telephone."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from array import array

from vaxelflode.audio.level import levelled
from vaxelflode.audio.resample import resampled
from vaxelflode.audio.telephone import RATE, written
from vaxelflode.errors import VaxelflodeError

_PROGRAM = "espeak-ng"
#: Words a minute: calmer than the program's 175, for a telephone line.
_PACE = "150"
#: Silence before and after, in seconds: the line opens late, and what follows is not to stumble upon the last word.
_SILENCE = 0.15
#: Voices under way at once.
_TOGETHER = asyncio.Semaphore(4)
#: A Swedish number as people write it, area code and groups: 0980-319 240.
_TELEPHONE = re.compile(r"\b0[0-9]{1,3}-[0-9]{2,3}(?: [0-9]{2,3}){1,2}\b")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,8})?")


class SpeechError(VaxelflodeError):
    """The words could not be spoken; ``message`` says why in one line."""

    key = "speech"


async def speak(text: str, *, language: str = "sv", limit_s: float = 30) -> bytes:
    """``text`` spoken: WAV, mono, 16 bit, 8 kHz, about -16 dBFS, with 150 ms of silence at both ends.

    Telephone numbers are read digit by digit. Raises :class:`SpeechError` when espeak-ng is missing, does not know
    the language, says nothing, or takes longer than ``limit_s`` seconds.
    """
    if not _LANGUAGE.fullmatch(language):
        raise SpeechError(f"{language!r} is not a language")
    async with _TOGETHER:
        spoken = await _run(_legible(text), language, limit_s)
        return await asyncio.to_thread(_for_the_telephone, spoken)


def _legible(text: str) -> str:
    """The text with telephone numbers apart into digits, the groups into breaths."""
    return _TELEPHONE.sub(lambda m: ", ".join(" ".join(group) for group in re.split("[- ]", m[0])), text)


async def _run(text: str, language: str, limit_s: float) -> bytes:
    arguments = ["-v", language, "-s", _PACE, "-b", "1", "--stdin", "--stdout"]
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(_PROGRAM, *arguments, stdin=pipe, stdout=pipe, stderr=pipe)
    except FileNotFoundError:
        raise SpeechError(f"{_PROGRAM} is not installed; `make setup` installs it") from None
    except OSError as err:
        raise SpeechError(f"{_PROGRAM} cannot be run: {err.strerror}") from err
    try:
        async with asyncio.timeout(limit_s):
            out, complaint = await process.communicate(text.encode())
    except TimeoutError:
        raise SpeechError(f"{_PROGRAM} did not end within {limit_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = complaint.decode(errors="replace").strip().replace("\n", " ")
        raise SpeechError(f"{_PROGRAM} refused {language!r}: {said or process.returncode}")
    return out


def _for_the_telephone(spoken: bytes) -> bytes:
    try:
        # The header of a piped WAV promises 2 GB; what is there is read.
        with wave.open(io.BytesIO(spoken)) as file:
            form = file.getnchannels(), file.getsampwidth()
            rate = file.getframerate()
            samples = array("h", file.readframes(file.getnframes()))
    except (wave.Error, EOFError, ValueError) as err:
        raise SpeechError(f"{_PROGRAM} gave no sound: {err}") from err
    if form != (1, 2) or not any(samples):
        raise SpeechError(f"{_PROGRAM} gave no sound")
    silence = [0.0] * round(_SILENCE * RATE)
    return written([*silence, *levelled(resampled(samples, rate, RATE)), *silence])
