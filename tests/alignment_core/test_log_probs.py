import pytest
import torch

from alignment_core.collation import collate
from alignment_core.loading import load_reward_model
from alignment_core.log_probs import completion_scores
from alignment_core.preparation import prepare_records
from alignment_core.scores import sequence_scores
from alignment_core.tokenization import TokenizedExample
from tests.alignment_core.small_runs import make_records

CPU = torch.device("cpu")


@pytest.fixture
def pairs(encoder):
    return prepare_records(
        make_records(6), encoder, sides=("chosen", "rejected"), max_length=96
    ).examples


def naive_log_prob(policy, prompt_ids, completion_ids):
    """The definition: one sequence at a time, full logits, a plain sum."""
    ids = torch.tensor([prompt_ids + completion_ids])
    log_probs = policy(input_ids=ids).logits[0].log_softmax(-1)
    places = range(len(prompt_ids), ids.shape[1])
    return sum(log_probs[place - 1, ids[0, place]] for place in places)


def test_completion_log_probs_equal_the_definition(policy, pairs):
    policy = policy.double()
    scores = completion_scores(policy, collate(pairs, pad_id=0, device=CPU))
    expected = torch.stack(
        [
            naive_log_prob(policy, pair.prompt_ids, pair.completions[side])
            for side in (0, 1)
            for pair in pairs
        ]
    )
    assert scores.log_prob.dtype == torch.float64
    # rotary and norms of the model run in float32 whatever its weights are
    torch.testing.assert_close(scores.log_prob, expected, rtol=1e-6, atol=1e-6)
    assert scores.n_tokens.tolist() == [len(p.completions[s]) for s in (0, 1) for p in pairs]


def test_only_completion_positions_go_through_the_head(policy, pairs):
    seen = []
    policy.get_output_embeddings().register_forward_hook(
        lambda _module, _inputs, logits: seen.append(tuple(logits.shape))
    )
    completion_scores(policy, collate(pairs, pad_id=0, device=CPU))
    n_tokens = sum(len(ids) for pair in pairs for ids in pair.completions)
    assert seen == [(n_tokens, policy.config.vocab_size)]


def test_padding_changes_nothing(policy, pairs):
    together = completion_scores(policy, collate(pairs, pad_id=0, device=CPU))
    alone = [completion_scores(policy, collate([pair], pad_id=7, device=CPU)) for pair in pairs]
    apart = torch.stack([scores.log_prob for scores in alone], dim=1).flatten()
    torch.testing.assert_close(together.log_prob, apart, rtol=1e-5, atol=1e-4)


def test_a_reward_is_read_at_the_last_real_token(tiny_base, pairs, tokenizer):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=3)
    # padding with the end of turn itself must not move the place that is read
    batch = collate(pairs, pad_id=tokenizer.eos_token_id, device=CPU)
    scores = sequence_scores(reward_model, batch)
    for row, (side, pair) in enumerate((side, pair) for side in (0, 1) for pair in pairs):
        ids = torch.tensor([pair.prompt_ids + pair.completions[side]])
        hidden = reward_model.base_model(input_ids=ids).last_hidden_state
        expected = reward_model.score(hidden[0, -1]).squeeze()
        torch.testing.assert_close(scores[row], expected, rtol=1e-4, atol=1e-6)


def test_a_reward_is_not_rounded_to_half_precision(tiny_base, pairs):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = sequence_scores(reward_model, collate(pairs, pad_id=0, device=CPU))
    assert scores.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())


def test_collation_puts_all_chosen_before_all_rejected():
    examples = [TokenizedExample("a", [1], ([2], [3, 4])), TokenizedExample("b", [5], ([6], [7]))]
    batch = collate(examples, pad_id=0, device=CPU)
    assert batch.input_ids.tolist() == [[1, 2, 0], [5, 6, 0], [1, 3, 4], [5, 7, 0]]
    assert batch.attention_mask.tolist() == [[1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 0]]
    assert batch.completion_mask.int().tolist() == [[0, 1, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0]]
    assert batch.n_tokens == 9
