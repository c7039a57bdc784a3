"""One attempt's directory: what the child reads, and what it leaves behind."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from alignment_core.canonical import canonical_json
from annotate.text.free_text import replace_unstorable
from training.artifacts.store import fetch_directory, lines_of
from training.checkpoints.lineage import lineage_of
from training.errors import RunRefused
from training.execution.arena_answers import arena_of, prompts_of_arena
from training.execution.child import tail
from training.execution.required import base_before, required
from training.execution.samples import prompts_of
from training.models import Checkpoint, CheckpointKind, Run, RunKind, Snapshot, SnapshotPair, Split
from training.runs.checks import files_are_gone
from training.runs.claimed import Metric, resume_point
from training.runs.reward_models import reference_to, with_directories

SAMPLES = "rollouts.jsonl"
MOST_SAMPLES, LONGEST_SAMPLE = 6, 4_000
SAMPLE_TAIL_BYTES = 64_000  # half a line at its beginning is no JSON, and left out
HEAVY = ("checkpoints", "final", "train.jsonl", "eval.jsonl")


class AttemptDirectory:
    """`runs/<run>/<attempt>-<token>/`: nobody else writes there."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.path: Path = (
            settings.ACCORD_DATA_DIR / "runs" / str(run.public_id) / f"{run.attempt}-{run.token}"
        )
        self.n_left_out = 0  # rows of the snapshot that were erased before this attempt
        self._metrics_read = 0

    def prepare(self) -> None:
        """Make the directory and write what the child reads. Raises: RunRefused, OSError."""
        for earlier in self.path.parent.glob("*-*"):
            lighten(earlier)
        self.path.mkdir(mode=0o700, parents=True)
        config = {
            RunKind.TRAIN: self._train_config,
            RunKind.SAMPLE: self._sample_config,
            RunKind.EVALUATE: self._evaluate_config,
            RunKind.MERGE: self._merge_config,
        }[RunKind(self.run.kind)]()
        body = {"schema": 1, "task": self.run.kind, **config}
        (self.path / "config.json").write_text(canonical_json(body) + "\n")

    def lighten(self) -> None:
        """Remove what has been stored elsewhere; config, metrics and log stay to be looked at."""
        lighten(self.path)

    def read_json(self, name: str) -> Any | None:
        """What the child has written under a name; None while it is not there.

        A young model's samples may well hold a NUL, which PostgreSQL refuses.
        """
        try:
            return replace_unstorable(json.loads((self.path / name).read_text()))
        except FileNotFoundError:
            return None

    def newest_samples(self) -> list[dict[str, Any]]:
        """The last answers that a method that samples has logged, cut to what a page shows."""
        lines = tail(self.path / SAMPLES, SAMPLE_TAIL_BYTES).split("\n")[:-1]
        found = []
        for line in lines[-MOST_SAMPLES:]:
            with suppress(ValueError, TypeError, KeyError):
                sample = json.loads(line)
                text, prompt = sample["text"][:LONGEST_SAMPLE], sample["prompt"][-1:]
                found.append({**sample, "text": text, "prompt": prompt})
        kept: list[dict[str, Any]] = replace_unstorable(found)
        return kept

    def saved_steps(self) -> Iterator[tuple[int, Path]]:
        for path in sorted((self.path / "checkpoints").glob("step-*")):
            step = path.name.removeprefix("step-")
            if step.isdecimal() and path.is_dir():
                yield int(step), path

    def new_metrics(self) -> list[tuple[Metric, int | None]]:
        """The lines logged since the last call, each with the total of steps of its phase."""
        try:
            with (self.path / "metrics.jsonl").open("rb") as file:
                if file.seek(0, 2) < self._metrics_read:
                    self._metrics_read = 0  # cut back by the child
                file.seek(self._metrics_read)
                text = file.read()
        except FileNotFoundError:
            return []
        whole, _newline, _rest = text.rpartition(b"\n")
        self._metrics_read += len(whole) + bool(whole)
        return [_metric(json.loads(line)) for line in whole.splitlines() if line.strip()]

    def _train_config(self) -> dict[str, Any]:
        base, resume = required(self.run.base), resume_point(self.run)
        self._write_records(required(self.run.snapshot))
        has_eval = (self.path / "eval.jsonl").stat().st_size > 0
        return {
            "method": self.run.method,
            "base": str(model_directory(base)),
            "base_digest": base.digest,
            "train_data": str(self.path / "train.jsonl"),
            "eval_data": str(self.path / "eval.jsonl") if has_eval else None,
            "resume": str(model_directory(resume)) if resume else None,
            "settings": self._settings(),
            "lineage": lineage_of(self.run),
            "reference_cache": str(settings.ACCORD_REFERENCE_CACHE),
        }

    def _settings(self) -> dict[str, Any]:
        """The run's settings, with the directories of its reward models on this machine."""
        values: dict[str, Any] = self.run.settings
        rewards = values.get("rewards")
        if not rewards:
            return values
        directories = {
            reference_to(checkpoint): str(model_directory(checkpoint))
            for checkpoint in self.run.reward_models.all()
        }
        return {**values, "rewards": with_directories(rewards, directories)}

    def _sample_config(self) -> dict[str, Any]:
        sampling = dict(self.run.settings)
        against_base, n_prompts = sampling.pop("against_base"), sampling.pop("n_prompts")
        n_candidates = sampling.pop("n_candidates", None)
        unanswered_only = sampling.pop("unanswered_only", False)  # older runs do not say
        sampling.pop("arena", None)
        lines = sampling.pop("questions", None) or self._prompt_lines(
            n_prompts=n_prompts, seed=sampling["seed"], unanswered_only=unanswered_only
        )
        prompts = self.path / "prompts.jsonl"
        with prompts.open("w") as file:
            file.writelines(f"{canonical_json(line)}\n" for line in lines)
        base = base_before(self.run) if against_base else None
        return {
            "checkpoint": str(model_directory(required(self.run.base))),
            "base": str(model_directory(base)) if base else None,
            "prompts": str(prompts),
            "settings": sampling,
            "best_of": self._best_of(n_candidates) if n_candidates else None,
        }

    def _prompt_lines(
        self, *, n_prompts: int, seed: int, unanswered_only: bool
    ) -> Iterator[dict[str, Any]]:
        """The prompts of the project, or of the arena, that the run is about."""
        arena = arena_of(self.run)
        asked = (
            prompts_of(
                required(self.run.project),
                n_prompts=n_prompts,
                seed=seed,
                unanswered_only=unanswered_only,
            )
            if arena is None
            else prompts_of_arena(arena)
        )
        for prompt in asked:
            yield {"id": str(prompt.public_id), "messages": prompt.messages}

    def _best_of(self, n_candidates: int) -> dict[str, Any]:
        judge = self._directory_of(self.run.reward_models.get())
        return {"n_candidates": n_candidates, "rewards": [{"kind": "model", "path": judge}]}

    def _evaluate_config(self) -> dict[str, Any]:
        self._write_records(required(self.run.snapshot))
        checkpoint = required(self.run.base)
        is_reward_model = checkpoint.kind == CheckpointKind.REWARD_MODEL
        reference = checkpoint.run.base if checkpoint.run and not is_reward_model else None
        return {
            "checkpoint": str(model_directory(checkpoint)),
            "kind": "reward_model" if is_reward_model else "policy",
            "reference": str(model_directory(reference)) if reference else None,
            "reward_model": self._directory_of(self.run.reward_models.first()),
            "against": self._directory_of(self.run.against),
            "data": str(self.path / "eval.jsonl"),
            "settings": self.run.settings,
        }

    def _merge_config(self) -> dict[str, Any]:
        return {"checkpoint": str(model_directory(required(self.run.base)))}

    def command(self) -> list[str]:
        """What follows the task on the child's command line."""
        if self.run.kind != RunKind.MERGE:
            return [str(self.path)]
        return [str(model_directory(required(self.run.base))), str(self.path / "final")]

    def _directory_of(self, checkpoint: Checkpoint | None) -> str | None:
        return str(model_directory(checkpoint)) if checkpoint else None

    def _write_records(self, snapshot: Snapshot) -> None:
        """Both sides of the split, without the rows of people who asked to be forgotten."""
        rows = snapshot.pairs.order_by("position").values_list("split", "state")
        train, held_out = self.path / "train.jsonl", self.path / "eval.jsonl"
        with train.open("wb") as train_file, held_out.open("wb") as eval_file:
            lines = zip(lines_of(snapshot.file), rows.iterator(), strict=True)
            for line, (split, state) in lines:
                if state == SnapshotPair.State.ERASED:
                    self.n_left_out += 1
                else:
                    (train_file if split == Split.TRAIN else eval_file).write(line)


def lighten(attempt: Path) -> None:
    """Remove what takes up the space of an attempt's directory."""
    for name in HEAVY:
        heavy = attempt / name
        if heavy.is_dir():
            shutil.rmtree(heavy, ignore_errors=True)
        else:
            heavy.unlink(missing_ok=True)


def model_directory(checkpoint: Checkpoint) -> Path:
    """The checkpoint's files on this machine. Raises: RunRefused if a local base is not there.

    An adapter names the directory of what it lies over itself, so that is only looked at.
    """
    if checkpoint.dropped_at is not None:
        raise files_are_gone(checkpoint)
    if checkpoint.lies_over is not None:
        model_directory(checkpoint.lies_over)
    if not checkpoint.is_local:
        return fetch_directory(checkpoint.folder, checkpoint.manifest)
    directory = Path(checkpoint.folder)
    sizes = {entry["path"]: entry["size"] for entry in checkpoint.manifest}
    if any(not is_file_of(directory / path, size) for path, size in sizes.items()):
        raise RunRefused(
            _("The files of the base “%(name)s” in %(path)s are not those that were registered.")
            % {"name": checkpoint.name, "path": directory},
            field="base",
            value=str(checkpoint.public_id),
        )
    return directory


def is_file_of(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _metric(line: dict[str, Any]) -> tuple[Metric, int | None]:
    phase = str(line.pop("phase", "train"))[:20]
    step, total = int(line.pop("step")), line.pop("total_steps", None)
    return (phase, step, datetime.fromtimestamp(line.pop("time"), UTC), line), total
