import json

import pytest

from alignment_core.errors import ConfigError, Refused
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.tasks.requests import sample_request
from alignment_core.tasks.sample import run_sample
from tests.alignment_core.rollout_runs import LETTERS


@pytest.fixture
def request_for(tiny_base, tmp_path):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(
        "".join(
            json.dumps({"id": text, "messages": [{"role": "user", "content": text}]}) + "\n"
            for text in ("It?", "Which colour?")
        )
    )

    def request(best_of, *, n_samples=2, **body):
        return sample_request(
            {
                "checkpoint": str(tiny_base),
                "prompts": str(prompts),
                "settings": {"n_samples": n_samples, "max_new_tokens": 6},
                "best_of": best_of,
                **body,
            }
        )

    return request


def samples_of(request, directory):
    directory.mkdir()
    run_sample(request, RunDirectory(directory), Stopper())
    lines = (directory / "samples.jsonl").read_text().splitlines()
    return {(one["prompt_id"], one["index"]): one for one in map(json.loads, lines)}


def test_the_best_of_each_run_of_candidates_is_kept_with_its_reward(request_for, tmp_path):
    best_of = {"n_candidates": 3, "rewards": [LETTERS]}
    kept = samples_of(request_for(best_of, allow_code=True), tmp_path / "best")
    every = samples_of(request_for(None, n_samples=6), tmp_path / "all")

    def letters(text):
        return sum(one.isascii() and one.isalpha() for one in text) / max(1, len(text))

    assert set(kept) == {(name, place) for name in ("It?", "Which colour?") for place in (0, 1)}
    for (name, place), one in kept.items():
        candidates = [every[name, 3 * place + number]["text"] for number in range(3)]
        assert one["text"] == max(candidates, key=letters)
        assert one["reward"] == pytest.approx(letters(one["text"]))


def test_best_of_n_needs_a_reward_and_runs_no_code_of_the_web(request_for):
    with pytest.raises(ConfigError, match="rewards"):
        request_for({"n_candidates": 2})
    with pytest.raises(Refused, match="command line"):
        request_for({"n_candidates": 2, "rewards": [LETTERS]})
