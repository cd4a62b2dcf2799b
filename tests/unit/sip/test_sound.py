"""What is spoken is recognised, and what the network shuffles is put in order."""

from __future__ import annotations

import io
import itertools
import wave

import numpy as np
import pytest

from tests.sip.assembly import Assembly, Packet
from tests.sip.g711 import DECODE, RATE, Samples, decode, encode
from tests.sip.listener import FRAME, Listener
from tests.sip.sdp import PCMA, PCMU
from tests.sip.tones import GRID, PAIRS, pair, synthesise, wav_bytes

FORTY = [pair(n) for n in range(40)]
SILENCE = np.zeros(RATE // 2, np.int16)


def listen(sound: Samples, step: int = 1000) -> Listener:
    """Feed it in steps that fit no frame, as a call does."""
    listener = Listener()
    for end in range(step, len(sound) + step, step):
        listener.feed(sound[listener.position : end])
    return listener


@pytest.mark.parametrize(("payload", "largest"), [(PCMA, 32256), (PCMU, 32124)])
def test_g711_gives_back_each_code_and_errs_by_its_step_at_most(payload: int, largest: int) -> None:
    levels = DECODE[payload]
    assert int(levels.max()) == largest
    assert np.array_equal(decode(encode(levels, payload), payload), levels)
    ramp = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    error = np.abs(decode(encode(ramp, payload), payload).astype(int) - ramp)
    assert int((error - np.abs(ramp.astype(int)) / 32).max()) <= 512


def test_the_grid_keeps_away_from_what_telephony_listens_for() -> None:
    assert len(PAIRS) > 300
    assert all(frequency % 50 == 0 for frequency in GRID)
    for heard in (697, 770, 852, 941, 1209, 1336, 1477, 1633):
        assert all(abs(frequency - heard) > 0.035 * heard for frequency in GRID)
    assert not {350, 400, 425, 450, 440, 480, 620, 1100, 2100} & set(GRID)
    assert len({tone for p in PAIRS[:10] for tone in (p.low, p.high)}) == 20


@pytest.mark.parametrize("payload", [PCMA, PCMU])
def test_each_of_forty_pairs_is_named_through_g711_and_noise(payload: int) -> None:
    noise = np.random.default_rng(7)
    spoken = [np.concatenate([synthesise(p, 0.9), SILENCE[: 150 + 7 * n]]) for n, p in enumerate(FORTY)]
    clean = np.concatenate([SILENCE[:333], *spoken])
    sound = np.rint(0.3 * clean + noise.normal(0, 300, len(clean))).astype(np.int16)
    heard = listen(decode(encode(sound, payload), payload)).heard
    assert [h.name for h in heard] == [p.name for p in FORTY]
    starts = itertools.accumulate([333, *(len(s) for s in spoken)])
    for found, start in zip(heard, starts, strict=False):
        assert found.start == pytest.approx(start / RATE, abs=2 * FRAME / RATE)
        assert found.end - found.start == pytest.approx(0.9, abs=2 * FRAME / RATE)


def test_the_same_prompt_twice_is_heard_twice_and_a_lost_packet_splits_nothing() -> None:
    prompt = synthesise(pair(3), 1)
    prompt[4000:4160] = 0
    listener = listen(np.concatenate([prompt, SILENCE, prompt]))
    assert [h.name for h in listener.heard] == [pair(3).name] * 2
    assert listener.hearing == pair(3).name
    listener.feed(SILENCE)
    assert listener.hearing is None


def test_noise_music_and_dial_tone_bear_no_name() -> None:
    time = np.arange(2 * RATE) / RATE
    dial = np.rint(9000 * np.sin(2 * np.pi * 425 * time))
    chord = sum(3000 * np.sin(2 * np.pi * f * time) for f in (261.6, 329.6, 392.0, 523.3, 1046.5, 2093))
    noise = np.random.default_rng(1).normal(0, 4000, 2 * RATE)
    for sound in (dial, np.asarray(chord), noise):
        assert listen(sound.astype(np.int16)).heard == []


def packets(sound: Samples, *, source: int = 1, timestamp: int = 0xFFFFF000, sequence: int = 0xFFF0) -> list[Packet]:
    """20 ms each, counters that wrap on the way."""
    return [
        Packet(PCMA, False, (sequence + n) & 0xFFFF, (timestamp + 160 * n) & 0xFFFFFFFF, source, encode(part, PCMA))
        for n, part in enumerate(np.split(sound, len(sound) // 160))
    ]


def test_shuffled_doubled_and_lost_packets_are_put_in_place() -> None:
    sound = synthesise(pair(0), 1)
    expected = decode(encode(sound, PCMA), PCMA).copy()
    sent = packets(sound)
    lost = {7, 30}
    order = [n ^ 1 for n in range(50) if n ^ 1 not in lost] + [20]
    assembly = Assembly()
    for n in order:
        assembly.add(Packet.parse(sent[n].encode()) or sent[0], arrived=800 + 160 * n)
    for n in lost:
        expected[160 * n : 160 * n + 160] = 0
    # the second packet came first, at 800 + 160: sample 0 of the sound stands at 800
    assert np.array_equal(assembly.audio[960:8800], expected[160:])
    assert not assembly.audio[:800].any()


def test_a_pause_is_silence_and_a_new_source_stands_where_it_arrived() -> None:
    first, second = synthesise(pair(0), 0.5), synthesise(pair(1), 0.5)
    assembly = Assembly()
    for n, packet in enumerate(packets(first)):
        assembly.add(packet, 160 * n)
    for n, packet in enumerate(packets(second, source=2, timestamp=5, sequence=9)):
        assembly.add(packet, RATE + 160 * n)
    for n, packet in enumerate(packets(first, source=2, timestamp=90_000_000, sequence=100)):
        assembly.add(packet, 2 * RATE + 160 * n)
    listener = listen(np.concatenate([assembly.audio, SILENCE]))
    assert [h.name for h in listener.heard] == [pair(0).name, pair(1).name, pair(0).name]
    assert [h.start for h in listener.heard] == pytest.approx([0, 1, 2], abs=0.05)
    assert not assembly.audio[4000:8000].any()


def test_what_settles_is_the_newest_sound_but_for_a_while_or_long_silence() -> None:
    assembly = Assembly()
    assert assembly.settled(now=800) == 0
    assembly.add(packets(synthesise(pair(0), 0.02))[0], arrived=0)
    assert assembly.settled(now=160) == 0
    assert assembly.settled(now=4800) == 3200
    assert not assembly.between(1600, 3200).any()


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x00" * 20])
def test_what_is_no_rtp_is_dropped(data: bytes) -> None:
    assert Packet.parse(data) is None


def test_padding_extension_and_contributors_are_taken_off() -> None:
    plain = Packet(PCMA, True, 1, 2, 3, b"")
    data = bytearray(plain.encode() + b"cccc" + b"\xbe\xde\x00\x01eeee" + b"sound" + b"\x00\x00\x03")
    data[0] |= 0x20 | 0x10 | 0x01
    assert Packet.parse(bytes(data)) == plain._replace(payload=b"sound")


def test_a_wav_file_is_mono_16_bit_8_khz() -> None:
    sound = synthesise(pair(5), 0.1)
    with wave.open(io.BytesIO(wav_bytes(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.readframes(9999) == sound.astype("<i2").tobytes()
