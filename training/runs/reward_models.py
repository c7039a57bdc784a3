"""Reward models in a run's settings: named by checkpoint, and found on the machine that trains."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from alignment_core.configs.rewards import ModelReward, RewardSpec, refuse_code
from alignment_core.errors import Refused
from training.errors import RunRefused
from training.models import Checkpoint, CheckpointKind
from training.words.refusals import refusal_in_words

PREFIX = "checkpoint:"


def reference_to(checkpoint: Checkpoint) -> str:
    """How a reward of kind model names a checkpoint, where the library has a directory."""
    return f"{PREFIX}{checkpoint.public_id}"


def reward_models_of(rewards: Sequence[RewardSpec]) -> list[Checkpoint]:
    """The checkpoints that these rewards read.

    Raises: RunRefused for a reward that runs code, or a model that is not a reward model here: no
        path comes in from outside.
    """
    try:
        refuse_code(rewards)
    except Refused as error:
        raise RunRefused(refusal_in_words(error), field="rewards", value=error.value) from error
    return [_named(reward.path) for reward in rewards if isinstance(reward, ModelReward)]


def with_directories(
    rewards: Sequence[Mapping[str, Any]], directories: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Stored rewards as the library reads them: `directories` by what names them."""
    return [
        {**reward, "path": directories[reward["path"]]}
        if reward["kind"] == ModelReward.kind
        else dict(reward)
        for reward in rewards
    ]


def _named(reference: str) -> Checkpoint:
    found = None
    try:
        public_id = UUID(reference.removeprefix(PREFIX))
    except ValueError:
        public_id = None
    if public_id is not None and reference.startswith(PREFIX):
        found = Checkpoint.objects.filter(
            public_id=public_id, kind=CheckpointKind.REWARD_MODEL, is_final=True, dropped_at=None
        ).first()
    if found is None:
        raise RunRefused(
            _("“%(path)s” is no reward model here; name one as checkpoint:<its id>.")
            % {"path": reference},
            field="rewards",
            value=reference,
        )
    return found
