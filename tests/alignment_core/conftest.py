"""A tiny base, made once, and records to train it on."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test of the library needs the network

import pytest

from tests.alignment_core.small_runs import TEXTS, make_records


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """The machine is shared, and a child started by a test uses one thread as well."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory):
    """A two-layer Llama with a tokenizer of its own, in Hugging Face layout."""
    from alignment_core.models.tiny import make_tiny_checkpoint

    directory = tmp_path_factory.mktemp("bases") / "tiny"
    make_tiny_checkpoint(
        TEXTS, directory, vocab_size=400, hidden_size=32, n_layers=2, n_heads=2, context=128
    )
    return directory


@pytest.fixture(scope="session")
def tokenizer(tiny_base):
    from alignment_core.models.loading import load_tokenizer

    return load_tokenizer(tiny_base)[0]


@pytest.fixture(scope="session")
def encoder(tokenizer):
    from alignment_core.data.tokenization import ChatEncoder

    return ChatEncoder(tokenizer)


@pytest.fixture
def policy(tiny_base):
    import torch

    from alignment_core.models.loading import load_policy

    return load_policy(tiny_base, device=torch.device("cpu"))


@pytest.fixture(scope="session")
def data_files(tmp_path_factory):
    """Training and held-out records on disk."""
    from alignment_core.data.records import write_records

    directory = tmp_path_factory.mktemp("records")
    train, held_out = directory / "train.jsonl", directory / "eval.jsonl"
    write_records(train, make_records(12))
    write_records(held_out, make_records(6, prefix="held-out"))
    return train, held_out
