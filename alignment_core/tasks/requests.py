"""config.json of a run directory, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_core.configs import SampleConfig, TrainingConfig, method_config
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.options import build_config
from alignment_core.configs.rewards import refuse_code
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.configs.sampling import BestOfConfig
from alignment_core.errors import ConfigError, Refused
from alignment_core.files import cannot_read, text_of
from alignment_core.reporting import LANGUAGES

SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainRequest:
    """Train one method from one base on one file of records."""

    method: str
    config: TrainingConfig
    base: str
    base_digest: str | None
    train_data: Path
    eval_data: Path | None
    resume: Path | None
    lineage: Mapping[str, Any] = field(default_factory=dict)
    reference_cache: Path | None = None  # a directory that runs share


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRequest:
    """Sample prompts from a checkpoint, and from its base where one is given."""

    checkpoint: str
    base: str | None
    prompts: Path
    config: SampleConfig
    best_of: BestOfConfig | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluateRequest:
    """Measure how good a checkpoint is.

    `kind` is policy or reward_model, None to find out. A policy is compared with its `reference`
    (log-ratios, KL), and by `reward_model` with the policy `against`. The page is in `language`.
    """

    checkpoint: str
    kind: str | None
    reference: str | None
    data: Path
    reward_model: str | None = None
    against: str | None = None
    safety_prompts: Path | None = None
    language: str = "en"
    config: EvaluateConfig = field(default_factory=EvaluateConfig)


def read_request(path: Path, *, task: str) -> dict[str, Any]:
    """The fields of config.json. Raises: Refused if the file is not for this task."""
    try:
        body = json.loads(text_of(path, field="config"))
    except (ValueError, RecursionError) as error:
        raise cannot_read(path, error, field="config") from error
    if not isinstance(body, dict):
        raise Refused(f"{path} is not a JSON object", field="config", value=str(path))
    if body.get("schema") != SCHEMA:
        raise ConfigError(
            "schema", body.get("schema"), f"schema must be {SCHEMA}, not {body.get('schema')!r}"
        )
    if body.get("task") != task:
        raise ConfigError(
            "task", body.get("task"), f"task must be {task}, not {body.get('task')!r}"
        )
    return body


def train_request(body: Mapping[str, Any]) -> TrainRequest:
    """A checked request to train. Raises: ConfigError; Refused for code that nobody allowed."""
    config = method_config(_text(body, "method"), _mapping(body, "settings"))
    if isinstance(config, RolloutConfig) and body.get("allow_code") is not True:
        refuse_code(config.rewards)
    return TrainRequest(
        method=_text(body, "method"),
        config=config,
        base=_text(body, "base"),
        base_digest=_optional_text(body, "base_digest"),
        train_data=Path(_text(body, "train_data")),
        eval_data=_optional_path(body, "eval_data"),
        resume=_optional_path(body, "resume"),
        lineage=_mapping(body, "lineage"),
        reference_cache=_optional_path(body, "reference_cache"),
    )


def sample_request(body: Mapping[str, Any]) -> SampleRequest:
    """A checked request to sample. Raises: ConfigError; Refused for code that nobody allowed."""
    best_of = None
    if body.get("best_of") is not None:
        best_of = build_config(BestOfConfig, _mapping(body, "best_of"))
        if body.get("allow_code") is not True:
            refuse_code(best_of.rewards)
    return SampleRequest(
        checkpoint=_text(body, "checkpoint"),
        base=_optional_text(body, "base"),
        prompts=Path(_text(body, "prompts")),
        config=build_config(SampleConfig, _mapping(body, "settings")),
        best_of=best_of,
    )


def evaluate_request(body: Mapping[str, Any]) -> EvaluateRequest:
    """A checked request to evaluate. Raises: ConfigError."""
    kind = _optional_text(body, "kind")
    if kind not in (None, "policy", "reward_model"):
        raise ConfigError("kind", kind, f"kind must be policy or reward_model, not {kind!r}")
    if body.get("against") is not None and body.get("reward_model") is None:
        raise ConfigError(
            "against", body["against"], "against needs a reward_model to judge the two policies"
        )
    language = _optional_text(body, "language") or "en"
    if language not in LANGUAGES:
        known = " or ".join(LANGUAGES)
        raise ConfigError("language", language, f"language must be {known}, not {language!r}")
    return EvaluateRequest(
        checkpoint=_text(body, "checkpoint"),
        kind=kind,
        reference=_optional_text(body, "reference"),
        data=Path(_text(body, "data")),
        reward_model=_optional_text(body, "reward_model"),
        against=_optional_text(body, "against"),
        safety_prompts=_optional_path(body, "safety_prompts"),
        language=language,
        config=build_config(EvaluateConfig, _mapping(body, "settings")),
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigError(name, value, f"{name} must be a text, not {value!r}")
    return value


def _optional_text(body: Mapping[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _optional_path(body: Mapping[str, Any], name: str) -> Path | None:
    text = _optional_text(body, name)
    return None if text is None else Path(text)


def _mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(name, value, f"{name} must be an object, not {value!r}")
    return value
