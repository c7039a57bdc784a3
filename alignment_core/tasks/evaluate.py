"""The evaluate task: how often a checkpoint prefers what people preferred."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from alignment_core.batches import micro_batches
from alignment_core.canonical import digest_of_directory
from alignment_core.errors import Refused
from alignment_core.evaluation import HeldOutResult, baselines, evaluation_report, stack_margins
from alignment_core.forward import Examples, Forward
from alignment_core.loading import (
    context_length,
    load_config,
    load_policy,
    load_reward_model,
    load_tokenizer,
    resolve_base,
)
from alignment_core.plan import choose_device
from alignment_core.preparation import PreparedRecords, prepare_file
from alignment_core.run_directory import RunDirectory, peak_rss_mib
from alignment_core.stopping import Stopper
from alignment_core.tasks.requests import EvaluateRequest
from alignment_core.tokenization import ChatEncoder

TOKEN_BUDGET = 2048
LONGEST = 4096

ScoreExamples = Callable[[Examples], Tensor]  # one score for each row


def run_evaluate(request: EvaluateRequest, directory: RunDirectory, stopper: Stopper) -> None:
    """Write summary.json with the evaluation and its baselines. Raises: Refused, Stopped."""
    path = resolve_base(request.checkpoint)
    directory.metrics.unlink(missing_ok=True)
    with directory.phase("load"):
        tokenizer, _ = load_tokenizer(path)
        score, scored_by = _scorer(request)
    with directory.phase("prepare"):
        held_out = prepare_file(
            request.data,
            ChatEncoder(tokenizer),
            sides=("chosen", "rejected"),
            max_length=context_length(load_config(path)) or LONGEST,
        )
    if len(held_out) == 0:
        raise Refused("there are no pairs to evaluate on", field="data", value=str(request.data))
    with directory.phase("evaluate"):
        margins = _margins(score, held_out, directory, stopper)
    result = HeldOutResult(margins=margins, scored_by=scored_by)
    directory.write_json(
        "summary.json",
        {
            "schema": 1,
            "evaluation": evaluation_report(result, held_out),
            "baselines": baselines(held_out.records),
            "dropped": dict(held_out.counts.dropped),
            "checkpoint_digest": digest_of_directory(path),
            "seconds": {name: round(value, 3) for name, value in directory.seconds.items()},
            "peak_rss_mib": round(peak_rss_mib(), 1),
        },
    )


def _scorer(request: EvaluateRequest) -> tuple[ScoreExamples, str]:
    """How one row is scored, and the name of that."""
    device = choose_device("auto")
    path = resolve_base(request.checkpoint)
    if request.kind == "reward_model":
        reward_model = load_reward_model(path, device=device, seed=0)
        return Forward(reward_model).scores, "reward"
    policy = Forward(load_policy(path, device=device))
    if request.reference is None:
        return lambda examples: _mean_log_prob(policy, examples), "log-prob a token"
    reference = Forward(load_policy(resolve_base(request.reference), device=device))

    def log_ratio(examples: Examples) -> Tensor:
        return policy.completions(examples).log_prob - reference.completions(examples).log_prob

    return log_ratio, "log-ratio to the reference"


def _mean_log_prob(policy: Forward, examples: Examples) -> Tensor:
    scores = policy.completions(examples)
    return scores.log_prob / scores.n_tokens


@torch.no_grad()
def _margins(
    score: ScoreExamples,
    held_out: PreparedRecords,
    directory: RunDirectory,
    stopper: Stopper,
) -> Tensor:
    parts, n_done = [], 0
    for group in micro_batches(
        range(len(held_out)), held_out.lengths, rows_per_example=2, token_budget=TOKEN_BUDGET
    ):
        stopper.check()
        chosen, rejected = score([held_out.examples[index] for index in group]).chunk(2)
        parts.append((group, chosen - rejected))
        n_done += len(group)
        directory.log_progress("evaluate", done=n_done, total=len(held_out))
    return stack_margins(parts, len(held_out))
