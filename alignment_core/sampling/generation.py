"""Sampling completions, in a batch that does not change what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.data.trimming import fit_prompt
from alignment_core.errors import RecordRefused
from alignment_core.models.loading import context_length
from alignment_core.sampling.continuous_batch import Batching, complete_rows
from alignment_core.sampling.draws import draws_of_sample
from alignment_core.sampling.ends import end_ids_of
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.sampling.row_reading import Reading, ReadingChoice, groups_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A prompt to sample from."""

    id: str
    messages: Sequence[Mapping[str, Any]]
    ids: list[int] | None = None  # where it is encoded already, and is known to fit


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One completion: its text, its ids with the end of turn, and whether it came to that end."""

    prompt_id: str
    index: int
    text: str
    finished: bool
    prompt_ids: list[int]
    completion_ids: list[int]
    log_probs: tuple[float, ...] = ()  # of the completion's tokens, in nats, where asked for


@dataclass(frozen=True, slots=True)
class _Row:
    prompt: Prompt
    index: int
    ids: list[int]
    seed: int
    step: int

    def draws(self, n_draws: int) -> Tensor:
        return draws_of_sample(self.seed, self.step, self.prompt.id, self.index, n_draws)


def sample_completions(
    policy: PreTrainedModel,
    encoder: ChatEncoder,
    prompts: Sequence[Prompt],
    config: SampleConfig,
    *,
    check: Callable[[], None],
    on_too_long: Callable[[Prompt], None],
    step: int = 0,
    reading: ReadingChoice | None = None,
    with_log_probs: bool = False,
    on_progress: Callable[[float], None] = lambda _n_done: None,
) -> Iterator[Sample]:
    """Sample every prompt `n_samples` times.

    Each sample's draws come from (seed, step, prompt, sample) alone, so the company of a batch,
    its size and its order change nothing; as some end, others that wait enter it. A prompt that
    leaves no room loses its oldest turns.

    Args:
        policy: the language model. encoder: of its tokenizer.
        prompts: with ids that differ, since draws are made for an id.
        config: how many samples of each, how long, at what temperature and top_p, by which seed.
        step: of training, where the same prompt is sampled again with fresh draws.
        reading: how the model is read; None finds out what is fastest and right.
        with_log_probs: keep the log-prob of each token, at a temperature above 0 and a top_p of 1.
        check: called before samples are begun; may raise to end the sampling.
        on_too_long: told of each prompt whose last turn alone is too long, or which the template
            does not take.
        on_progress: told after each token how many samples are done; one under way counts by its
            share of the longest length.
    """
    end_ids = end_ids_of(policy, encoder)
    choice = reading or choose_reading(policy)
    room = min(filter(None, (context_length(policy.config), choice.longest)), default=None)
    rows: list[_Row] = []
    for prompt in prompts:
        ids = None
        with suppress(RecordRefused):
            ids = prompt.ids or _fitting_ids(encoder, prompt, config.max_new_tokens, room)
        if ids is None:
            on_too_long(prompt)
            continue
        rows += [_Row(prompt, index, ids, config.seed, step) for index in range(config.n_samples)]
    n_begun = 0
    for group, may_join in groups_of(rows, choice, max_new_tokens=config.max_new_tokens):

        def tell(n_done: float, n_before: int = n_begun) -> None:
            on_progress(n_before + n_done)

        batching = Batching(
            begin=partial(Reading, policy, choice=choice),
            ends=end_ids,
            config=config,
            rows_at_once=choice.rows_at_once,
            may_join=may_join,
            check=check,
            on_progress=tell,
            with_log_probs=with_log_probs,
        )
        n_begun += len(group)
        for row, completion in zip(group, complete_rows(group, batching), strict=True):
            ids = completion.ids
            finished = bool(ids) and ids[-1] in end_ids
            yield Sample(
                prompt_id=row.prompt.id,
                index=row.index,
                text=encoder.answer(ids[:-1] if finished else ids),
                finished=finished,
                prompt_ids=row.ids,
                completion_ids=ids,
                log_probs=tuple(completion.log_probs),
            )


def ignore_prompt(_prompt: Prompt) -> None:
    """For callers to whom a prompt that is too long does not matter."""


def _fitting_ids(
    encoder: ChatEncoder, prompt: Prompt, max_new_tokens: int, room: int | None
) -> list[int] | None:
    if room is None:
        return encoder.prompt_ids(prompt.messages)
    fitting = fit_prompt(
        prompt.messages,
        limit=room - max_new_tokens,
        n_tokens=lambda messages: len(encoder.prompt_ids(messages)),
    )
    return None if fitting is None else encoder.prompt_ids(fitting)
