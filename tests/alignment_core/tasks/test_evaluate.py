import json
import shutil

import pytest

from alignment_core.__main__ import main
from alignment_core.data.records import write_records
from tests.alignment_core.small_runs import make_record, make_records


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    tie = make_record(90, prefix="tie", outcome="tie")
    write_records(path, [*make_records(8), tie, make_record(91, outcome="both_bad")])
    return path


@pytest.fixture(scope="module")
def reward_model(tiny_base, tmp_path_factory):
    """A reward model with a fresh head."""
    import torch

    from alignment_core.models.loading import load_reward_model, load_tokenizer

    directory = tmp_path_factory.mktemp("reward_model")
    load_reward_model(tiny_base, device=torch.device("cpu"), seed=1).save_pretrained(directory)
    load_tokenizer(tiny_base)[0].save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def other_base(tmp_path_factory):
    """A policy with weights and words of its own."""
    from alignment_core.models.tiny import make_tiny_checkpoint

    directory = tmp_path_factory.mktemp("bases") / "other"
    sizes = {"vocab_size": 330, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "context": 128}
    make_tiny_checkpoint(["Some other words."], directory, seed=5, **sizes)
    return directory


def evaluate(output, *arguments):
    command = ["evaluate", "--output", output, *arguments]
    assert main([str(argument) for argument in command]) == 0
    return {
        name: json.loads((output / f"{name}.json").read_text())
        for name in ("evaluation", "summary")
    }


def refusal(capsys, *arguments):
    assert main(["evaluate", *[str(argument) for argument in arguments]]) == 2
    return json.loads(capsys.readouterr().err.strip().splitlines()[-1])


def test_a_policy_is_evaluated_by_flags(tmp_path, tiny_base, other_base, reward_model, data):
    output = tmp_path / "out"
    files = evaluate(
        output,
        *("--checkpoint", tiny_base, "--reference", tiny_base, "--data", data),
        *("--reward-model", reward_model, "--against", other_base),
        *("--n-prompts", 6, "--n-samples", 4, "--max-new-tokens", 6, "--language", "zh-hans"),
    )
    report, summary = files["evaluation"], files["summary"]
    assert summary["report"] == report
    assert set(summary) >= {"evaluation", "baselines"}
    sections = report["sections"]
    # policy and reference are one, so nothing is preferred and nothing has moved
    assert sections["pairs"]["ties"]["n_scorer"] == 8
    assert sections["pairs"]["ties"]["n_people"] == 1
    assert sections["pairs"]["overall"]["accuracy"]["value"] == 0.5
    assert sections["kl"]["k1"]["value"] == pytest.approx(0.0, abs=1e-4)
    assert sections["kl"]["n_samples"] == 24
    # a base that knows nothing is as surprised as its vocabulary is large
    assert sections["text"]["chosen"]["perplexity"]["value"] == pytest.approx(400, rel=0.3)
    assert sections["sampling"] == {
        "n_prompts": 6,
        "n_too_long": 0,
        "n_samples": 24,
        "n_cut": sections["sampling"]["n_cut"],
        "max_new_tokens": 6,
    }
    win_rate = sections["win_rate"]
    assert win_rate["n_wins"] + win_rate["n_ties"] + win_rate["n_losses"] == 6
    assert [point["n"] for point in sections["samples"]["best_of_n"]["points"]] == [1, 2, 4]
    assert sections["reward_model"]["calibration"]["outcomes"]["n"] == 8
    assert sections["safety"]["n_prompts"] > 80
    assert sections["safety"]["change"]["harm_given"]["value"] == 0.0
    assert report["data"]["dropped"] == {"both_bad": 1}
    assert str(tmp_path.parent) not in (output / "report.html").read_text()
    assert "<h1>策略评估报告</h1>" in (output / "report.html").read_text()


def test_figures_of_policy_and_reward_model_are_of_the_pairs_that_both_can_read(
    tmp_path, tiny_base, reward_model
):
    short = tmp_path / "short"
    shutil.copytree(reward_model, short)
    config = json.loads((short / "config.json").read_text())
    (short / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 64}))
    records = make_records(8)
    long = [make_record(90 + k, chosen="It is blue. " * 15) for k in range(2)]
    path = tmp_path / "pairs.jsonl"
    write_records(path, [*records, *long])
    arguments = ("--checkpoint", tiny_base, "--reference", tiny_base, "--data", path)
    arguments += ("--n-prompts", 2, "--max-new-tokens", 2, "--no-safety")
    alone = evaluate(tmp_path / "alone", *arguments)["evaluation"]
    assert alone["sections"]["pairs"]["n_records"] == 10
    report = evaluate(tmp_path / "both", *arguments, "--reward-model", short)["evaluation"]
    sections = report["sections"]
    assert sections["pairs"]["overall"]["accuracy"]["n"] == 8
    assert sections["reward_model"]["accuracy"]["n"] == 8
    assert (report["data"]["n_used"], report["data"]["dropped"]) == (8, {"other_model": 2})


def test_a_policy_alone_says_what_else_would_be_needed(tmp_path, tiny_base, data):
    files = evaluate(
        tmp_path / "out",
        *("--checkpoint", tiny_base, "--data", data, "--n-prompts", 0, "--no-safety"),
    )
    sections = files["evaluation"]["sections"]
    assert sections["kl"] == {"undefined": "because no reference was given"}
    assert sections["win_rate"] == {"undefined": "because no reward model was given"}
    assert sections["safety"] == {"undefined": "because the safety suite was left out"}
    assert sections["pairs"]["scored_by"] == "log-prob a token"


def test_samples_are_no_longer_than_half_of_what_the_policy_reads(tmp_path, tiny_base, data):
    files = evaluate(tmp_path / "out", "--checkpoint", tiny_base, "--data", data, "--no-safety")
    sampling = files["evaluation"]["sections"]["sampling"]
    assert sampling["max_new_tokens"] == 64
    assert sampling["n_samples"] == 9


def test_a_reward_model_is_known_by_its_config(tmp_path, reward_model, data):
    report = evaluate(tmp_path / "out", "--checkpoint", reward_model, "--data", data)["evaluation"]
    assert report["kind"] == "reward_model"
    assert set(report["sections"]) == {"pairs", "reward_model"}


def test_heads_beside_a_reward_model_are_measured(tmp_path, reward_model, data):
    from alignment_core.models.reward_heads import RewardHeads

    headed = tmp_path / "headed"
    shutil.copytree(reward_model, headed)
    RewardHeads(32, n_heads=3, cohorts=("few",), seed=2).save(headed)
    report = evaluate(tmp_path / "out", "--checkpoint", headed, "--data", data)["evaluation"]
    body = report["sections"]["reward_model"]
    assert list(body["cohort_heads"]) == ["few"]
    assert "undefined" in body["uncertainty"]  # eight pairs are too few for two halves
    assert "Heads of cohorts" in (tmp_path / "out" / "report.html").read_text()


def test_two_policies_need_a_judge(tmp_path, tiny_base, data, capsys):
    output = tmp_path / "out"
    body = refusal(
        capsys,
        *("--checkpoint", tiny_base, "--data", data, "--against", tiny_base, "--output", output),
    )
    assert body["field"] == "against"
    assert not output.exists()


def test_a_reference_of_another_tokenizer_is_refused(tmp_path, tiny_base, other_base, data, capsys):
    body = refusal(
        capsys,
        *("--checkpoint", tiny_base, "--reference", other_base, "--data", data),
        *("--output", tmp_path / "out"),
    )
    assert body["field"] == "reference"
    assert "another tokenizer" in body["error"]


def test_a_flag_that_is_missing_is_named(tmp_path, tiny_base, capsys):
    body = refusal(capsys, "--checkpoint", tiny_base, "--output", tmp_path / "out")
    assert body["error"] == "give RUN_DIR, or --data with the other flags"


def test_flags_beside_a_run_directory_are_refused(tmp_path, capsys):
    body = refusal(capsys, tmp_path, "--n-prompts", 3)
    assert body["error"] == "give RUN_DIR or flags, not both: --n-prompts"


def test_a_language_in_which_there_is_no_page_is_refused(tmp_path, capsys):
    body = {"schema": 1, "task": "evaluate", "checkpoint": "x", "data": "y", "language": "fr"}
    (tmp_path / "config.json").write_text(json.dumps(body))
    assert refusal(capsys, tmp_path)["error"] == "language must be en or zh-hans, not 'fr'"


def test_samples_are_the_same_whatever_else_is_measured(tmp_path, tiny_base, reward_model, data):
    """The seed, the prompt and the sample's number fix every draw."""
    few = ("--checkpoint", tiny_base, "--data", data, "--reward-model", reward_model)
    settings = ("--max-new-tokens", 4, "--n-samples", 2, "--n-prompts", 5)
    first = evaluate(tmp_path / "a", *few, *settings, "--no-safety")["evaluation"]
    second = evaluate(
        tmp_path / "b", *few, *settings, "--no-safety", "--tokens-per-micro-batch", 1
    )["evaluation"]
    one, other = (report["sections"]["samples"]["reward"] for report in (first, second))
    assert one["value"] == pytest.approx(other["value"], abs=1e-5)


@pytest.mark.parametrize("name", ["reward_model", "reference", "against"])
def test_a_model_of_the_other_kind_is_refused_before_anything_is_read(
    tmp_path, tiny_base, reward_model, data, capsys, name
):
    """A language model as the judge would score by a head that was drawn at random."""
    models = {"checkpoint": tiny_base, "reward_model": reward_model}
    models[name] = tiny_base if name == "reward_model" else reward_model
    flags = [text for one, path in models.items() for text in (f"--{one.replace('_', '-')}", path)]
    body = refusal(capsys, *flags, "--data", data, "--output", tmp_path / "out")
    assert body["field"] == name
    assert "language model" in body["error"]
    assert not (tmp_path / "out").exists()
