"""The fragments of one file: in the order of their objects, with a digest that one change alters in constant time."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Mapping

from vaxelflode.domain.identifiers import ObjectRef

_MODULUS = 1 << 256
#: From this share of changed fragments on, sorting anew is cheaper than finding each place.
_MANY = 8


class Fragments:
    """Sorted by reference, whatever the order in which they came.

    The digest is the sum of the fragments' own: each holds its object's name, so the set fixes the order too.
    """

    def __init__(self) -> None:
        self.refs: list[ObjectRef] = []
        self.texts: list[bytes] = []
        self._sum = 0

    def __len__(self) -> int:
        return len(self.refs)

    def get(self, ref: ObjectRef) -> bytes | None:
        """The fragment of an object, if it has one in this file."""
        at = bisect_left(self.refs, ref)
        return self.texts[at] if at < len(self.refs) and self.refs[at] == ref else None

    def digest(self, head: bytes) -> str:
        """Tells this content after ``head`` from any other."""
        return hashlib.sha256(head + self._sum.to_bytes(32, "big")).hexdigest()[:16]

    def update(self, changed: Mapping[ObjectRef, bytes], gone: Collection[ObjectRef]) -> None:
        """Put in what changed, take out what is gone (it need not be there)."""
        if len(changed) * _MANY > len(self.refs):
            self._rebuild(changed, gone)
            return
        for ref in gone:
            self._drop(ref)
        for ref, text in changed.items():
            self._put(ref, text)

    def _rebuild(self, changed: Mapping[ObjectRef, bytes], gone: Collection[ObjectRef]) -> None:
        every = {**dict(zip(self.refs, self.texts, strict=True)), **changed}
        for ref in gone:
            every.pop(ref, None)
        self.refs = sorted(every)
        self.texts = [every[ref] for ref in self.refs]
        self._sum = sum(map(_number, self.texts)) % _MODULUS

    def _put(self, ref: ObjectRef, text: bytes) -> None:
        at = bisect_left(self.refs, ref)
        if at < len(self.refs) and self.refs[at] == ref:
            self._sum -= _number(self.texts[at])
            self.texts[at] = text
        else:
            self.refs.insert(at, ref)
            self.texts.insert(at, text)
        self._sum = (self._sum + _number(text)) % _MODULUS

    def _drop(self, ref: ObjectRef) -> None:
        at = bisect_left(self.refs, ref)
        if at < len(self.refs) and self.refs[at] == ref:
            self._sum = (self._sum - _number(self.texts[at])) % _MODULUS
            del self.refs[at], self.texts[at]


def _number(text: bytes) -> int:
    return int.from_bytes(hashlib.sha256(text).digest(), "big")
