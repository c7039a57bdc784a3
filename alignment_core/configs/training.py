"""The settings that every method of training shares, and those of supervised fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_core.configs.options import check_date, check_options, option
from alignment_core.configs.scale import ScaleConfig, check_scale
from alignment_core.configs.speed import SpeedConfig
from alignment_core.configs.votes import VoteRule
from alignment_core.errors import ConfigError

TRACKERS = ("wandb", "trackio", "mlflow")  # packages that a run may report to


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(ScaleConfig, SpeedConfig):
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
    lr_schedule: str = option(
        "cosine",
        help="What the learning rate does after warm-up: falls to 0 along a cosine, or stays.",
        source="Tunstall et al. 2023 (Zephyr)",
        choices=("cosine", "constant"),
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
    max_unusable: float = option(
        0.01,
        help="Share of the records that may be left out because they cannot be read, or the chat "
        "template does not take them; with more of them the run is refused.",
        source="ours: a bad record in a hundred is an accident, more are a mistake",
        minimum=0.0,
        maximum=1.0,
    )
    fold_system: bool = option(
        False,
        help="Where the chat template has no place for a system message, put it in front of the "
        "user's next words instead of leaving the record out.",
        source="ours: what a model reads is only changed where that is asked for",
    )
    template_date: str = option(
        "",
        help="What a chat template that reads the clock is told as today's date, as in 2026-05-31. "
        "Empty takes the one that the base was trained with, or the day on which the run starts.",
        source="ours: a run reads one prompt from its start to its end",
    )
    tokens_per_micro_batch: int = option(
        2048,
        help="Tokens, padding included where there is any, that go through the model at once. It "
        "bounds memory and changes only what lora_dropout drops.",
        source="ours: fastest for small models on two cores; a GPU likes more",
        minimum=1,
    )
    dtype: str = option(
        "float32",
        help="Precision of the forward pass; log-probs and the weights that are trained stay in "
        "float32. With bfloat16, layers frozen under adapters are kept in it, in half the memory. "
        "auto takes bfloat16 where products and the first steps are faster in it, with the losses "
        "and gradients that they have in float32.",
        source="ours: exact first; bfloat16 is faster where the processor has it",
        choices=("float32", "bfloat16", "auto"),
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
    final_dtype: str = option(
        "base",
        help="Precision of the weights in final/; base takes that of the base's own files. "
        "Training and checkpoints stay in float32.",
        source="ours: what goes in comes out; many readers take no more",
        choices=("base", "float32", "bfloat16", "float16"),
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

    report_to: str = option(
        "none",
        help="Where figures are sent besides the run's directory, which always holds event files "
        "for TensorBoard: some of wandb, trackio and mlflow, with commas between. Their packages "
        "must be installed.",
        source="ours: nothing leaves the machine unless somebody says so",
    )

    @property
    def trackers(self) -> tuple[str, ...]:
        """The trackers that are packages of their own, by name."""
        names = dict.fromkeys(name.strip() for name in self.report_to.split(","))
        return tuple(name for name in names if name not in ("none", "tensorboard"))

    @property
    def vote_rule(self) -> VoteRule:
        """How the votes on a record become what the method aims at."""
        return VoteRule()

    def __post_init__(self) -> None:
        check_options(self)
        check_scale(self)
        check_date("template_date", self.template_date)
        if not set(self.trackers) <= set(TRACKERS):
            raise ConfigError(
                "report_to",
                self.report_to,
                "report_to must be none, or some of {known} with commas between, not {value}",
                parts={"known": ", ".join(TRACKERS), "value": repr(self.report_to)},
            )


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
