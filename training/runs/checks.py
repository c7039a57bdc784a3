"""Whether a run can work, as far as can be told before it is queued and without torch."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings as installed
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext as _

from alignment_core.configs import (
    METHODS,
    ModelReward,
    RolloutConfig,
    SampleConfig,
    TrainingConfig,
    method_config,
    settings_of,
)
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.options import build_config
from alignment_core.errors import ConfigError
from annotate.text.moments import day_in_words
from training.artifacts.model_files import context_length
from training.errors import RunRefused
from training.lineage.prompts_held_out import HeldOut
from training.models import Checkpoint, CheckpointKind, Run, RunKind, RunState, Snapshot
from training.runs.needs import first_checkpoint
from training.runs.reward_models import reward_models_of
from training.words.methods import METHODS_IN_WORDS
from training.words.refusals import refusal_in_words


def complete_settings(
    method: str, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Checkpoint]]:
    """The method's whole config from the values that somebody gave, and its reward models.

    Raises: RunRefused.
    """
    config = _method_config(method, settings)
    reward_models = reward_models_of(config.rewards) if isinstance(config, RolloutConfig) else []
    return settings_of(config), reward_models


def check_settings(
    method: str, settings: Mapping[str, Any], *, made_later: tuple[str, ...]
) -> dict[str, Any]:
    """The values that somebody gave for a run to come, as they are stored; no defaults.

    Args:
        made_later: how the names of reward models begin that are not there yet.
    Raises: RunRefused.
    """
    config = _method_config(method, settings)
    if isinstance(config, RolloutConfig):
        reward_models_of(
            [
                reward
                for reward in config.rewards
                if not (isinstance(reward, ModelReward) and reward.path.startswith(made_later))
            ]
        )
    complete = settings_of(config)
    return {name: complete[name] for name in settings}


def _method_config(method: str, settings: Mapping[str, Any]) -> TrainingConfig:
    """Raises: RunRefused."""
    if method not in METHODS:
        raise RunRefused(
            _("“%(method)s” is not a method; the methods are: %(known)s.")
            % {"method": method, "known": ", ".join(METHODS)},
            field="method",
            value=method,
        )
    try:
        return method_config(method, {"report_to": installed.ACCORD_REPORT_TO, **settings})
    except ConfigError as error:
        raise _refused(error) from error


def complete_sample_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return settings_of(build_config(SampleConfig, settings))
    except ConfigError as error:
        raise _refused(error) from error


def complete_evaluation_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return settings_of(build_config(EvaluateConfig, settings))
    except ConfigError as error:
        raise _refused(error) from error


def check_judges(
    checkpoint: Checkpoint, reward_model: Checkpoint | None, against: Checkpoint | None
) -> None:
    """Two policies are compared by a reward model, and scores are compared by nobody."""
    if reward_model is not None:
        check_is_reward_model(reward_model)
    if against is not None and reward_model is None:
        raise RunRefused(
            _("Only a reward model can compare two checkpoints: choose one."),
            field="reward_model",
            value=None,
        )
    for field, policy in (("checkpoint", checkpoint), ("against", against)):
        if against is not None and policy and policy.kind == CheckpointKind.REWARD_MODEL:
            raise RunRefused(
                _("“%(name)s” is a reward model: it scores text and writes none.")
                % {"name": policy.name},
                field=field,
                value=str(policy.public_id),
            )


def check_best_of(reward_model: Checkpoint, n_candidates: int) -> None:
    check_is_reward_model(reward_model)
    most = 256
    if not 2 <= n_candidates <= most:
        raise RunRefused(
            _("The number of candidates must be from 2 to %(most)d.") % {"most": most},
            field="n_candidates",
            value=n_candidates,
        )


def check_files_are_there(run: Run) -> None:
    """Hold what the run reads, so that nobody deletes its files meanwhile; in a transaction.

    Raises: RunRefused for a checkpoint whose files were deleted.
    """
    rewards = run.reward_models.values_list("pk", flat=True) if run.pk else []
    named = [run.base_id, run.against_id, *rewards]
    held = Checkpoint.objects.select_for_update().filter(pk__in=[pk for pk in named if pk])
    for checkpoint in held.order_by("pk"):
        if checkpoint.dropped_at is not None:
            raise files_are_gone(checkpoint)


def files_are_gone(checkpoint: Checkpoint) -> RunRefused:
    return RunRefused(
        _("The files of “%(name)s” were deleted on %(day)s. Train it again to use it.")
        % {
            "name": checkpoint.name,
            "day": day_in_words(checkpoint.dropped_at or now()),
        },
        field="checkpoint",
        value=str(checkpoint.public_id),
    )


def check_is_reward_model(checkpoint: Checkpoint) -> None:
    if checkpoint.dropped_at is not None:
        raise files_are_gone(checkpoint)
    if checkpoint.kind != CheckpointKind.REWARD_MODEL:
        raise RunRefused(
            _("“%(name)s” is not a reward model.") % {"name": checkpoint.name},
            field="reward_model",
            value=str(checkpoint.public_id),
        )


def check_start(base: Checkpoint | None, after: Run | None) -> None:
    """A run starts from one checkpoint, or from the result of one training run."""
    if (base is None) == (after is None):
        raise RunRefused(
            _("Name either a base checkpoint, or a run to start after."),
            field="base",
            value=None if base is None else str(base.public_id),
        )
    if base is not None and base.kind == CheckpointKind.REWARD_MODEL:
        raise RunRefused(
            _("“%(name)s” is a reward model: it scores text and cannot be trained further.")
            % {"name": base.name},
            field="base",
            value=str(base.public_id),
        )
    if after is None:
        return
    if after.kind != RunKind.TRAIN or METHODS[after.method].makes == "reward_model":
        raise RunRefused(
            _("“%(name)s” does not end in a model that can be trained further.") % {"name": after},
            field="after",
            value=str(after.public_id),
        )
    if after.state in (RunState.FAILED, RunState.CANCELLED):
        raise RunRefused(
            _("“%(name)s” did not succeed, so nothing can start after it. Resume it first.")
            % {"name": after},
            field="after",
            value=str(after.public_id),
        )


def check_context(settings: Mapping[str, Any], base: Checkpoint | None, after: Run | None) -> None:
    """Refuse sequences that are longer than the model's context."""
    start = base or first_checkpoint(after)
    context = context_length(start) if start else None
    if start is not None and context is not None and settings["max_length"] > context:
        raise RunRefused(
            _("max_length is %(length)d tokens, but the context of “%(name)s” holds %(context)d.")
            % {"length": settings["max_length"], "name": start.name, "context": context},
            field="max_length",
            value=settings["max_length"],
        )


def fitting_context(method: str, base: Checkpoint) -> dict[str, int]:
    """The longest sequence where none is named: the default, or what the model has room for."""
    context = context_length(base)
    usual = METHODS[method].config.max_length
    return {} if context is None or usual <= context else {"max_length": context}


def check_snapshot(method: str, snapshot: Snapshot) -> None:
    if METHODS[method].learns_from == "rewards" and snapshot.n_train > 0:
        return  # it takes the prompts alone
    if snapshot.n_train - snapshot.n_ties - snapshot.n_both_bad > 0:
        return
    if not snapshot.pairs.filter(
        split="train", state="kept", preference__outcome="preference"
    ).exists():
        raise RunRefused(
            _("The snapshot “%(name)s” holds no pair to learn from.") % {"name": snapshot.name},
            field="snapshot",
            value=str(snapshot.public_id),
        )


def advice_of(run: Run) -> list[str]:
    """What there is to be said about a run that was queued, or would be."""
    if run.kind == RunKind.EVALUATE:
        return _advice_on_measuring(run)
    if run.kind != RunKind.TRAIN:
        return []
    return advice_for(method=run.method, base=run.base, after=run.after)


def _advice_on_measuring(run: Run) -> list[str]:
    """Whoever was trained on what is held out here, what it came from and its judges included."""
    taking_part = [run.base, run.against, *run.reward_models.order_by("pk")]
    names = [
        f"“{one.name}”"
        for one in taking_part
        if one is not None and not HeldOut.by(one).covers(run.snapshot)
    ]
    if not names:
        return []
    return [
        _(
            "Trained on prompts that “%(snapshot)s” holds out, or made from what was: %(names)s. "
            "The figures will be shown, and count nowhere."
        )
        % {"snapshot": run.snapshot, "names": ", ".join(dict.fromkeys(names))}
    ]


def advice_for(*, method: str, base: Checkpoint | None, after: Run | None) -> list[str]:
    """What practice would do differently; the run is queued all the same."""
    advice = []
    tuned_already = (
        after.method != "" if after else base is not None and base.kind == CheckpointKind.POLICY
    )
    makes_reward_model = METHODS[method].makes == "reward_model"
    wants_advice = METHODS[method].wants_fine_tuned and not tuned_already
    if wants_advice and not makes_reward_model:
        advice.append(
            _(
                "%(method)s works best from a checkpoint that was fine-tuned (SFT) on the chosen "
                "completions first."
            )
            % {"method": capfirst(str(METHODS_IN_WORDS[method].title))}
        )
    if wants_advice and makes_reward_model:
        advice.append(
            _("A reward model usually starts from the fine-tuned (SFT) checkpoint that it scores.")
        )
    return advice


def _refused(error: ConfigError) -> RunRefused:
    return RunRefused(refusal_in_words(error), field=error.field, value=error.value)
