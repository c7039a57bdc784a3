import json

import numpy as np
import pytest
import torch

from alignment_core.evaluation.model_scores import PairLogProbs
from alignment_core.evaluation.sections import (
    Sampled,
    kl_section,
    pairs_section,
    reward_section,
    samples_section,
    text_section,
    win_rate_section,
)
from alignment_core.sampling.generation import Sample
from alignment_core.sampling.kl import SequenceKL
from tests.alignment_core.small_runs import make_record

PROMPT = [{"role": "user", "content": "Hello"}]


def sample(prompt, index, text, n_tokens=2, finished=True):
    return Sample(
        prompt_id=prompt,
        index=index,
        text=text,
        finished=finished,
        prompt_ids=[5],
        completion_ids=[6] * n_tokens,
    )


def sampled(texts):
    """Answers to prompts p0, p1, … given as a list of texts each."""
    return Sampled(
        prompts={f"p{place}": PROMPT for place in range(len(texts))},
        samples={
            f"p{place}": [sample(f"p{place}", index, text) for index, text in enumerate(of_one)]
            for place, of_one in enumerate(texts)
        },
    )


class JudgeOfLength:
    """Prefers the longer."""

    name = "ruler"
    reads_order = False

    def prefers_first(self, prompts, first, second):
        return np.array(
            [0.5 + 0.5 * np.sign(len(a) - len(b)) for a, b in zip(first, second, strict=True)]
        )


def test_margins_that_are_no_numbers_make_the_section_undefined():
    body = pairs_section(np.array([1.0, np.nan]), [make_record(0), make_record(1)], scored_by="x")
    assert body == {"undefined": "because 1 of 2 pairs have no number as their margin"}
    assert "undefined" in reward_section(np.full((2, 1), np.nan), [make_record(0)])
    scores = PairLogProbs(np.full((2, 1), np.inf), np.ones((2, 1)))
    assert "undefined" in text_section(scores, [make_record(0)])


def test_kl_is_a_mean_over_samples_with_prompts_as_units():
    samples = [sample(f"p{n}", index, "x", n_tokens=n + 1) for n in range(5) for index in (0, 1)]
    k1 = torch.arange(10, dtype=torch.float64)
    body = kl_section(SequenceKL(k1=k1, k3=2 * k1), samples)
    assert body["k1"]["value"] == pytest.approx(4.5)
    assert body["k1"]["n"] == 5
    # 30 tokens in all: 2 (1 + 2 + 3 + 4 + 5)
    assert body["k3_per_token"]["value"] == pytest.approx(90 / 30)


def test_a_prompt_that_could_not_be_scored_is_left_out():
    texts = [["a", "bb"]] * 6
    rewards = np.array([[0.0, 1.0]] * 5 + [[np.nan, 1.0]])
    body = samples_section(sampled(texts), rewards)
    assert body["n_prompts_unscored"] == 1
    assert body["reward"]["value"] == 0.5
    assert body["best_of_n"]["points"][-1]["reward"]["value"] == 1.0
    assert body["length"]["slope"]["value"] == pytest.approx(100.0)


def test_first_samples_meet_where_both_policies_answered():
    own = sampled([["aa", "never looked at"]] * 6)
    other = sampled([["a"]] * 3 + [["aaa"]] * 2)
    body = win_rate_section(JudgeOfLength(), own, other)
    assert (body["judge"], body["n_wins"], body["n_losses"]) == ("ruler", 3, 2)
    assert body["raw"]["value"] == pytest.approx(0.6)


def test_nothing_to_measure_is_undefined_and_no_error():
    nobody = Sampled(prompts={}, samples={})
    sections = [
        pairs_section(np.zeros(0), [], scored_by="x"),
        reward_section(np.zeros((2, 0)), []),
        text_section(PairLogProbs(np.zeros((2, 0)), np.zeros((2, 0))), []),
        kl_section(SequenceKL(k1=torch.zeros(0), k3=torch.zeros(0)), []),
        samples_section(nobody, np.zeros((0, 0))),
        samples_section(sampled([["a", "b"]]), np.full((1, 2), np.nan)),
        win_rate_section(JudgeOfLength(), nobody, nobody),
        win_rate_section(JudgeOfLength(), sampled([["a"]]), sampled([["b"]])),
    ]
    text = json.dumps(sections, allow_nan=False)
    assert text.count("undefined") > 8
    assert '"value"' not in text
