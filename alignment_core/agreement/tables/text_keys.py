"""Text told apart as numbers: no text becomes a Python object, and only the distinct are sorted.

A text is cut into words of 64 bits that sort as it does: eight letters of ASCII, or two of any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Text = npt.NDArray[np.str_]
_Word = npt.NDArray[np.uint64]

_BYTES = 8  # of a word
_CHUNK = 1 << 13  # texts at once, which stay in the processor's cache
_MOST_WORDS = 1 << 25  # of all texts: 256 MiB
_ROOM = 4  # slots for each text
_ROUNDS = 12  # each leaves a small part of the texts, unless numbers do not tell them apart
_KEPT = np.array([2**64 - 2 ** (8 * (_BYTES - n)) for n in range(_BYTES + 1)], dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class CutTexts:
    """words: of all texts, each (n,), from the first to the last. size: bytes of a letter."""

    words: list[_Word]
    size: int

    def __len__(self) -> int:
        return len(self.words[0])

    def take(self, places: IntArray) -> Text:
        """The texts at these places, as an array of text."""
        cut = np.stack([word[places] for word in self.words], axis=1).astype(">u8")
        letters = cut.view(f">u{self.size}").astype(np.uint32)
        width = int(np.flatnonzero(letters.any(axis=0)).max(initial=0)) + 1
        return np.ascontiguousarray(letters[:, :width]).view(f"U{width}").ravel()


def cut_list(texts: Sequence[str]) -> CutTexts | None:
    """Texts as words; None where one holds NUL, or they are too long to be cut.

    Raises: TypeError if one is no text.
    """
    joined = "\0".join(texts)
    size, encoding = (1, "ascii") if joined.isascii() else (4, "utf-32-be")
    data = joined.encode(encoding, "surrogatepass") + bytes(_BYTES)
    letters = np.frombuffer(data, dtype=f">u{size}")[: len(joined)]
    ends = np.append(np.flatnonzero(letters == 0), len(joined))
    if len(ends) != len(texts):
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    per_word = _BYTES // size
    words = _room_for(len(texts), int((ends - starts).max()), per_word)
    windows = np.ndarray((len(joined) + 1,), dtype=">u8", buffer=data, strides=(size,))
    for start in range(0, len(texts) if words else 0, _CHUNK):
        part = slice(start, start + _CHUNK)
        first, end = starts[part], ends[part]
        for word in words:
            n_kept = np.minimum((end - first) * size, _BYTES)
            word[part] = windows[first].astype(np.uint64) & _KEPT[n_kept]
            first = np.minimum(first + per_word, end)
    return CutTexts(words, size) if words else None


def cut_array(column: Text) -> CutTexts | None:
    """An array of text as words; None where its texts are too long to be cut."""
    native = np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("="))
    letters = native.view(np.uint32).reshape(len(column), -1)
    size = 1 if letters.max() < 128 else 4
    words = _room_for(*letters.shape, _BYTES // size)
    padded = np.zeros((_CHUNK, len(words) * _BYTES // size), dtype=f">u{size}")
    for start in range(0, len(column) if words else 0, _CHUNK):
        part = letters[start : start + _CHUNK]
        padded[: len(part), : letters.shape[1]] = part
        for place, word in enumerate(words):
            word[start : start + len(part)] = padded[: len(part)].view(">u8")[:, place]
    return CutTexts(words, size) if words else None


def encode_cut(texts: CutTexts) -> tuple[Text, IntArray] | None:
    """The sorted distinct texts, and for each text the position of its own among them.

    Returns: None where their numbers do not tell them apart.
    """
    telling = [word for word in texts.words if (word != word[0]).any()]
    found = _like(telling, len(texts))
    if found is None:
        return None
    distinct = np.flatnonzero(found == np.arange(len(texts)))
    if telling:
        distinct = distinct[np.lexsort([word[distinct] for word in reversed(telling)])]
    number = np.empty(len(texts), dtype=np.int64)
    number[distinct] = np.arange(len(distinct))
    return texts.take(distinct), number[found]


def _room_for(n: int, n_letters: int, per_word: int) -> list[_Word]:
    """Words of n texts; none where they would take too much memory."""
    n_words = max(1, -(-n_letters // per_word))
    if n_words * n > _MOST_WORDS:
        return []
    return [np.empty(n, dtype=np.uint64) for _ in range(n_words)]


def _like(words: list[_Word], n: int) -> npt.NDArray[np.int32] | None:
    """For each text the place of one that is equal, the same for all that are.

    Each writes its place into the slot that its number says. Whoever is equal to the last that
    wrote there is found; the others try again, with other numbers.
    """
    rng = np.random.default_rng(0)
    bits = (_ROOM * n).bit_length()
    slots = np.empty(1 << bits, dtype=np.int32)
    found, left = np.empty(n, dtype=np.int32), np.arange(n, dtype=np.int32)
    own = words
    for _ in range(_ROUNDS):
        slot = _numbers(own, len(left), rng) >> np.uint64(64 - bits)
        slots[slot] = left
        found[left] = there = slots[slot]
        is_other = np.zeros(len(left), dtype=bool)
        for word, of_left in zip(words, own, strict=True):
            is_other |= word[there] != of_left
        others = np.flatnonzero(is_other)
        if not len(others):
            return found
        left, own = left[others], [of_left[others] for of_left in own]
    return None


def _numbers(words: list[_Word], n: int, rng: np.random.Generator) -> _Word:
    """A number for each of n texts, by odd multiples of its words; its high bits differ most."""
    numbers = np.zeros(n, dtype=np.uint64)
    for word in words:
        odd = rng.integers(0, 2**63, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        numbers += (word ^ (word >> np.uint64(29))) * odd
    return numbers
