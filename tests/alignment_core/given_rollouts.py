"""Rollouts of which everything is given, so that a method's numbers can be worked out beside it."""

import torch

from alignment_core.data.collation import rows_of
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.forward.log_probs import TokenScores
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scores
from alignment_core.sampling.rollout import Rollout


class GivenForward:
    """Stands in for the way through a model: answers with these log-probs of each sample."""

    def __init__(self, by_sample):
        self.by_sample = by_sample  # (prompt, sample) to a tensor of shape (tokens,)

    def completion_tokens(self, examples, *, temperature):
        rows = [self.by_sample[int(examples[n].id), side] for n, side in rows_of(examples)]
        log_prob = torch.cat(rows)
        lengths = torch.tensor([float(len(row)) for row in rows])
        return TokenScores(log_prob, torch.zeros_like(log_prob), lengths)


def given_rollout(lengths, rewards, sampler=None):
    """Samples of so many tokens, worth so much; each given as rows of one prompt's samples."""
    sampler = sampler or [[() for _ in group] for group in lengths]
    return Rollout(
        examples=[
            TokenizedExample(str(number), [3, 4], tuple([5] * length for length in group))
            for number, group in enumerate(lengths)
        ],
        answers=[[answered(log_probs) for log_probs in group] for group in sampler],
        scores=Scores(torch.tensor(rewards, dtype=torch.float64), {}),
    )


def answered(log_probs):
    """An answer of which only its log-probs under the sampler matter."""
    return Answered(prompt=[], text="", n_tokens=1, finished=True, answer=None, log_probs=log_probs)
