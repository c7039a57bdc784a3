import pytest

from alignment_core.configs.votes import VoteRule
from alignment_core.data.preparation import prepare_records
from alignment_core.data.tokenization import (
    ChatEncoder,
    TokenizationCounts,
    tokenize_example,
)
from alignment_core.errors import Refused
from alignment_core.models.loading import load_tokenizer
from tests.alignment_core.small_runs import make_record

ASK = [{"role": "user", "content": "Which colour?"}]
BARE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


@pytest.fixture
def bare_tokenizer(tiny_base):
    """Its template ends a turn with plain text, and its prompt just before a space."""
    tokenizer, _ = load_tokenizer(tiny_base)
    tokenizer.chat_template = BARE
    return tokenizer


def encode(encoder, completions, *, messages=ASK, max_length=128):
    counts = TokenizationCounts()
    example = tokenize_example(
        encoder, counts, id="r", messages=messages, completions=completions, max_length=max_length
    )
    return example, counts


def test_the_prompt_is_encoded_alone_and_the_same_for_both_sides(encoder):
    example, _ = encode(encoder, ["It is red.", "No."])
    assert example.prompt_ids == encoder.prompt_ids(ASK)
    assert encoder.decode(example.prompt_ids, keep_special=True) == (
        "<|user|>\nWhich colour?\n<|assistant|>\n"
    )


def test_a_completion_ends_with_its_end_of_turn_exactly_once(encoder, tokenizer):
    example, _ = encode(encoder, ["It is red.", "No."])
    for text, ids in zip(["It is red.", "No."], example.completions, strict=True):
        assert ids.count(tokenizer.eos_token_id) == 1
        assert ids[-1] == tokenizer.eos_token_id
        assert encoder.decode(ids) == text


def test_an_end_of_turn_is_added_where_the_template_writes_none(bare_tokenizer):
    example, _ = encode(ChatEncoder(bare_tokenizer), ["red"])
    ids = example.completions[0]
    assert ids.count(bare_tokenizer.eos_token_id) == 1
    assert ids[-1] == bare_tokenizer.eos_token_id


def test_nothing_is_learnt_after_the_first_end_of_turn(bare_tokenizer):
    bare_tokenizer.chat_template = BARE.replace("\n", "{{ eos_token }} and more\n")
    encoder = ChatEncoder(bare_tokenizer)
    example, _ = encode(encoder, ["red"])
    assert encoder.decode(example.completions[0]) == " red"


def test_text_parts_are_one_text_to_a_template_that_knows_only_strings(bare_tokenizer):
    parts = [{"type": "text", "text": "Which "}, {"type": "text", "text": "colour?"}]
    encoder = ChatEncoder(bare_tokenizer)
    assert encoder.prompt_text([{"role": "user", "content": parts}]) == encoder.prompt_text(ASK)


def test_a_prompt_that_the_template_refuses_is_named(bare_tokenizer):
    bare_tokenizer.chat_template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    ) + BARE
    encoder = ChatEncoder(bare_tokenizer)
    with pytest.raises(Refused, match="no system") as refused:
        encode(encoder, ["red"], messages=[{"role": "system", "content": "Be kind."}, *ASK])
    assert (refused.value.field, "Be kind." in refused.value.value) == ("prompt", True)


def test_a_merge_across_the_boundary_is_counted_and_no_character_is_lost(bare_tokenizer):
    bare_tokenizer.chat_template = BARE.replace("assistant:", "assistant: It i")
    encoder = ChatEncoder(bare_tokenizer)
    # the joint text goes on "assistant: It is…", where "is" is one token
    joint = "{{ 'assistant: It i' }}{{ messages[-1]['content'] }}"
    bare_tokenizer.chat_template = (
        "{% if add_generation_prompt %}assistant: It i{% else %}" + joint + "{% endif %}"
    )
    example, counts = encode(encoder, ["s red, I am sure."])
    assert counts.n_boundary_mismatches == 1
    assert encoder.decode(example.prompt_ids) == "assistant: It i"
    assert encoder.decode(example.completions[0]) == "s red, I am sure."


def test_a_sequence_begins_with_one_beginning_of_sequence(tiny_base):
    from tokenizers import processors

    tokenizer, _ = load_tokenizer(tiny_base)
    tokenizer.add_special_tokens({"bos_token": "<|begin|>"})
    bos = tokenizer.bos_token_id
    for template in (tokenizer.chat_template, BARE):  # ours writes one, the other does not
        tokenizer.chat_template = template
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", special_tokens=[("<|begin|>", bos)]
        )
        example, _ = encode(ChatEncoder(tokenizer), ["red"])
        assert example.prompt_ids[0] == bos
        assert (example.prompt_ids + example.completions[0]).count(bos) == 1


def test_a_prompt_that_is_too_long_loses_its_oldest_turns_whole(encoder):
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "thing " * 30},
        {"role": "assistant", "content": "sure"},
        *ASK,
    ]
    whole, _ = encode(encoder, ["red", "blue"], messages=messages)
    example, counts = encode(
        encoder, ["red", "blue"], messages=messages, max_length=whole.n_tokens - 1
    )
    assert counts.n_prompts_trimmed == 1
    assert example.prompt_ids == encoder.prompt_ids([messages[0], *ASK])
    assert example.completions == whole.completions


def test_a_pair_that_still_does_not_fit_is_dropped_and_counted(encoder):
    example, counts = encode(encoder, ["red", "blue " * 60], max_length=40)
    assert example is None
    assert counts.dropped == {"over_length": 1}


def test_a_completion_without_tokens_is_dropped_and_counted(bare_tokenizer):
    content = "{{ m['content'] }}"
    bare_tokenizer.chat_template = BARE.replace(content, "{{ m['content']|trim }}{{ eos_token }}")
    example, counts = encode(ChatEncoder(bare_tokenizer), ["  ", "blue"])
    assert example is None
    assert counts.dropped == {"empty_completion": 1}


def test_what_is_left_out_is_counted_by_reason(encoder):
    records = [
        make_record(0),
        make_record(1, outcome="tie"),
        make_record(2, outcome="both_bad"),
        make_record(3, chosen="long " * 200),
    ]
    hard = prepare_records(records, encoder, sides=("chosen", "rejected"), max_length=96)
    assert hard.counts.dropped == {"tie": 1, "both_bad": 1, "over_length": 1}
    assert (hard.n_read, len(hard)) == (4, 1)
    assert [target.p_chosen for target in hard.targets] == [1.0]
    rule = VoteRule(soft_labels=True, keeps_ties=True)
    soft = prepare_records(records, encoder, sides=("chosen", "rejected"), max_length=96, rule=rule)
    assert soft.counts.dropped == {"both_bad": 1, "over_length": 1}
    assert len(soft) == 2
