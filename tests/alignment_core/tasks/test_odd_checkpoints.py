"""A checkpoint whose files hold what they never do is refused in a sentence; nothing changes."""

import json

import pytest

from alignment_core.__main__ import main
from alignment_core.data.records import write_records
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.trainers.rollout_figures import SAMPLES, cut_samples
from tests.alignment_core.small_runs import make_records

SETTINGS = ["--batch-size=12", "--max-length=96", "--n-sample-prompts=0", "--matmul=highest"]
ODD = {
    "trainer.json": [
        ("settings", None),
        ("settings", []),
        ("step", "1"),
        ("step", -1),
        ("step", True),
        ("seconds", 7),
        ("last_totals", [1]),
        ("total_steps", None),
        ("n_tokens", "x"),
        ("method", 7),
        ("unheard_of", 1),
    ],
    "plan.json": [
        ("forward", 7),
        ("forward", {"LlamaForCausalLM": {"x": 1}}),
        ("forward", {"LlamaForCausalLM": None}),
        ("sampling", {"LlamaForCausalLM": []}),
        ("threads", "many"),
        ("threads", -4),
        ("base", 7),
        ("base", {}),
        ("matmul", {"precision": "odd"}),
        ("matmul", 3),
        ("dtype", 8),
        ("template_date", "never"),
        ("world_size", 2.5),
        ("device", None),
    ],
}


def command(base, data, output, held_out):
    files = [f"--data={data}", *([f"--eval-data={held_out}"] if held_out else [])]
    return ["sft", f"--model={base}", f"--output={output}", *files, *SETTINGS, "--epochs=1"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_base, data_files):
    output = tmp_path_factory.mktemp("sft") / "run"
    assert main(command(tiny_base, data_files[0], output, data_files[1])) == 0
    return output


@pytest.fixture
def refusal_on_resume(capsys, tiny_base, data_files, finished):
    """What going on says, with every file of the run as it was."""

    def refusal(held_out=data_files[1]):
        before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
        capsys.readouterr()
        given = command(tiny_base, data_files[0], finished, held_out)
        assert main([*given, "--resume"]) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said
        after = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
        assert after == before
        return json.loads(said.strip().splitlines()[-1])

    return refusal


@pytest.mark.parametrize(
    ("file", "name", "value"), [(file, *odd) for file, some in ODD.items() for odd in some]
)
def test_an_odd_value_is_refused(finished, refusal_on_resume, file, name, value):
    path = next((finished / "checkpoints").iterdir()) / file
    whole = path.read_text()
    path.write_text(json.dumps({**json.loads(whole), name: value}))
    try:
        assert refusal_on_resume()["field"] in ("resume", "device", "processes")
    finally:
        path.write_text(whole)


@pytest.mark.parametrize("file", [*ODD, "metrics.jsonl"])
@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, '{"step": 1'])
def test_what_is_no_json_is_refused(finished, refusal_on_resume, file, content):
    path = next((finished / "checkpoints").iterdir()) / file
    whole = path.read_text()
    path.write_text(content)
    try:
        assert refusal_on_resume()["field"] in ("resume", None)
    finally:
        path.write_text(whole)


def test_going_on_with_other_held_out_records_is_refused(finished, refusal_on_resume, tmp_path):
    """Else one curve would be of two sets of records."""
    write_records(tmp_path / "other.jsonl", make_records(6, prefix="other"))
    for held_out in (tmp_path / "other.jsonl", None):
        assert refusal_on_resume(held_out)["field"] == "eval_data"


def test_a_checkpoint_of_before_does_not_know_its_held_out_records(finished, tiny_base, data_files):
    path = next((finished / "checkpoints").iterdir()) / "trainer.json"
    whole = path.read_text()
    body = json.loads(whole)
    del body["held_out_digest"]
    path.write_text(json.dumps(body))
    try:
        assert main([*command(tiny_base, data_files[0], finished, None), "--resume"]) == 0
    finally:
        path.write_text(whole)


def test_half_a_line_of_samples_is_cut_with_what_came_after(tmp_path):
    lines = [json.dumps({"step": step, "text": "x"}) for step in (1, 2, 3)]
    (tmp_path / SAMPLES).write_text("\n".join([*lines[:2], lines[2][:9], "[]", ""]))
    cut_samples(RunDirectory(tmp_path), after=2)
    assert (tmp_path / SAMPLES).read_text().splitlines() == lines[:2]
