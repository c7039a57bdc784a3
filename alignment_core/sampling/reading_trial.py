"""How a model can be sampled in batches: tried out against each row alone, read as a whole.

Padding on the left and what is kept between tokens must change nothing. Keys and values are kept
where that gives the same logits; a state-space layer, which keeps something else, would have its
next token drawn from nothing, and so all is read again. A model that does not know padding from
text, as RWKV does not, gets batches of equally long rows.
"""

from __future__ import annotations

from itertools import groupby, islice, product

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.forward.choice import BY_LENGTH, TOGETHER, autocast
from alignment_core.forward.length_switches import tried_lengths
from alignment_core.forward.nonsense import nonsense_ids
from alignment_core.forward.refused_base import check_is_of_model, described, refused_base
from alignment_core.forward.rounding import TOLERANCE, relative
from alignment_core.forward.trial import eager_attention
from alignment_core.forward.tried_once import Outcome, tried_once
from alignment_core.forward.windows import longest_packable, short_windows
from alignment_core.models.half_weights import dtype_of_passes
from alignment_core.models.loading import context_length
from alignment_core.sampling.row_reading import KEPT, NONE, Reading, ReadingChoice

N_PROMPTS, N_SAMPLED = (11, 3, 3), 3  # tokens of the rows that are tried, and read after them


def known_reading(policy: PreTrainedModel, *, made_of: str) -> Outcome[ReadingChoice]:
    """As `choose_reading`, of which it remembers the answer. Args: made_of: as of `tried_once`."""
    return tried_once(ReadingChoice, lambda: choose_reading(policy), policy, made_of=made_of)


@torch.no_grad()
def choose_reading(policy: PreTrainedModel) -> ReadingChoice:
    """Try the fast ways of reading on a few rows of nonsense.

    Raises: LoadingError if no way gives what each row gives alone.
    """
    rows = _rows(policy)
    lengths = tried_lengths(policy)
    reasons: list[str] = []
    for together, cache in product((TOGETHER, BY_LENGTH), (KEPT, NONE)):
        choice = ReadingChoice(
            cache=cache,
            rows=together,
            switches=lengths.switches,
            longest=lengths.longest,
            reason="; ".join(reasons),
        )
        reason = _why_wrong(policy, rows, choice)
        if not reason and longest_packable(policy) is not None:
            with short_windows(policy):
                reason = _why_wrong(policy, rows, choice)
        if not reason:
            return choice
        reasons.append(f"rows {together}, cache of {cache}: {reason}")
    raise refused_base(
        policy, "no way to sample the base's model is right: {why}", why="; ".join(reasons)
    )


def _rows(policy: PreTrainedModel) -> list[list[int]]:
    """Prompts with what follows them; two of the prompts are equally long."""
    ids = nonsense_ids(policy)
    context = context_length(policy.config)
    room = N_PROMPTS[0] if context is None else max(1, context - N_SAMPLED)
    return [list(islice(ids, min(n_prompt, room) + N_SAMPLED)) for n_prompt in N_PROMPTS]


def _why_wrong(policy: PreTrainedModel, rows: list[list[int]], choice: ReadingChoice) -> str:
    """Why reading batches of these rows is not reading each alone; empty if it is."""
    with eager_attention(policy):
        expected = [_alone(policy, row) for row in rows]
    try:
        found = _in_batches(policy, rows, choice)
    except Exception as error:  # each model's own code, none of which is known here
        check_is_of_model(error)
        return described(error)
    worst = max(relative(*pair) for pair in zip(found, expected, strict=True))
    return "" if worst <= _tolerance(policy) else f"logits differ by {worst:.1e}"


def _alone(policy: PreTrainedModel, row: list[int]) -> Tensor:
    """Logits after the prompt and after each further token but the last, (tokens, vocabulary)."""
    ids = torch.tensor([row[:-1]], device=policy.device)
    with autocast(policy.device, dtype_of_passes(policy)):
        logits: Tensor = policy(
            input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False
        ).logits
    return logits[0, -N_SAMPLED:]


def _in_batches(
    policy: PreTrainedModel, rows: list[list[int]], choice: ReadingChoice
) -> list[Tensor]:
    """The same read token by token, in rows that change their places on the way."""
    groups = [rows]
    if choice.rows == BY_LENGTH:
        groups = [list(group) for _, group in groupby(rows, key=len)]
    found: list[Tensor] = []
    for group in groups:
        found += _together(policy, group, choice)
    return found


def _together(
    policy: PreTrainedModel, rows: list[list[int]], choice: ReadingChoice
) -> list[Tensor]:
    reading = Reading(policy, [row[:-N_SAMPLED] for row in rows], choice)
    turned = torch.arange(len(rows) - 1, -1, -1, device=policy.device)
    logits = [reading.next_logits().flip(0)]
    reading.select(turned)
    for turn in range(N_SAMPLED, 1, -1):
        reading.append(torch.tensor([row[-turn] for row in reversed(rows)], device=policy.device))
        logits.append(reading.next_logits())
    return list(torch.stack(logits, 1).flip(0))


def _tolerance(policy: PreTrainedModel) -> float:
    is_half = dtype_of_passes(policy) == "bfloat16"
    return TOLERANCE[torch.bfloat16 if is_half else policy.dtype]
