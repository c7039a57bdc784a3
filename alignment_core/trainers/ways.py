"""How each kind of model of a run is called and sampled: tried once, and kept in its plan."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from transformers import PreTrainedModel

from alignment_core.configs import TrainingConfig
from alignment_core.forward.choice import ForwardChoice, choose_forward
from alignment_core.forward.tried_once import tried_once
from alignment_core.models.attention import attention_of
from alignment_core.models.sharding import run_pass
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.sampling.row_reading import ReadingChoice

# What a config says of the checkpoint, not of the model.
OF_CHECKPOINTS = {"_name_or_path", "accord", "architectures", "dtype", "transformers_version"}


@dataclass(kw_only=True)
class Ways:
    """Choices by kind of model; those of a plan that is gone on with are not tried again."""

    config: TrainingConfig
    choices: dict[str, ForwardChoice] = field(default_factory=dict)
    readings: dict[str, ReadingChoice] = field(default_factory=dict)
    shapes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # configs of each class

    @classmethod
    def of_plan(cls, config: TrainingConfig, plan: Mapping[str, Any]) -> Ways:
        """Those of a run that goes on; empty for a new one."""
        return cls(
            config=config,
            choices={
                kind: ForwardChoice(**choice) for kind, choice in plan.get("forward", {}).items()
            },
            readings={
                kind: ReadingChoice(**choice) for kind, choice in plan.get("sampling", {}).items()
            },
        )

    def for_plan(self) -> dict[str, Any]:
        """What is written down."""
        return {
            "forward": {kind: asdict(choice) for kind, choice in self.choices.items()},
            "sampling": {kind: asdict(choice) for kind, choice in self.readings.items()},
        }

    def forward(self, module: PreTrainedModel, *, made_of: str) -> ForwardChoice:
        """The way through a model.

        Args:
            made_of: the digest of the base and of all that it is made of; empty if unknown.
        """
        kind = self.kind(module)
        if kind not in self.choices:
            self.choices[kind] = run_pass(module, lambda: self._choice(module, made_of))
        return self.choices[kind]

    def reading(self, policy: PreTrainedModel, *, made_of: str) -> ReadingChoice:
        """The way a model is sampled; the rest as in `forward`."""
        kind = self.kind(policy)
        if kind not in self.readings:
            key = ("reading", *self._about(policy, made_of))
            self.readings[kind] = tried_once(key, lambda: choose_reading(policy), known=made_of)
        return self.readings[kind]

    def kind(self, module: PreTrainedModel) -> str:
        """A name for models of one class and config; the first of a class goes by that alone."""
        settings = module.config.to_dict()
        shape = {name: settings[name] for name in sorted(settings.keys() - OF_CHECKPOINTS)}
        of_class = self.shapes.setdefault(type(module).__name__, [])
        if shape not in of_class:
            of_class.append(shape)
        place = of_class.index(shape)
        return type(module).__name__ + (f" {place + 1}" if place else "")

    def _choice(self, module: PreTrainedModel, made_of: str) -> ForwardChoice:
        config = self.config
        asked = (config.layout, config.head, config.last_layer)

        def choose() -> ForwardChoice:
            layout, head, last_layer = asked
            return choose_forward(
                module, dtype=config.dtype, layout=layout, head=head, last_layer=last_layer
            )

        return tried_once(("forward", *self._about(module, made_of), *asked), choose, known=made_of)

    def _about(self, module: PreTrainedModel, made_of: str) -> tuple[Hashable, ...]:
        """All that a trial depends on."""
        config = self.config
        return (
            made_of,
            type(module).__name__,
            module.config.to_json_string(use_diff=False),
            attention_of(module),
            module.device.type,
            (config.dtype, config.quantization, config.lora_rank),
        )
