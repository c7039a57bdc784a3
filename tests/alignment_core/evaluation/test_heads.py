import numpy as np
import pytest
import torch

from alignment_core.data.preparation import prepare_records
from alignment_core.data.records import VerdictCounts
from alignment_core.evaluation.heads import cohort_head, heads_section, uncertainty
from alignment_core.evaluation.model_scores import HeadOffsets, pair_offsets
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model
from alignment_core.models.reward_heads import RewardHeads
from tests.alignment_core.small_runs import make_record


def test_a_cohorts_head_is_measured_by_its_own_majority():
    sides = np.array([1.0, 1, -1, -1, -1, 0])
    score = np.array([1.0, 1, 1, 1, 1, 1])
    own = np.array([1.0, -1, -1, -1, 0, 1])
    figures = cohort_head(score, own, sides)
    assert figures["accuracy"]["value"] == pytest.approx((1 + 0 + 1 + 1 + 0.5) / 5)
    assert figures["accuracy_of_score"]["value"] == pytest.approx(2 / 5)
    assert figures["gain"]["value"] == pytest.approx(1.5 / 5)


def test_doubtful_pairs_are_those_where_heads_differ_more_than_the_margin():
    records = [make_record(n) for n in range(12)]
    margins = np.array([2.0] * 6 + [-0.5] * 6)
    spread = np.array([1.0] * 6 + [0.6] * 6)
    figures = uncertainty(spread, margins, records)
    assert (figures["sure"]["value"], figures["doubtful"]["value"]) == (1.0, 0.0)
    # by the spread alone it is the other way round
    assert (figures["sure_by_spread"]["value"], figures["doubtful_by_spread"]["value"]) == (0, 1)
    assert "undefined" in uncertainty(spread[:6], margins[:6], records[:6])


def test_the_section_joins_offsets_and_votes():
    votes = {"few": VerdictCounts(rejected=2), "many": VerdictCounts(chosen=2)}
    records = [make_record(n, verdicts_by_cohort=votes) for n in range(6)]
    by_cohort = np.stack([np.stack([np.full(6, -3.0), np.full(6, 0.0)]), np.zeros((2, 6))])
    offsets = HeadOffsets(by_cohort=by_cohort, apart=np.zeros((0, 2, 6)))
    body = heads_section(("few", "many"), offsets, np.ones(6), records)
    assert body["cohort_heads"]["few"]["accuracy"]["value"] == 1.0
    assert body["cohort_heads"]["few"]["accuracy_of_score"]["value"] == 0.0
    assert body["cohort_heads"]["many"]["accuracy"]["value"] == 1.0
    assert body["uncertainty"] == {"undefined": "because it has no heads for uncertainty"}


def test_offsets_are_those_of_the_heads_in_the_order_of_the_records(tiny_base, encoder):
    forward = Forward(load_reward_model(tiny_base, device=torch.device("cpu"), seed=1))
    heads = RewardHeads(32, n_heads=3, cohorts=("few",), seed=2)
    heads.by_cohort.data.normal_(generator=torch.Generator().manual_seed(3))
    split = prepare_records(
        [make_record(n, rejected="No. " * (1 + n)) for n in range(4)],
        encoder,
        sides=("chosen", "rejected"),
        max_length=120,
    )
    offsets = pair_offsets(forward, heads, split, token_budget=1, progress=lambda *_: None)
    assert offsets.by_cohort.shape == (1, 2, 4)
    assert offsets.apart.shape == (3, 2, 4)
    with torch.no_grad():
        hidden = forward.last_token_hidden(split.examples[2:3])
        expected = heads.cohort_from_score(hidden).squeeze(1)
    np.testing.assert_allclose(offsets.by_cohort[0, :, 2], expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(offsets.apart.sum(0), 0.0, atol=1e-5)
