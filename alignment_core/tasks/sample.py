"""The sample task: prompts in, completions of a checkpoint and of its base out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alignment_core.canonical import digest_of_directory
from alignment_core.data.records import parse_messages, read_objects
from alignment_core.data.row_check import RowCheck
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import RecordError, RecordRefused, Refused
from alignment_core.files import sync_path
from alignment_core.forward.forward import Forward
from alignment_core.machine.memory_peak import peak_rss_mib
from alignment_core.models.adapter_files import is_adapter
from alignment_core.models.loading import (
    digest_of_base,
    load_encoder,
    load_policy,
    resolve_base,
)
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.plan import choose_device
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.generation import Prompt, sample_completions
from alignment_core.sampling.reading_trial import known_reading
from alignment_core.tasks.best_of import Kept, keep_best, scorer_of, with_candidates
from alignment_core.tasks.day_of_run import today
from alignment_core.tasks.requests import SampleRequest

SAMPLES = "samples.jsonl"


def run_sample(request: SampleRequest, directory: RunDirectory, stopper: Stopper) -> None:
    """Write samples.jsonl, whole or not at all, and then summary.json.

    Raises: Refused, Stopped.
    """
    prompts = list(read_prompts(request.prompts))
    if not prompts:
        raise Refused("there are no prompts to sample", field="prompts", value=0)
    sources = {"checkpoint": request.checkpoint}
    if request.base is not None:
        sources["base"] = request.base
    own = load_encoder(resolve_base(request.checkpoint), day=today(directory))
    digests = {name: digest_of_base(resolve_base(name)) for name in sources.values()}
    directory.begin()
    scratch = directory.file(f".{SAMPLES}.partial")
    skipped: list[dict[str, str]] = []
    with scratch.open("w", encoding="utf-8") as file:
        n_samples = 0
        for source, name in sources.items():
            n_total = len(prompts) * request.config.n_samples * len(sources)
            made_of = digests[name]
            for kept in _samples_of(
                name, made_of, prompts, request, directory, stopper, skipped, own
            ):
                file.write(json.dumps(_line(source, kept), ensure_ascii=False) + "\n")
                n_samples += 1
                directory.log_progress("sample", done=n_samples, total=n_total)
    sync_path(scratch)
    scratch.rename(directory.file(SAMPLES))
    directory.accept()
    directory.write_json(
        "summary.json",
        {
            "schema": 1,
            "n_samples": n_samples,
            "skipped": [dict(entry) for entry in {tuple(entry.items()) for entry in skipped}],
            "checkpoint_digest": _digest_of(request.checkpoint, digests),
            "seconds": {name: round(value, 3) for name, value in directory.seconds.items()},
            "peak_rss_mib": round(peak_rss_mib(), 1),
        },
    )


def read_prompts(path: Path) -> Iterator[Prompt]:
    """The prompts of a JSON Lines file: objects with id and messages. Raises: RecordError."""
    seen: set[str] = set()
    for row, value in read_objects(path, field="prompts"):
        if not isinstance(value.get("id"), str):
            raise RecordError(row, "id", value, "expected an object with id and messages")
        id = RowCheck(value, row).text("id")
        if id in seen:  # draws are made for an id, and samples are kept by it
            raise RecordError(row, "id", id, "an earlier prompt has this id")
        seen.add(id)
        yield Prompt(
            id=id,
            messages=parse_messages(value.get("messages"), field="messages", row=row),
        )


def _samples_of(
    name: str,
    made_of: str,
    prompts: list[Prompt],
    request: SampleRequest,
    directory: RunDirectory,
    stopper: Stopper,
    skipped: list[dict[str, str]],
    own: ChatEncoder,
) -> Iterator[Kept]:
    """Load one checkpoint and sample it; prompts that it cannot be asked are added to skipped.

    Args:
        made_of: the checkpoint's digest, with all that it lies over.
        own: how the checkpoint that was asked for reads chats; its base is told the same.
    """
    best_of = request.best_of
    with directory.phase("load"):
        path = resolve_base(name)
        encoder = load_encoder(path, day=own.day, folds_system=own.folds_system)
        policy = load_policy(path, device=choose_device("auto"))
        Forward(policy, made_of=made_of)  # refuses what is no language model; sets its attention
        reading = known_reading(policy, made_of=made_of).choice
        scorer = None if best_of is None else scorer_of(best_of, own)

    def skip(prompt: Prompt, reason: str = "over_length") -> None:
        try:
            encoder.prompt_ids(prompt.messages)
        except RecordRefused as error:
            reason = error.reason
        skipped.append({"prompt_id": prompt.id, "reason": reason})

    with directory.phase("sample"):
        samples = sample_completions(
            policy,
            encoder,
            prompts,
            with_candidates(request.config, best_of),
            check=stopper.check,
            on_too_long=skip,
            reading=reading,
        )
        if best_of is None or scorer is None:
            yield from (Kept(sample, None) for sample in samples)
        else:
            n_candidates = best_of.n_candidates
            yield from keep_best(
                samples, prompts, scorer, n_candidates=n_candidates, on_refused=skip
            )


def _digest_of(checkpoint: str, digests: Mapping[str, str]) -> str:
    """Of its own files; whole weights lie over nothing, so theirs is known by now."""
    path = resolve_base(checkpoint)
    return digest_of_directory(path) if is_adapter(path) else digests[checkpoint]


def _line(source: str, kept: Kept) -> dict[str, Any]:
    sample = kept.sample
    line = {
        "prompt_id": sample.prompt_id,
        "source": source,
        "index": sample.index,
        "text": sample.text,
        "finished": sample.finished,
    }
    return line if kept.reward is None else {**line, "reward": kept.reward}
