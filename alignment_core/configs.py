"""One frozen config for each method, checked when it is made, and the registry of methods."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alignment_core.errors import ConfigError
from alignment_core.options import build_config, check_options, option


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What every method of training has in common."""

    seed: int = option(
        0,
        help="Fixes the order of the data and every random draw.",
        source="ours: any number will do, one that is written down is repeatable",
        minimum=0,
        maximum=2**31 - 1,
    )
    epochs: int = option(
        1,
        help="How often every record is used.",
        source="Rafailov et al. 2023 and Zephyr: preference data is seen once",
        minimum=1,
        maximum=1000,
    )
    batch_size: int = option(
        64,
        help="Records in one optimizer step, over all processes.",
        source="Rafailov et al. 2023, appendix B",
        minimum=1,
        maximum=65536,
    )
    learning_rate: float = option(
        1e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Rafailov et al. 2023, appendix B",
        above=0.0,
        maximum=1.0,
    )
    warmup_ratio: float = option(
        0.1,
        help="Share of the steps over which the learning rate rises from 0.",
        source="Tunstall et al. 2023 (Zephyr)",
        minimum=0.0,
        below=1.0,
    )
    weight_decay: float = option(
        0.0,
        help="AdamW's decay of the weights towards 0.",
        source="TRL and the alignment handbook",
        minimum=0.0,
        maximum=1.0,
    )
    max_grad_norm: float = option(
        1.0,
        help="A longer gradient is scaled down to this norm.",
        source="Hugging Face Trainer",
        above=0.0,
    )
    max_length: int = option(
        1024,
        help="Longest prompt and completion together, in tokens. Oldest turns of the prompt are "
        "left out to fit; a record that still does not fit is dropped and counted.",
        source="TRL",
        minimum=8,
    )
    tokens_per_micro_batch: int = option(
        2048,
        help="Tokens, padding included, that go through the model at once. It bounds memory and "
        "does not change what is learnt.",
        source="ours: fastest for small models on two cores; a GPU likes more",
        minimum=1,
    )
    dtype: str = option(
        "float32",
        help="Precision of the forward pass; weights and log-probs stay in float32.",
        source="ours: exact first; bfloat16 is faster where the processor has it",
        choices=("float32", "bfloat16"),
    )
    device: str = option(
        "auto",
        help="Where to train; auto takes a GPU if there is one.",
        source="ours",
        choices=("auto", "cpu", "cuda"),
    )
    eval_every_steps: int = option(
        25,
        help="Steps between measurements on the held-out data; 0 measures only at both ends.",
        source="ours",
        minimum=0,
    )
    save_every_seconds: float = option(
        300.0,
        help="Time between checkpoints; one more is always saved when training ends or stops.",
        source="ours: at most five minutes are lost",
        minimum=0.0,
    )
    keep_checkpoints: int = option(
        2,
        help="How many of the newest checkpoints stay on disk.",
        source="ours: the newest, and one more should that be damaged",
        minimum=1,
    )
    n_sample_prompts: int = option(
        4,
        help="Held-out prompts that are sampled, or held-out pairs that are scored, for the "
        "summary.",
        source="ours",
        minimum=0,
        maximum=256,
    )
    sample_tokens: int = option(
        64,
        help="Longest sample in tokens.",
        source="ours",
        minimum=1,
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class SFTConfig(TrainingConfig):
    """Supervised fine-tuning on the chosen completions."""

    epochs: int = option(
        3,
        help="How often every record is used.",
        source="Taori et al. 2023 (Alpaca)",
        minimum=1,
        maximum=1000,
    )
    batch_size: int = option(
        128,
        help="Records in one optimizer step, over all processes.",
        source="Taori et al. 2023 (Alpaca)",
        minimum=1,
        maximum=65536,
    )
    learning_rate: float = option(
        2e-5,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Taori et al. 2023 (Alpaca); Tunstall et al. 2023 (Zephyr)",
        above=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class PairConfig(TrainingConfig):
    """What the methods that learn from pairs have in common."""

    soft_labels: bool = option(
        False,
        help="Learn from the share of votes instead of the outcome alone; ties then count as "
        "one half each way, otherwise they are left out.",
        source="Rafailov et al. 2023 and Bradley & Terry 1952 take the outcome as certain; turn "
        "it on where three or more people judged each pair",
    )
    vote_prior: float = option(
        0.5,
        help="Votes added to each side before taking the share, with soft labels.",
        source="Jeffreys' prior of a share",
        minimum=0.0,
        maximum=1000.0,
    )


@dataclass(frozen=True, kw_only=True)
class RewardModelConfig(PairConfig):
    """A Bradley–Terry reward model: a score whose difference predicts the preference."""

    learning_rate: float = option(
        3e-6,
        help="Peak of the learning rate, after warm-up and before the cosine.",
        source="Dubois et al. 2023 (AlpacaFarm)",
        above=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class DPOConfig(PairConfig):
    """Direct Preference Optimization with the sigmoid loss."""

    beta: float = option(
        0.1,
        help="How strongly the policy is held to the reference.",
        source="Rafailov et al. 2023, appendix B",
        above=0.0,
        maximum=100.0,
    )
    label_smoothing: float = option(
        0.0,
        help="Assumed share of preferences recorded the wrong way round.",
        source="Rafailov et al. 2023; above 0 it is Mitchell 2023 (cDPO)",
        minimum=0.0,
        below=0.5,
    )


@dataclass(frozen=True, kw_only=True)
class SampleConfig:
    """Sampling completions of prompts."""

    n_samples: int = option(
        2,
        help="Samples of each prompt.",
        source="ours: a comparison needs two",
        minimum=1,
        maximum=256,
    )
    max_new_tokens: int = option(
        256, help="Longest sample in tokens.", source="TRL's rollouts", minimum=1
    )
    temperature: float = option(
        1.0,
        help="Flattens (above 1) or sharpens (below 1) the model's distribution; 0 always takes "
        "the likeliest token.",
        source="the model's own distribution",
        minimum=0.0,
        maximum=10.0,
    )
    top_p: float = option(
        1.0,
        help="Keep the likeliest tokens that together have this probability.",
        source="the model's own distribution; below 1 it is Holtzman et al. 2020",
        above=0.0,
        maximum=1.0,
    )
    seed: int = option(
        0,
        help="Fixes every draw, together with the prompt and the sample's number.",
        source="ours",
        minimum=0,
        maximum=2**31 - 1,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.temperature == 0 and self.n_samples > 1:
            raise ConfigError(
                "temperature", 0, "temperature 0 gives one sample: ask for one, or raise it"
            )


METHODS: dict[str, type[TrainingConfig]] = {
    "sft": SFTConfig,
    "reward_model": RewardModelConfig,
    "dpo": DPOConfig,
}


def method_config(method: str, settings: Mapping[str, Any]) -> TrainingConfig:
    """The checked config of a method from plain settings. Raises: ConfigError."""
    if method not in METHODS:
        raise ConfigError("method", method, f"method must be one of {', '.join(METHODS)}")
    return build_config(METHODS[method], settings)


def settings_of(config: Any) -> dict[str, Any]:
    """A config as plain values, every field present: what is stored with a run."""
    return dataclasses.asdict(config)
