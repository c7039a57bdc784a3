"""What makes a run fit its machine: adapters over frozen weights, recomputation, processes."""

from __future__ import annotations

from dataclasses import dataclass, fields

from alignment_core.configs.options import option
from alignment_core.errors import ConfigError

ADAPTER_OPTIONS = ("lora_alpha", "lora_dropout", "lora_targets", "quantization")


@dataclass(frozen=True, kw_only=True)
class ScaleConfig:
    """How much of the model is trained, and by how many processes."""

    lora_rank: int = option(
        0,
        help="Train low-rank adapters of this rank over frozen weights; 0 trains every weight. "
        "Adapters take about ten times the learning rate: 5e-6 for DPO, 2e-4 for SFT.",
        source="ours: exact first; Hu et al. 2021 (LoRA) use 4 to 64, TRL's recipes 16 to 128",
        minimum=0,
        maximum=4096,
    )
    lora_alpha: float = option(
        32.0,
        help="The adapters' output is multiplied by this over the rank.",
        source="TRL",
        above=0.0,
        maximum=65536.0,
    )
    lora_dropout: float = option(
        0.0,
        help="Share of the adapters' inputs set to 0 in training. Which ones depends on how a step "
        "is split into micro-batches and among processes.",
        source="ours: as without adapters, policy and reference differ by nothing but training",
        minimum=0.0,
        below=1.0,
    )
    lora_targets: str = option(
        "all-linear",
        help="Layers that get adapters: all-linear, which leaves out the head, or ends of their "
        "names with commas between, such as q_proj,v_proj.",
        source="Dettmers et al. 2023 (QLoRA)",
    )
    quantization: str = option(
        "none",
        help="Keep the frozen weights in 4 bits (QLoRA); needs a GPU and bitsandbytes.",
        source="Dettmers et al. 2023 (QLoRA), NF4 with double quantization",
        choices=("none", "nf4"),
    )
    gradient_checkpointing: bool = option(
        False,
        help="Compute each layer again in the backward pass instead of keeping what it made: "
        "much less memory for about a third more time, and the same result.",
        source="ours: faster first; Chen et al. 2016",
    )
    processes: int = option(
        1,
        help="Processes that share every step, on one machine; one for each GPU. What is learnt "
        "depends on it by rounding and by what lora_dropout drops, and by nothing else.",
        source="ours",
        minimum=1,
        maximum=64,
    )
    sharding: str = option(
        "auto",
        help="Whether several processes share weights and optimizer (FSDP2) or each hold all of "
        "them; auto shares them on GPUs.",
        source="Zhao et al. 2023 (FSDP)",
        choices=("auto", "off", "on"),
    )


def check_scale(config: ScaleConfig) -> None:
    """Refuse settings of adapters where there are none, and 4 bits in shares.

    Raises: ConfigError.
    """
    if config.quantization != "none" and config.sharding == "on":
        raise ConfigError(
            "sharding",
            config.sharding,
            "weights in 4 bits cannot be shared: quantization is {quantization}, so sharding must "
            "be auto or off",
            parts={"quantization": config.quantization},
        )
    if config.lora_rank > 0:
        return
    defaults = {entry.name: entry.default for entry in fields(ScaleConfig)}
    for name in ADAPTER_OPTIONS:
        value = getattr(config, name)
        if value != defaults[name]:
            raise ConfigError(
                name,
                value,
                "{name} {value} needs adapters: give a lora_rank above 0",
                parts={"name": name, "value": repr(value)},
            )
