from itertools import chain

import pytest
import torch

from alignment_core.data.tokenization import TokenizedExample
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scores
from alignment_core.sampling.rollout import Rollout, TokenValues, measure_tokens, prompts_of_step


def rollout():
    """Two prompts with two samples each, of one to four tokens."""
    examples = [
        TokenizedExample("a", [1, 2], ([10], [11, 12])),
        TokenizedExample("b", [3], ([13, 14, 15], [16, 17, 18, 19])),
    ]
    answers = [
        [
            Answered(prompt=[], text=str(ids), n_tokens=len(ids), finished=ids[0] > 10, answer=None)
            for ids in example.completions
        ]
        for example in examples
    ]
    total = torch.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=torch.float64)
    return Rollout(examples=examples, answers=answers, scores=Scores(total, {"rule": total}))


def test_rows_are_all_first_samples_and_then_all_second_ones():
    one = rollout()
    assert one.rows([1, 0]) == [(1, 0), (0, 0), (1, 1), (0, 1)]
    assert one.per_row(one.scores.total, [1, 0]).tolist() == [0.3, 0.1, 0.4, 0.2]
    assert one.n_tokens.tolist() == [[1, 2], [3, 4]]
    assert one.finished.tolist() == [[False, True], [True, True]]
    assert one.count_tokens([1]) == 7


@pytest.mark.parametrize("token_budget", [1, 10**6])
def test_tokens_are_measured_where_they_belong_however_the_rollout_is_cut(token_budget):
    one = rollout()

    def ids_of(examples):  # in the order in which rows go through a model
        rows = [(e, side) for side in range(2) for e in examples]
        return torch.tensor([float(i) for e, side in rows for i in e.completions[side]])

    values = measure_tokens(
        one,
        ids_of,
        token_budget=token_budget,
        check=lambda: None,
        is_packed=False,
        in_step=False,
    )
    for (prompt, sample), tokens in values.by_sample.items():
        assert tokens.tolist() == one.examples[prompt].completions[sample]
    device = torch.device("cpu")
    assert values.of_rows([(1, 0), (0, 1)], device).tolist() == [13, 14, 15, 11, 12]
    assert values.flat().tolist() == list(range(10, 20))
    doubled = values.map(lambda flat: 2 * flat)
    assert doubled.by_sample[1, 1].tolist() == [32, 34, 36, 38]


def test_a_rollout_can_be_cut_and_joined():
    one = rollout()
    joined = one.only([1]).joined(one.only([0]))
    assert [example.id for example in joined.examples] == ["b", "a"]
    assert joined.scores.total.tolist() == [[0.3, 0.4], [0.1, 0.2]]
    assert joined.scores.by_reward["rule"].tolist() == joined.scores.total.tolist()


def test_minibatches_deal_every_prompt_once_and_are_a_function_of_their_seed():
    one = rollout()
    first = list(one.minibatches(2, seed=(0, 1)))
    assert sorted(chain.from_iterable(first)) == [0, 1]
    assert first == list(one.minibatches(2, seed=(0, 1)))
    assert len(list(one.minibatches(5, seed=(0, 1)))) == 2  # none is empty


def test_a_step_has_its_own_prompts_first_and_every_other_one_after_them():
    steps = [prompts_of_step(7, batch_size=3, seed=0, step=step) for step in range(3)]
    assert [len(first) for first, _ in steps] == [3, 3, 1]
    assert sorted(chain.from_iterable(first for first, _ in steps)) == list(range(7))
    for first, others in steps:
        assert sorted(first + others) == list(range(7))
    assert steps[1] == prompts_of_step(7, batch_size=3, seed=0, step=1)


def test_token_values_keep_their_order_when_mapped():
    values = TokenValues({(0, 0): torch.tensor([3.0]), (0, 1): torch.tensor([1.0, 2.0])})
    ranks = values.map(lambda flat: flat.argsort().argsort().float())
    assert ranks.by_sample[0, 0].tolist() == [2.0]
    assert ranks.by_sample[0, 1].tolist() == [0.0, 1.0]
