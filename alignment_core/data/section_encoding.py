"""Texts to ids by their sections, each of which is encoded once.

A tokenizer first parts a text at its added tokens, and encodes what lies between by itself. So the
ids of a text are those of its sections, one after another: where many texts have most of their
sections in common, as a long chat with ever fewer of its turns has, or a prompt and its
continuations, little is left to encode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from transformers import PreTrainedTokenizerBase

MOST_KEPT = 4096  # sections; then all are forgotten
FEW_CHARACTERS = 256  # a shorter text is encoded at once


class Sections:
    """Encodes texts as `encode` does, which takes several.

    Args:
        probes: texts that say whether the tokenizer keeps its sections apart; if it does not, each
            text is encoded as a whole.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        encode: Callable[[list[str]], list[list[int]]],
        *,
        probes: Sequence[str],
    ) -> None:
        self._encode = encode
        self._kept: dict[str, list[int]] = {}
        self._names, self._cuts = _added_tokens(tokenizer)
        if any(self._by_section(text) != encode([text])[0] for text in probes):
            self._cuts = frozenset()

    def ids(self, text: str) -> list[int]:
        """The ids of a text."""
        if len(text) < FEW_CHARACTERS or not self._cuts:
            return self._encode([text])[0]
        return self._by_section(text)

    def _by_section(self, text: str) -> list[int]:
        sections = self._sections_of(text)
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        missing = [one for one in dict.fromkeys(sections) if one not in self._kept]
        if missing:
            self._kept.update(zip(missing, self._encode(missing), strict=True))
        return [token for section in sections for token in self._kept[section]]

    def _sections_of(self, text: str) -> list[str]:
        """Each begins with an added token, but for the first where the text does not."""
        found = self._names.finditer(text)
        places = [0, *(one.start() for one in found if one[0] in self._cuts), len(text)]
        return [text[start:end] for start, end in pairwise(places) if start < end]


def _added_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[re.Pattern[str], frozenset[str]]:
    """All added tokens, the longest first, and those at which a text can be cut.

    One that takes the spaces before it, is found in a normalized text, or only as a word, depends
    on what stands before.
    """
    added = [one for one in tokenizer.added_tokens_decoder.values() if one.content]
    names = sorted((one.content for one in added), key=len, reverse=True)
    cuts = frozenset(
        one.content for one in added if not (one.lstrip or one.normalized or one.single_word)
    )
    if not tokenizer.is_fast:
        cuts = frozenset()
    return re.compile("|".join(map(re.escape, names)) or r"(?!)"), cuts
