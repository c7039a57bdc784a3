"""A tokenizer may know more ids than the model has embeddings for: what counts is which occur."""

import shutil

import pytest
import torch

from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import Refused
from alignment_core.models.loading import (
    load_encoder,
    load_policy,
    load_reward_model,
    load_tokenizer,
)
from tests.alignment_core.rollout_runs import objective_of, rollout_settings
from tests.alignment_core.small_runs import train_here, write_train_config

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base(tiny_base, tmp_path_factory):
    """As Gemma 3 1B ships: one id more than it has embeddings."""
    directory = shutil.copytree(tiny_base, tmp_path_factory.mktemp("base") / "more")
    tokenizer, _ = load_tokenizer(directory)
    assert tokenizer.add_special_tokens({"additional_special_tokens": ["<image_soft_token>"]}) == 1
    tokenizer.save_pretrained(directory)
    return directory


def test_a_base_is_trained_where_no_such_id_occurs(base, data_files, tmp_path):
    directory = write_train_config(tmp_path, method="sft", base=base, data_files=data_files)
    train_here(directory)
    assert (directory / "summary.json").is_file()


def test_an_id_that_occurs_without_an_embedding_is_refused_with_its_token_and_text(tokenizer):
    highest = len(tokenizer) - 1
    token = tokenizer.convert_ids_to_tokens(highest)
    text = "I say " + tokenizer.decode([highest])
    for n_embeddings in (None, highest + 1):
        encoder = ChatEncoder(tokenizer, n_embeddings=n_embeddings)
        assert highest in encoder.prompt_ids([{"role": "user", "content": text}])
    encoder = ChatEncoder(tokenizer, n_embeddings=highest)
    prompt_ids = encoder.prompt_ids([{"role": "user", "content": "a"}])
    for ask, answer in ((text, "a"), ("a", text)):
        with pytest.raises(Refused, match=f"the id {highest}, but .* for {highest} ids") as refusal:
            encoder.prompt_ids([{"role": "user", "content": ask}])
            encoder.completion_ids([], answer, prompt_ids=prompt_ids)
        assert refusal.value.parts["token"] == repr(token)
        assert text in refusal.value.value


def test_an_end_of_turn_without_an_embedding_is_refused_at_once(tokenizer):
    with pytest.raises(Refused, match="has the id"):
        ChatEncoder(tokenizer, n_embeddings=tokenizer.eos_token_id)


def test_an_encoder_of_a_checkpoint_knows_what_it_has_embeddings_for(base, tiny_base):
    assert load_encoder(base).n_embeddings == load_encoder(tiny_base).n_embeddings == 331


@pytest.mark.parametrize("n_rows", [331, 340])
def test_values_begin_elsewhere_where_the_reward_model_lacks_ids_that_can_be_drawn(
    tiny_base, data_files, tmp_path, n_rows
):
    """Rows beyond the tokenizer can be sampled, and have to be read then."""
    policy = load_policy(tiny_base, device=CPU)
    policy.resize_token_embeddings(n_rows, mean_resizing=False)
    policy.save_pretrained(tmp_path / "policy")
    load_reward_model(tiny_base, device=CPU, seed=7).save_pretrained(tmp_path / "reward")
    for name in ("policy", "reward"):
        load_tokenizer(tiny_base)[0].save_pretrained(tmp_path / name)
    rewards = [{"kind": "model", "path": str(tmp_path / "reward")}]
    directory = write_train_config(
        tmp_path / "run",
        method="ppo",
        base=tmp_path / "policy",
        data_files=data_files,
        **rollout_settings("ppo", rewards=rewards),
    )
    value_model = objective_of(directory).value_model
    assert value_model.get_input_embeddings().num_embeddings == n_rows
