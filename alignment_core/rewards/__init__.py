"""What a sampled answer is worth: reward models, rules, and functions of one's own, weighted.

Public: import the names below from this package; `alignment_core.configs` has the settings of each
kind. A function of one's own takes a list of `Answered` and returns a number for each.

    >>> from alignment_core.configs import LengthReward
    >>> from alignment_core.rewards import Answered, length_rule
    >>> rule = length_rule(LengthReward(shortest=2, longest=10))
    >>> question = [{"role": "user", "content": "Is the sky blue?"}]
    >>> rule(Answered(prompt=question, text="By", n_tokens=1, finished=False, answer=None))
    -0.5
    >>> rule(Answered(prompt=question, text="…", n_tokens=15, finished=False, answer=None))
    -0.5
"""

from typing import TYPE_CHECKING

from alignment_core.lazy import lazily
from alignment_core.rewards.rules import (
    Answered,
    answer_of_tags,
    answer_rule,
    length_rule,
    regex_rule,
    words_rule,
)

__all__ = [
    "Answered",
    "Scorer",
    "Scores",
    "answer_of_tags",
    "answer_rule",
    "length_rule",
    "regex_rule",
    "words_rule",
]

if TYPE_CHECKING:
    from alignment_core.rewards.scoring import Scorer, Scores
else:
    __getattr__ = lazily(__name__, {"alignment_core.rewards.scoring": "Scorer Scores"})
