"""A finished checkpoint's files as the generation of `transformers` before 5 reads them too.

Version 4.56 looks for the base of rotary positions beside the other sizes and takes 10000 where it
finds none; it knows no `TokenizersBackend`, and no list of extra special tokens. What is added says
the same in both languages: where version 5 would read something else, the file stays as it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alignment_core.files import write_json
from alignment_core.models.loading import load_config, load_tokenizer, read_json

Body = dict[str, Any]


def write_config_for_older_readers(directory: Path) -> None:
    """Add to config.json what older readers look for, in place."""
    path, before = directory / "config.json", load_config(directory).to_dict()
    text = path.read_text(encoding="utf-8")
    write_json(path, _with_older_rope(json.loads(text)))
    if load_config(directory).to_dict() != before:
        path.write_text(text, encoding="utf-8")


def write_tokenizer_for_older_readers(directory: Path) -> None:
    """Put into tokenizer_config.json what older readers know, in place."""
    path, before = directory / "tokenizer_config.json", load_tokenizer(directory)[0]
    text = path.read_text(encoding="utf-8")
    write_json(path, _with_older_words(read_json(path)))
    after = load_tokenizer(directory)[0]
    if (after.special_tokens_map, after.all_special_ids) != (
        before.special_tokens_map,
        before.all_special_ids,
    ):
        path.write_text(text, encoding="utf-8")


def _with_older_rope(body: Body) -> Body:
    changed = {
        name: _with_older_rope(value) if isinstance(value, dict) and "_config" in name else value
        for name, value in body.items()
    }
    rope = body.get("rope_parameters")
    if not isinstance(rope, dict):
        return changed
    if "rope_theta" in rope:
        return {**changed, **_older_rope(rope)}
    whole, sliding = rope.get("full_attention"), rope.get("sliding_attention")
    if whole and sliding:  # as Gemma 3
        local = {"rope_local_base_freq": sliding["rope_theta"]}
        return {**changed, **_older_rope(whole), **local}
    return changed


def _older_rope(rope: Body) -> Body:
    """One set of rotary parameters under the older names."""
    own = {"rope_theta": rope["rope_theta"], "rope_scaling": None}
    if "partial_rotary_factor" in rope:
        own["partial_rotary_factor"] = rope["partial_rotary_factor"]
    if rope.get("rope_type", "default") != "default":
        own["rope_scaling"] = {name: value for name, value in rope.items() if name not in own}
    return own


def _with_older_words(body: Body) -> Body:
    changed = dict(body)
    if changed.get("tokenizer_class") == "TokenizersBackend":
        changed["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(changed.get("extra_special_tokens"), list):
        changed["additional_special_tokens"] = changed.pop("extra_special_tokens")
    return changed
