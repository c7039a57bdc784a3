"""What an evaluation works with, found and checked before the first model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alignment_core.data.preparation import PreparedRecords, shared_records
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import Refused
from alignment_core.evaluation.model_runner import ModelRunner
from alignment_core.evaluation.safety import SafetyPrompt, read_safety_prompts
from alignment_core.models.kinds import scores_text
from alignment_core.models.loading import load_encoder, resolve_base
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.tasks.day_of_run import today
from alignment_core.tasks.requests import EvaluateRequest


@dataclass(frozen=True, kw_only=True)
class PreparedEvaluation:
    """Models by name, and the data in the checkpoint's own tokens."""

    runner: ModelRunner
    paths: Mapping[str, Path]
    kind: str  # policy or reward_model
    encoder: ChatEncoder
    held_out: PreparedRecords
    judged: PreparedRecords | None  # the same pairs in the reward model's own tokens
    safety_prompts: list[SafetyPrompt]

    def encoder_of(self, name: str) -> ChatEncoder:
        """The tokens of one of the models."""
        return _encoder_beside(self.encoder, self.paths[name])


def prepare_evaluation(
    request: EvaluateRequest, directory: RunDirectory, stopper: Stopper
) -> PreparedEvaluation:
    """Find the models, so that a wrong name is refused before hours of work; read the data.

    Raises: Refused, RecordError.
    """
    directory.begin()
    with directory.phase("prepare"):
        named = {
            "checkpoint": request.checkpoint,
            "reference": request.reference,
            "reward_model": request.reward_model,
            "against": request.against,
        }
        paths = {name: resolve_base(at) for name, at in named.items() if at is not None}
        kind = request.kind or _kind_of(paths["checkpoint"])
        _check_kinds(paths, kind)
        for name in ("reference", "against"):
            if name in paths and kind == "reward_model":
                raise Refused(
                    "a reward model is not compared with a policy: leave out {name}",
                    field=name,
                    value=named[name],
                    parts={"name": name},
                )
        policies = (
            []
            if kind == "reward_model"
            else [paths[name] for name in ("checkpoint", "reference", "against") if name in paths]
        )
        runner = ModelRunner(request.config, directory, stopper, policies=policies)
        encoder = load_encoder(paths["checkpoint"], day=today(directory))
        held_out = runner.read_pairs(request.data, paths["checkpoint"], encoder)
        judged = None
        if (path := paths.get("reward_model")) is not None:  # refused now, not after the sampling
            judged = runner.read_pairs(request.data, path, _encoder_beside(encoder, path))
            held_out, judged = shared_records(held_out, judged)
        safety_prompts = (
            read_safety_prompts(request.safety_prompts) if request.config.safety else []
        )
        if "reference" in paths:
            _check_reference(paths["reference"], encoder, request)
    if len(held_out) == 0:
        raise Refused("there are no pairs to evaluate on", field="data", value=str(request.data))
    return PreparedEvaluation(
        runner=runner,
        paths=paths,
        kind=kind,
        encoder=encoder,
        held_out=held_out,
        judged=judged,
        safety_prompts=safety_prompts,
    )


def _encoder_beside(encoder: ChatEncoder, path: Path) -> ChatEncoder:
    """How another model reads chats beside the one whose encoder is given."""
    return load_encoder(path, day=encoder.day, folds_system=encoder.folds_system)


def _check_reference(path: Path, encoder: ChatEncoder, request: EvaluateRequest) -> None:
    """Refuse a reference that would read other ids into the same text."""
    if load_encoder(path).tokenizer.get_vocab() != encoder.tokenizer.get_vocab():
        raise Refused(
            "the reference has another tokenizer, so log-ratios to it mean nothing",
            field="reference",
            value=request.reference,
        )


def _check_kinds(paths: Mapping[str, Path], kind: str) -> None:
    """Refuse a policy as a reward model, whose fresh head would score by chance, and the reverse.

    Raises: Refused.
    """
    wanted = {**dict.fromkeys(paths, "policy"), "checkpoint": kind, "reward_model": "reward_model"}
    for name, path in paths.items():
        if _kind_of(path) == wanted[name]:
            continue
        says = "{path} is a reward model, not a language model"
        if wanted[name] == "reward_model":
            says = "{path} is a language model, not a reward model"
        raise Refused(says, field=name, value=str(path), parts={"path": path})


def _kind_of(path: Path) -> str:
    return "reward_model" if scores_text(path) else "policy"
