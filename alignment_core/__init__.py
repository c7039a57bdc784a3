"""Alignment of language models to human preferences: a library, and `python -m alignment_core`.

From records of what people prefer to a model, in one call; `accord-align dpo …` does the same:

    from alignment_core import evaluate, train

    run = train("dpo", model="base", data="train.jsonl", output="run", beta=0.2, epochs=2)
    evaluate(run.final, reference="base", data="held-out.jsonl", output="evaluation")

The rooms below have the parts, each with an example and a list of names:

- `records`: preference records and their files, JSON Lines.
- `configs`: the settings of each method, checked when they are made.
- `agreement`: how far annotators agree, with intervals.
- `losses`: the published losses and advantages, as pure functions of tensors.
- `data`: from records to token ids and batches.
- `models`: loading policies and reward models, and a tiny one to try things with.
- `sampling`: completions of a policy, and its KL from another.
- `rewards`: what a sampled answer is worth.
- `evaluation`: figures with intervals about a policy or a reward model.
- `errors`: what all of these raise on purpose.

`agreement`, `configs`, `errors` and `records` need numpy and scipy alone; the others bring in
torch when something of theirs is first used. All other rooms serve these, and may change.

    >>> from alignment_core import agreement, configs, records
    >>> configs.DPOConfig(beta=0.2).beta
    0.2
    >>> configs.DPOConfig(beta=-1.0)
    Traceback (most recent call last):
        ...
    alignment_core.errors.ConfigError: beta must be above 0, at most 100, not -1.0
    >>> question = {"role": "user", "content": "Is the sky blue?"}
    >>> row = {"prompt": [question], "chosen": "By day.", "rejected": "No."}
    >>> records.parse_record(row, row=1).id
    'row-1'
"""

from typing import TYPE_CHECKING

from alignment_core.lazy import lazily

__version__ = "0.1.0"

__all__ = [
    "EvaluationResult",
    "RunResult",
    "agreement",
    "configs",
    "data",
    "errors",
    "evaluate",
    "evaluation",
    "losses",
    "models",
    "records",
    "rewards",
    "sampling",
    "train",
]

if TYPE_CHECKING:
    from alignment_core import (
        agreement,
        configs,
        data,
        errors,
        evaluation,
        losses,
        models,
        rewards,
        sampling,
    )
    from alignment_core.calls import EvaluationResult, RunResult, evaluate, train
    from alignment_core.data import records
else:
    __getattr__ = lazily(
        __name__,
        {
            "alignment_core.agreement": "",
            "alignment_core.calls": "EvaluationResult RunResult evaluate train",
            "alignment_core.configs": "",
            "alignment_core.data": "",
            "alignment_core.data.records": "",
            "alignment_core.errors": "",
            "alignment_core.evaluation": "",
            "alignment_core.losses": "",
            "alignment_core.models": "",
            "alignment_core.rewards": "",
            "alignment_core.sampling": "",
        },
    )
