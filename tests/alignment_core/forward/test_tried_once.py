"""A base is tried once: what was found is remembered for just that base, software and machine."""

import shutil

import pytest
import torch

from alignment_core.errors import LoadingError
from alignment_core.forward import choice, tried_once
from alignment_core.forward.choice import choose_forward, known_forward
from alignment_core.forward.forward import Forward
from alignment_core.forward.trial_cache import TrialCache
from alignment_core.models.attention import attention_of
from alignment_core.models.loading import digest_of_base, load_policy
from alignment_core.sampling.reading_trial import known_reading
from tests.alignment_core.tiny_models import make_examples

TRIED, REMEMBERED = tried_once.TRIED, tried_once.REMEMBERED


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory of its own for what is remembered."""
    monkeypatch.setenv("ACCORD_TRIAL_CACHE", str(tmp_path / "trials"))
    monkeypatch.setattr(tried_once, "_found", {})
    return tmp_path / "trials"


@pytest.fixture
def as_a_new_process(place, monkeypatch):
    """Forget what this process knows by heart."""

    def forget():
        monkeypatch.setattr(tried_once, "_found", {})
        tried_once.facts_of_software.cache_clear()

    yield forget
    tried_once.facts_of_software.cache_clear()


def load(directory):
    return load_policy(directory, device=torch.device("cpu"))


def sources(directory, **asked):
    """Whether the way through a base, and the way it is sampled, were tried."""
    module, made_of = load(directory), digest_of_base(directory)
    forward = known_forward(module, made_of=made_of, dtype="float32", **asked)
    return forward.source, known_reading(load(directory), made_of=made_of).source


def test_it_is_tried_once_and_then_remembered_over_processes(tiny_base, as_a_new_process):
    assert sources(tiny_base) == (TRIED, TRIED)
    assert sources(tiny_base) == (REMEMBERED, REMEMBERED)
    as_a_new_process()
    assert sources(tiny_base) == (REMEMBERED, REMEMBERED)


def test_what_is_remembered_is_what_was_found_and_is_used_alike(
    tiny_base, policy, as_a_new_process
):
    made_of, examples = digest_of_base(tiny_base), make_examples(3, n_examples=2)
    first = Forward(policy, made_of=made_of)
    as_a_new_process()
    again = Forward(load(tiny_base), made_of=made_of)
    assert again.choice == first.choice
    assert attention_of(again.module) == attention_of(first.module)
    assert torch.equal(again.completions(examples).log_prob, first.completions(examples).log_prob)


def test_a_base_of_the_same_content_elsewhere_is_known(tiny_base, tmp_path, as_a_new_process):
    sources(tiny_base)
    as_a_new_process()
    shutil.copytree(tiny_base, tmp_path / "copy")
    assert sources(tmp_path / "copy") == (REMEMBERED, REMEMBERED)


def test_weights_changed_in_place_are_tried_again(tiny_base, tmp_path, as_a_new_process):
    base = shutil.copytree(tiny_base, tmp_path / "base")
    sources(base)
    as_a_new_process()
    changed = load(base)
    with torch.no_grad():
        changed.lm_head.weight[0, 0] += 1
    changed.save_pretrained(base)
    assert sources(base) == (TRIED, TRIED)


@pytest.mark.parametrize("where", ["torch", "transformers"])
def test_another_version_tries_again(tiny_base, as_a_new_process, monkeypatch, where):
    sources(tiny_base)
    as_a_new_process()
    module, made_of = load(tiny_base), digest_of_base(tiny_base)
    monkeypatch.setattr(getattr(tried_once, where), "__version__", "99.0")
    assert known_forward(module, made_of=made_of, dtype="float32").source == TRIED


def test_other_code_of_ours_tries_again(tiny_base, tmp_path, as_a_new_process, monkeypatch):
    sources(tiny_base)
    as_a_new_process()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("changed = True\n")
    monkeypatch.setattr(
        tried_once.alignment_core, "__file__", str(tmp_path / "package" / "__init__.py")
    )
    assert sources(tiny_base) == (TRIED, TRIED)


def test_a_package_of_fast_kernels_that_is_put_in_tries_again(
    tiny_base, tmp_path, as_a_new_process, monkeypatch
):
    sources(tiny_base)
    as_a_new_process()
    (tmp_path / "site-packages" / "mamba_ssm-2.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    assert sources(tiny_base) == (TRIED, TRIED)


def test_what_else_is_asked_and_how_the_model_is_held_are_part_of_the_question(
    tiny_base, policy, as_a_new_process
):
    made_of = digest_of_base(tiny_base)

    def source(module=policy, **asked):
        asked = {"dtype": "float32", **asked}
        return known_forward(module, made_of=made_of, **asked).source

    assert source() == TRIED
    assert source(load(tiny_base), dtype="bfloat16") == TRIED
    assert source(load(tiny_base), layout="padded") == TRIED
    assert source(load(tiny_base).double()) == TRIED
    eager = load(tiny_base)
    eager.set_attn_implementation("eager")
    assert source(eager) == TRIED
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert source(load(tiny_base)) == REMEMBERED
    finally:
        torch.set_num_threads(threads)


def test_a_model_of_unknown_origin_is_always_tried(policy, place):
    for _ in range(2):
        assert known_forward(policy, made_of="", dtype="float32").source == TRIED
    assert not place.exists()


def test_a_broken_file_is_tried_again_and_mended(tiny_base, place, as_a_new_process):
    sources(tiny_base)
    for path in place.iterdir():
        path.write_bytes(path.read_bytes().replace(b'"packed"', b'"padded"')[:-3] + b'"}}')
    as_a_new_process()
    assert TRIED in sources(tiny_base)
    as_a_new_process()
    assert sources(tiny_base) == (REMEMBERED, REMEMBERED)


def test_an_answer_of_another_shape_is_tried_again(tiny_base, place, as_a_new_process, monkeypatch):
    sources(tiny_base)
    read = TrialCache.read
    monkeypatch.setattr(TrialCache, "read", lambda *a: {**(read(*a) or {}), "unheard_of": 1})
    as_a_new_process()
    assert sources(tiny_base) == (TRIED, TRIED)


def test_a_refusal_is_not_remembered(tiny_base, policy, place, monkeypatch):
    made_of = digest_of_base(tiny_base)
    refused = LoadingError("no way through", field="base", value=None)

    def refuse(*_arguments, **_options):
        raise refused

    with monkeypatch.context() as patched:
        patched.setattr(choice, "choose_forward", refuse)
        for _ in range(2):
            with pytest.raises(LoadingError):
                known_forward(policy, made_of=made_of, dtype="float32")
    assert not place.exists()
    assert known_forward(policy, made_of=made_of, dtype="float32").source == TRIED


def test_memory_that_was_short_says_nothing_of_a_model(policy, monkeypatch):
    def without_memory(*_arguments, **_options):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(choice, "packed_batch", without_memory)
    monkeypatch.setattr(policy, "forward", without_memory)
    with pytest.raises(torch.OutOfMemoryError):
        choose_forward(policy, dtype="float32")
