"""Control tokens are what a template writes; where a text spells one it stays a text.

`<|im_end|>` in an answer about ChatML is ten characters. Encoded like the rest it would end the
turn there, and what follows would be lost. Few texts spell a control token, so only those come
here: they are encoded by a copy of the tokenizer that knows its control tokens by other names,
which the template's own are given and no text holds. All else about the copy is the same, and so
are its ids.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from alignment_core.errors import RecordRefused

PAIR = re.compile(r"([<\[])/?(\w+)([>\]])")


class ControlTokens:
    """The control tokens of a tokenizer and its template.

    Those are the ones that are marked as special, and others that the template writes, but for
    pairs such as <think> and </think>, which are part of an answer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, written: str) -> None:
        """Args: written: what the template writes, such as the template itself."""
        self.tokenizer = tokenizer
        added = tokenizer.added_tokens_decoder.values()
        known = {token.content for token in added}
        special = {token.content for token in added if token.special}
        special |= {*tokenizer.all_special_tokens}
        special |= {*(getattr(tokenizer, "chat_control_tokens", None) or ())}
        marks = {name for name in known if name in written and not _is_of_pair(name, known)}
        names = {name for name in special | marks if not name.isspace()}
        self.names = sorted(names, key=len, reverse=True)  # the longest is found first
        self.normalizes = any(token.normalized and token.content in names for token in added)

    def are_spelt_in(self, text: str) -> bool:
        """Whether the tokenizer would read a control token somewhere in a text."""
        if self.normalizes and (normalizer := self._backend.normalizer) is not None:
            text = f"{text}\0{normalizer.normalize_str(text)}"
        return any(name in text for name in self.names)

    def hidden(self, content: str) -> str:
        """A text for the template, in which no control token is spelt."""
        return self._spelt.sub(lambda found: self._hidden[found[0]], content)

    def ids(self, written: str) -> list[int]:
        """Ids of what a template wrote around hidden texts."""
        written = self._spelt.sub(lambda found: self._renamed[found[0]], written)
        for name, hidden in self._hidden.items():
            written = written.replace(hidden, name)
        if self._nonce in written:
            says = "the chat template takes the words of a message apart"
            raise RecordRefused("control_token_spelt", says, field="prompt")
        return list(self._copy.encode_batch_fast([written], add_special_tokens=False)[0].ids)

    @cached_property
    def _spelt(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.names)))

    @cached_property
    def _nonce(self) -> str:
        return secrets.token_hex(8)  # it never leaves this process, and no id depends on it

    @cached_property
    def _hidden(self) -> dict[str, str]:
        return _names_that_no_text_holds(self.names, self._nonce)

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return _names_that_no_text_holds(self.names, secrets.token_hex(8))

    @property
    def _backend(self) -> Tokenizer:
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if not isinstance(backend, Tokenizer):
            raise RecordRefused(
                "control_token_spelt",
                "a text spells a control token, which this kind of tokenizer cannot tell apart",
                field="tokenizer",
                value=type(self.tokenizer).__name__,
            )
        return backend

    @cached_property
    def _copy(self) -> Tokenizer:
        body = json.loads(self._backend.to_str())
        for token in body["added_tokens"]:
            token["content"] = self._renamed.get(token["content"], token["content"])
        body["model"] = _renamed_model(body["model"], self._renamed)
        return Tokenizer.from_str(json.dumps(body | dict.fromkeys(UNUSED)))


UNUSED = ("post_processor", "truncation", "padding")  # some name control tokens


def _is_of_pair(name: str, known: Collection[str]) -> bool:
    """Whether it opens or closes something that another of these tokens closes or opens."""
    found = PAIR.fullmatch(name)
    return found is not None and {
        f"{found[1]}{found[2]}{found[3]}",
        f"{found[1]}/{found[2]}{found[3]}",
    } <= set(known)


def _names_that_no_text_holds(names: Collection[str], nonce: str) -> dict[str, str]:
    """Made of characters that stand for nothing, around a number that nobody could have known."""
    return {name: f"\U000f0000{place}.{nonce}\U000f0001" for place, name in enumerate(names)}


def _renamed_model(model: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """A model that knows its control tokens by other names, and makes none of them from pieces."""
    vocabulary = model["vocab"]
    if isinstance(vocabulary, list):
        vocabulary = [[renamed.get(piece, piece), score] for piece, score in vocabulary]
    else:
        vocabulary = {renamed.get(piece, piece): id for piece, id in vocabulary.items()}
    changed = {**model, "vocab": vocabulary}
    if model.get("unk_token") is not None:
        changed["unk_token"] = renamed.get(model["unk_token"], model["unk_token"])
    if "merges" in model:
        pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
        changed["merges"] = [pair for pair in pairs if not {*pair, "".join(pair)} & renamed.keys()]
    return changed
