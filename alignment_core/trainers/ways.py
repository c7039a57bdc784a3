"""How each kind of model of a run is called and sampled: tried once, and kept in its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from transformers import PreTrainedModel

from alignment_core.configs import TrainingConfig
from alignment_core.forward.choice import ForwardChoice, known_forward
from alignment_core.models.sharding import run_pass
from alignment_core.sampling.reading_trial import known_reading
from alignment_core.sampling.row_reading import ReadingChoice

# What a config says of the checkpoint, not of the model.
OF_CHECKPOINTS = {"_name_or_path", "accord", "architectures", "dtype", "transformers_version"}
KEPT = "kept in the plan"


@dataclass(kw_only=True)
class Ways:
    """Choices by kind of model; those of a plan that is gone on with are not tried again."""

    config: TrainingConfig
    choices: dict[str, ForwardChoice] = field(default_factory=dict)
    readings: dict[str, ReadingChoice] = field(default_factory=dict)
    trials: dict[str, dict[str, str]] = field(default_factory=dict)  # how each was found, by kind
    models: dict[str, list[Any]] = field(default_factory=dict)  # those told apart, by class
    goes_on: bool = False  # with weights that a run has changed, of which nothing is remembered

    @classmethod
    def of_plan(cls, config: TrainingConfig, plan: Mapping[str, Any]) -> Ways:
        """Those of a run that goes on; empty for a new one."""
        forward, sampling = plan.get("forward", {}), plan.get("sampling", {})
        return cls(
            config=config,
            choices={kind: ForwardChoice(**choice) for kind, choice in forward.items()},
            readings={kind: ReadingChoice(**choice) for kind, choice in sampling.items()},
            trials={
                "forward": dict.fromkeys(forward, KEPT),
                "sampling": dict.fromkeys(sampling, KEPT),
            },
            goes_on=bool(plan),
        )

    def for_plan(self) -> dict[str, Any]:
        """What is written down."""
        return {
            "forward": {kind: asdict(choice) for kind, choice in self.choices.items()},
            "sampling": {kind: asdict(choice) for kind, choice in self.readings.items()},
            "trials": self.trials,
        }

    def forward(self, module: PreTrainedModel, *, made_of: str) -> ForwardChoice:
        """The way through a model.

        Args:
            made_of: the digest of the checkpoint that it began as, and of all that it is made of;
                empty if unknown.
        """
        kind = self.kind(module, made_of)
        if kind not in self.choices:
            config = self.config
            outcome = run_pass(
                module,
                lambda: known_forward(
                    module,
                    made_of="" if self.goes_on else made_of,
                    dtype=config.dtype,
                    layout=config.layout,
                    head=config.head,
                    last_layer=config.last_layer,
                ),
            )
            self.choices[kind] = outcome.choice
            self.trials.setdefault("forward", {})[kind] = outcome.source
        return self.choices[kind]

    def reading(self, policy: PreTrainedModel, *, made_of: str) -> ReadingChoice:
        """The way a model is sampled; the rest as in `forward`."""
        kind = self.kind(policy, made_of)
        if kind not in self.readings:
            outcome = known_reading(policy, made_of="" if self.goes_on else made_of)
            self.readings[kind] = outcome.choice
            self.trials.setdefault("sampling", {})[kind] = outcome.source
        return self.readings[kind]

    def kind(self, module: PreTrainedModel, made_of: str) -> str:
        """A name for models of one class, config and origin; a class's first goes by that alone."""
        settings = module.config.to_dict()
        shape = {name: settings[name] for name in sorted(settings.keys() - OF_CHECKPOINTS)}
        of_class = self.models.setdefault(type(module).__name__, [])
        if (made_of, shape) not in of_class:
            of_class.append((made_of, shape))
        place = of_class.index((made_of, shape))
        return type(module).__name__ + (f" {place + 1}" if place else "")
