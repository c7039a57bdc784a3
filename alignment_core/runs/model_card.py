"""The README of a finished checkpoint: what it is, where it came from, how good it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignment_core.configs import METHODS


def model_card(
    *,
    method: str,
    settings: Mapping[str, Any],
    base: str,
    base_digest: str,
    data_digest: str,
    lineage: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    baselines: Mapping[str, Any],
    versions: Mapping[str, str],
) -> str:
    """Markdown with the front matter that the Hugging Face hub reads."""
    summary = (METHODS[method].config.__doc__ or "").strip().splitlines()[0]
    tag = "text-classification" if method == "reward_model" else "text-generation"
    return "\n".join(
        [
            "---",
            "library_name: transformers",
            f"pipeline_tag: {tag}",
            f"base_model: {json.dumps(base)}",
            "tags:",
            f"- {method}",
            "---",
            "",
            f"# {method} checkpoint",
            "",
            summary,
            "",
            "## Where it comes from",
            "",
            f"- Base: `{base}`, digest `{base_digest}`",
            f"- Training records: SHA-256 `{data_digest}`",
            *[f"- {name}: `{json.dumps(value)}`" for name, value in sorted(lineage.items())],
            "",
            "## How often it prefers what people preferred, on held-out records",
            "",
            "| | Share | 95 % interval | Pairs |",
            "|---|---|---|---|",
            _row("this checkpoint", evaluation.get("accuracy")),
            _row("the longer completion wins", baselines.get("longer_wins")),
            _row("one more person", baselines.get("human_agreement")),
            "",
            "## Settings",
            "",
            *[f"- `{name}`: {json.dumps(value)}" for name, value in settings.items()],
            "",
            "## Versions",
            "",
            *[f"- {name} {version}" for name, version in versions.items()],
            "",
            "## Readers",
            "",
            f"- transformers {versions['transformers']}: read back before the run ended, and its "
            "outputs held against the trained model's",
            "- transformers 4.56.2: not tried on this checkpoint. `config.json` and "
            "`tokenizer_config.json` also say what it looks for; it was tried on tiny Llama, "
            "Qwen 3, Gemma 3 and Phi models. Types that came later it does not know",
            *(["- peft reads `adapter/`; it was not tried"] if settings["lora_rank"] else []),
            "",
        ]
    )


def _row(label: str, figure: Mapping[str, Any] | None) -> str:
    if not figure or "value" not in figure:
        reason = (figure or {}).get("undefined", "because it was not measured")
        return f"| {label} | undefined, {reason} | | |"
    interval = f"{figure['low']:.3f} to {figure['high']:.3f}"
    return f"| {label} | {figure['value']:.3f} | {interval} | {figure['n']} |"
