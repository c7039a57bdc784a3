import numpy as np
import pytest
import torch

from alignment_core.data.preparation import prepare_records
from alignment_core.evaluation.model_scores import (
    RewardJudge,
    RewardScorer,
    pair_log_probs,
    pair_rewards,
)
from alignment_core.evaluation.perplexity import text_report
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model
from tests.alignment_core.small_runs import make_record

SIDES = ("chosen", "rejected")


def ignore(_done, _total):
    pass


@pytest.fixture(scope="module")
def reward_model(tiny_base):
    return Forward(load_reward_model(tiny_base, device=torch.device("cpu"), seed=1))


def prepared(encoder, n_records=5):
    # uneven lengths, so that batches by length put the records out of order
    records = [make_record(number, rejected="No. " * (1 + number)) for number in range(n_records)]
    return prepare_records(records, encoder, sides=SIDES, max_length=120)


@pytest.mark.parametrize("budget", [1, 100, 10_000])
def test_scores_come_back_in_the_order_of_the_records(policy, reward_model, encoder, budget):
    split, forward = prepared(encoder), Forward(policy)
    scores = pair_log_probs(forward, split, token_budget=budget, progress=ignore)
    rewards = pair_rewards(reward_model, split, token_budget=budget, progress=ignore)
    for place, example in enumerate(split.examples):
        alone = forward.completions([example])
        np.testing.assert_allclose(
            scores.log_prob[:, place], alone.log_prob.detach().numpy(), rtol=1e-5
        )
        assert scores.n_tokens[:, place].tolist() == alone.n_tokens.tolist()
        np.testing.assert_allclose(
            rewards[:, place], reward_model.scores([example]).detach().numpy(), atol=1e-6
        )


def test_a_text_is_scored_as_a_record_is(reward_model, encoder):
    split = prepared(encoder)
    scorer = RewardScorer(reward_model, encoder, max_length=120, token_budget=200, progress=ignore)
    groups = [(record.prompt, [record.chosen, record.rejected]) for record in split.records]
    expected = pair_rewards(reward_model, split, token_budget=200, progress=ignore)
    np.testing.assert_allclose(scorer(groups), expected.T, atol=1e-6)


def test_what_cannot_be_read_is_not_judged(reward_model, encoder):
    scorer = RewardScorer(reward_model, encoder, max_length=20, token_budget=200, progress=ignore)
    prompt = make_record(0).prompt
    verdicts = RewardJudge(scorer).prefers_first(
        [prompt, prompt], ["It is red.", "thing " * 50], ["It is red.", "No."]
    )
    assert verdicts[0] == 0.5
    assert np.isnan(verdicts[1])


def test_perplexity_and_bits_equal_the_worked_values():
    # 10 tokens at log ½ and 5 at log ¼, over 15 + 10 bytes
    log_probs = np.log([0.5] * 5 + [0.25] * 5) * [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]
    n_tokens = np.array([2.0] * 5 + [1.0] * 5)
    report = text_report(log_probs, n_tokens, ["abc"] * 5 + ["é"] * 5)
    assert report["perplexity"]["value"] == pytest.approx(2 ** (20 / 15))
    assert report["bits_per_byte"]["value"] == pytest.approx(20 / 25)
    assert report["n_tokens"] == 15
