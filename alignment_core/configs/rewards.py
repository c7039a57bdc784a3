"""Which rewards a run uses, as checked plain values: a list of objects with `kind` and options."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from alignment_core.configs.options import build_config, check_options, option
from alignment_core.errors import ConfigError, Refused

LANGUAGES = ("all", "en", "zh")


@dataclass(frozen=True, kw_only=True)
class RewardSpec:
    """One reward; the rewards of a run are multiplied by their weights and added."""

    kind: ClassVar[str]

    weight: float = option(
        1.0,
        help="What the reward is multiplied by before all are added; below 0 it is a punishment.",
        source="ours: a single reward as it is",
        minimum=-1e6,
        maximum=1e6,
    )

    def __post_init__(self) -> None:
        check_options(self)

    def as_settings(self) -> dict[str, Any]:
        """The reward as plain values, every field present."""
        return {"kind": self.kind, **dataclasses.asdict(self)}


@dataclass(frozen=True, kw_only=True)
class ModelReward(RewardSpec):
    """The score of a reward model, which reads the messages by its own template."""

    kind: ClassVar[str] = "model"

    path: str = option(
        "",
        help="Directory of the reward model's checkpoint, or a hub id.",
        source="required",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self, "path")


@dataclass(frozen=True, kw_only=True)
class RegexReward(RewardSpec):
    """1 where the pattern is found in the answer, else 0."""

    kind: ClassVar[str] = "regex"

    pattern: str = option(
        "",
        help="A regular expression of Python's; . matches line breaks too.",
        source="required",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self, "pattern")
        _check_pattern(self.pattern)


@dataclass(frozen=True, kw_only=True)
class LengthReward(RewardSpec):
    """0 within the bounds, falling to -1 as the answer gets shorter or longer."""

    kind: ClassVar[str] = "length"

    shortest: int = option(
        0, help="Tokens below which an answer is too short.", source="ours", minimum=0
    )
    longest: int = option(
        256,
        help="Tokens above which an answer is too long; at twice as many it is -1.",
        source="ours: the longest answer that is sampled by default",
        minimum=1,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shortest > self.longest:
            raise ConfigError(
                "shortest", self.shortest, f"shortest must be at most longest, {self.longest}"
            )


@dataclass(frozen=True, kw_only=True)
class WordsReward(RewardSpec):
    """-1 where the answer holds a word of the list that ships, or one of one's own, else 0."""

    kind: ClassVar[str] = "words"

    language: str = option(
        "all", help="Which of the lists to use.", source="ours", choices=LANGUAGES
    )
    more: str = option("", help="More words, with commas between.", source="ours: none")


@dataclass(frozen=True, kw_only=True)
class AnswerReward(RewardSpec):
    """1 where the answer is the one that the record's tag `answer:…` gives, else 0."""

    kind: ClassVar[str] = "answer"

    pattern: str = option(
        "",
        help="A regular expression whose last match is the answer, or its first group if it has "
        "one; without it the whole text is.",
        source="ours: compares the whole text",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_pattern(self.pattern)


@dataclass(frozen=True, kw_only=True)
class CallableReward(RewardSpec):
    """What a Python function returns; it runs code, so only the command line may ask for it."""

    kind: ClassVar[str] = "callable"

    function: str = option(
        "",
        help="module:function, importable here; it gets a list of `rewards.scoring.Answered` and "
        "returns a number for each.",
        source="required",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not re.fullmatch(r"[\w.]+:\w+", self.function):
            raise ConfigError(
                "function",
                self.function,
                f"function must be module:function, not {self.function!r}",
            )


REWARDS: dict[str, type[RewardSpec]] = {
    spec.kind: spec
    for spec in (
        ModelReward,
        RegexReward,
        LengthReward,
        WordsReward,
        AnswerReward,
        CallableReward,
    )
}


def parse_rewards(value: object) -> tuple[RewardSpec, ...]:
    """Checked rewards from a list of objects, or from JSON text of one. Raises: ConfigError."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ConfigError("rewards", value, f"rewards is not JSON: {error}") from error
    if not isinstance(value, list | tuple):
        raise ConfigError("rewards", value, f"rewards must be a list of objects, not {value!r}")
    return tuple(_parse_reward(f"rewards[{place}]", entry) for place, entry in enumerate(value))


def refuse_code(rewards: Iterable[RewardSpec]) -> None:
    """Refuse rewards that would run Python code somebody names. Raises: Refused."""
    for reward in rewards:
        if isinstance(reward, CallableReward):
            raise Refused(
                "a reward of kind callable runs Python code, so it can only be asked for on the "
                "command line, not in a request from the web",
                field="rewards",
                value=reward.function,
            )


def _parse_reward(name: str, entry: object) -> RewardSpec:
    if isinstance(entry, RewardSpec):
        return entry
    if not isinstance(entry, Mapping):
        raise ConfigError(name, entry, f"{name} must be an object with kind, not {entry!r}")
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in REWARDS:
        raise ConfigError(
            f"{name}.kind", kind, f"{name}.kind must be one of {', '.join(REWARDS)}, not {kind!r}"
        )
    options = {key: value for key, value in entry.items() if key != "kind"}
    try:
        return build_config(REWARDS[kind], options)
    except ConfigError as error:
        field = f"{name}.{error.field}"
        raise ConfigError(field, error.value, f"{name}: {error.message}") from error


def _require(spec: RewardSpec, field: str) -> None:
    if not getattr(spec, field).strip():
        raise ConfigError(field, "", f"a reward of kind {spec.kind} needs {field}")


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            "pattern", pattern, f"pattern is no regular expression: {error}"
        ) from error
