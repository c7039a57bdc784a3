import pytest
import torch

from alignment_core.data.collation import padded_batch
from alignment_core.data.preparation import prepare_records
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.forward.choice import ForwardChoice
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model
from tests.alignment_core.small_runs import make_records

PLAIN = ForwardChoice(layout="padded", attention="model's own", head="plain")
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
    scores = Forward(policy).completions(pairs)
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
    Forward(policy, choice=PLAIN).completions(pairs)
    n_tokens = sum(len(ids) for pair in pairs for ids in pair.completions)
    assert seen == [(n_tokens, policy.config.vocab_size)]


def test_padding_changes_nothing(policy, pairs):
    together = Forward(policy).completions(pairs)
    alone = [Forward(policy).completions([pair]) for pair in pairs]
    apart = torch.stack([scores.log_prob for scores in alone], dim=1).flatten()
    torch.testing.assert_close(together.log_prob, apart, rtol=1e-5, atol=1e-4)


def test_a_reward_is_read_at_the_last_real_token(tiny_base, pairs):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=3)
    scores = Forward(reward_model).scores(pairs)
    for row, (side, pair) in enumerate((side, pair) for side in (0, 1) for pair in pairs):
        ids = torch.tensor([pair.prompt_ids + pair.completions[side]])
        hidden = reward_model.base_model(input_ids=ids).last_hidden_state
        expected = reward_model.score(hidden[0, -1]).squeeze()
        torch.testing.assert_close(scores[row], expected, rtol=1e-4, atol=1e-6)


def test_a_reward_is_not_rounded_to_half_precision(tiny_base, pairs):
    reward_model = load_reward_model(tiny_base, device=CPU, seed=3)
    scores = Forward(reward_model, dtype="bfloat16").scores(pairs)
    assert scores.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())


def test_collation_puts_all_chosen_before_all_rejected():
    examples = [TokenizedExample("a", [1], ([2], [3, 4])), TokenizedExample("b", [5], ([6], [7]))]
    batch = padded_batch(examples, device=CPU)
    assert batch.inputs["input_ids"].tolist() == [[1, 2, 0], [5, 6, 0], [1, 3, 4], [5, 7, 0]]
    assert batch.inputs["attention_mask"].sum(1).tolist() == [2, 2, 3, 2]
    assert batch.predicting.tolist() == [0, 3, 6, 7, 9]  # along the flattened rows
    assert batch.targets.tolist() == [2, 6, 3, 4, 7]
    assert batch.last.tolist() == [1, 4, 8, 10]
    assert (batch.lengths, batch.n_tokens) == ((1, 1, 2, 1), 9)


def test_token_scores_are_those_of_a_tempered_distribution(policy, pairs):
    scores = Forward(policy.double()).completion_tokens(pairs, temperature=0.5)
    pair = pairs[0]
    ids = torch.tensor([pair.prompt_ids + pair.completions[0]])
    logits = policy(input_ids=ids).logits[0, len(pair.prompt_ids) - 1 : -1] / 0.5
    shares = logits.softmax(-1)
    n_tokens = len(pair.completions[0])
    expected = shares.log()[range(n_tokens), pair.completions[0]]
    torch.testing.assert_close(scores.log_prob[:n_tokens], expected, rtol=1e-6, atol=1e-6)
    entropy = -(shares * shares.log()).sum(-1)
    torch.testing.assert_close(scores.entropy[:n_tokens], entropy, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(scores.per_row(scores.log_prob)[0], expected.sum())


def test_hidden_states_are_those_that_predict_the_completion(policy, pairs):
    hidden = Forward(policy).completion_hidden(pairs[:1])
    logits = policy.get_output_embeddings()(hidden)
    log_probs = Forward(policy).completion_tokens(pairs[:1]).log_prob
    targets = torch.tensor([token for ids in pairs[0].completions for token in ids])
    expected = logits.log_softmax(-1)[range(len(targets)), targets]
    torch.testing.assert_close(log_probs, expected, rtol=1e-5, atol=1e-5)


def test_the_shared_log_prob_goes_as_far_as_the_shorter_completion(policy, pairs):
    policy = policy.double()
    scores = Forward(policy).completions(pairs)
    shared = scores.shared_log_prob.chunk(2)
    for number, pair in enumerate(pairs):
        n_shared = min(map(len, pair.completions))
        for side, values in enumerate(shared):
            cut = naive_log_prob(policy, pair.prompt_ids, pair.completions[side][:n_shared])
            torch.testing.assert_close(values[number], cut, rtol=1e-6, atol=1e-6)
