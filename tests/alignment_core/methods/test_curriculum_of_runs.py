"""A curriculum orders the first epoch of a run, and no other."""

from itertools import chain

import pytest

from alignment_core.data.micro_batches import step_examples
from tests.alignment_core.small_runs import (
    objective_of,
)


def test_a_curriculum_orders_the_first_epoch_only(config_of):
    objective, _ = objective_of(config_of("run", "dpo", curriculum="strength"))
    order = objective.curriculum()
    strengths = [objective.context.train.records[index].strength for index in order]
    assert strengths == sorted(strengths, reverse=True)
    n = len(order)
    steps = [
        step_examples(n, batch_size=3, seed=0, step=step, curriculum=order) for step in range(6)
    ]
    first, second = list(chain(*steps[:3])), list(chain(*steps[3:]))
    assert first == order
    assert sorted(second) == list(range(n))
    assert second != order


def test_a_curriculum_by_the_reference_goes_by_its_margin_a_token(config_of):
    objective, _ = objective_of(config_of("run", "dpo", curriculum="reference"))
    examples = objective.context.train.examples
    scores = objective.forward.completions(examples)
    chosen, rejected = (scores.log_prob / scores.n_tokens).detach().chunk(2)
    margins = (chosen - rejected)[objective.curriculum()].tolist()
    assert margins == pytest.approx(sorted(margins, reverse=True), abs=1e-5)
