"""Commands beside training: what they give, and what they refuse without writing anything."""

import io
import json
import subprocess
import sys

import pytest
import torch

from alignment_core.__main__ import main
from alignment_core.data.records import read_records
from alignment_core.models.loading import load_policy
from tests.alignment_core.small_runs import ROOT, train_here, write_train_config

CPU = torch.device("cpu")


def refusal_of(capsys, *arguments):
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 2
    return json.loads(capsys.readouterr().err.strip().splitlines()[-1])


def said(capsys, *arguments):
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_inspect_says_what_a_run_would_learn_from_and_leaves_nothing(
    capsys, tmp_path, tiny_base, data_files
):
    flags = ["--model", tiny_base, "--data", data_files[0], "--max-length", 96]
    shown = said(capsys, "inspect", "dpo", *flags, "--eval-data", data_files[1])
    assert "training: 12 of 12 records are used" in shown
    assert "held out: 6 of 6 records are used" in shown
    assert "It is red, I am sure." in shown
    assert list(tmp_path.iterdir()) == []
    body = refusal_of(capsys, "inspect", "dpo", *flags, "--beta", -1)
    assert body["field"] == "beta"
    assert "did you mean --beta" in refusal_of(capsys, "inspect", "dpo", *flags, "--bet=1")["error"]


def test_convert_writes_pairs_as_records_and_says_what_is_left_out(capsys, tmp_path):
    rows = [
        {"prompt": "Why?", "completion": "Because.", "label": True, "score": 1},
        {"prompt": "Why?", "completion": "No.", "label": False},
        {"prompt": "Who?", "completion": "Me.", "label": True},
    ]
    data, output = tmp_path / "data.jsonl", tmp_path / "records.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = said(capsys, "convert", data, output)
    assert "1 records from 3 rows (trl_completion)" in shown
    assert "left out, demonstration: 1" in shown
    assert "field not used, score: in 1 rows" in shown
    (record,) = read_records(output)
    assert (record.chosen, record.rejected) == ("Because.", "No.")
    before = output.read_bytes()
    assert refusal_of(capsys, "convert", data, output)["field"] == "output"
    assert output.read_bytes() == before


def test_convert_reads_a_file_as_dataset_info_says(capsys, tmp_path):
    columns = {"prompt": "q", "chosen": "good", "rejected": "bad"}
    info, data = tmp_path / "info.json", tmp_path / "data.jsonl"
    info.write_text(json.dumps({"mine": {"file_name": "x", "ranking": True, "columns": columns}}))
    data.write_text(json.dumps({"q": "Why?", "good": "Because.", "bad": "No."}))
    flags = ["--dataset-info", info, "--dataset"]
    assert refusal_of(capsys, "convert", data, tmp_path / "a", *flags, "other")["value"] == "other"
    assert "1 records" in said(capsys, "convert", data, tmp_path / "b", *flags, "mine")
    (record,) = read_records(tmp_path / "b")
    assert (record.chosen, record.rejected) == ("Because.", "No.")


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"prompt": "a"}', b"\xff\xfe\xfd"])
def test_convert_writes_nothing_of_what_it_refuses(capsys, tmp_path, content):
    data = tmp_path / "data.jsonl"
    if content is not None:
        data.write_bytes(content)
    refusal_of(capsys, "convert", data, tmp_path / "records.jsonl")
    refusal_of(capsys, "convert", data, tmp_path / "nowhere" / "records.jsonl")
    assert {path.name for path in tmp_path.iterdir()} <= {"data.jsonl"}


def test_merge_writes_what_the_adapter_and_its_base_are_together(
    capsys, tmp_path, tiny_base, data_files
):
    run = train_here(
        write_train_config(
            tmp_path / "run", method="sft", base=tiny_base, data_files=data_files, lora_rank=2
        )
    )
    adapter, output = run / "final" / "adapter", tmp_path / "merged"
    assert str(output) in said(capsys, "merge", adapter, output)
    ids = torch.arange(10)[None]
    with torch.no_grad():
        merged, expected = (
            load_policy(path, device=CPU)(ids).logits for path in (output, run / "final")
        )
    torch.testing.assert_close(merged, expected)
    assert refusal_of(capsys, "merge", adapter, output)["field"] == "output"
    assert refusal_of(capsys, "merge", tiny_base, tmp_path / "x")["field"] == "model"
    assert not (tmp_path / "x").exists()


class FakeHub:
    calls: list = []

    def create_repo(self, name, **options):
        self.calls.append((name, options))

    def upload_folder(self, *, repo_id, folder_path):
        self.calls.append((repo_id, folder_path))
        return f"https://hub.example/{repo_id}"


def test_push_copies_to_a_directory_or_uploads_to_the_hub(capsys, tmp_path, tiny_base, monkeypatch):
    target = tmp_path / "copy"
    said(capsys, "push", tiny_base, target)
    weights = "model.safetensors"
    assert (target / weights).read_bytes() == (tiny_base / weights).read_bytes()
    assert refusal_of(capsys, "push", tiny_base, target)["field"] == "to"
    assert refusal_of(capsys, "push", tmp_path, tmp_path / "y")["field"] == "base"
    assert refusal_of(capsys, "push", tiny_base, "no hub id")["field"] == "to"
    monkeypatch.setattr("huggingface_hub.HfApi", FakeHub)
    monkeypatch.setattr(FakeHub, "calls", [])
    assert "https://hub.example/me/mine" in said(capsys, "push", tiny_base, "me/mine")
    options = {"private": True, "exist_ok": True}
    assert FakeHub.calls == [("me/mine", options), ("me/mine", str(tiny_base))]

    def fail(self, name, **options):
        raise OSError("nobody is signed in")

    monkeypatch.setattr(FakeHub, "create_repo", fail)
    assert "nobody is signed in" in refusal_of(capsys, "push", tiny_base, "me/mine")["error"]


def test_chat_answers_each_line_with_all_that_was_said_before(capsys, tiny_base, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Which colour?\n\nSure?\n"))
    seen = []

    def sampled(policy, encoder, prompts, config, **_):
        seen.append([message["content"] for message in prompts[0].messages])
        yield type("Sample", (), {"text": f"answer {len(seen)}"})

    monkeypatch.setattr("alignment_core.tasks.chatting.sample_completions", sampled)
    assert said(capsys, "chat", tiny_base, "--system=Be short.") == "answer 1\nanswer 2\n"
    assert seen[1] == ["Be short.", "Which colour?\n", "answer 1", "Sure?\n"]


def test_chat_samples_from_the_model(capsys, tiny_base, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Which colour?\n"))
    assert said(capsys, "chat", tiny_base, "--max-new-tokens=3").endswith("\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("thing " * 300))
    assert "longer than" in refusal_of(capsys, "chat", tiny_base)["error"]


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_chat_refuses_what_is_no_text(capsys, tiny_base, monkeypatch, errors):
    typed = io.TextIOWrapper(io.BytesIO(b"Hello\n\xff\xfe\n"), encoding="utf-8", errors=errors)
    monkeypatch.setattr("sys.stdin", typed)
    body = refusal_of(capsys, "chat", tiny_base, "--max-new-tokens=2")
    assert (body["field"], "UTF-8" in body["error"]) == ("messages", True)
    monkeypatch.setattr("sys.stdin", io.StringIO("Hello"))
    body = refusal_of(capsys, "chat", tiny_base, "--system=\udcff")
    assert body["field"] == "system"


def test_whoever_reads_no_further_ends_a_command_without_a_traceback(tmp_path):
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(json.dumps({"prompt": "a", "chosen": "b", "rejected": "c"}))
    command = [sys.executable, "-m", "alignment_core", "convert", pairs, tmp_path / "out.jsonl"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141
    assert (tmp_path / "out.jsonl").exists()


def test_a_name_that_no_terminal_can_show_is_shown_in_escapes(capsys, tmp_path):
    row = {"prompt": "a", "chosen": "b", "rejected": "c", "\ud800": 1}
    (tmp_path / "odd.jsonl").write_text(json.dumps(row))
    assert "\\ud800" in said(capsys, "convert", tmp_path / "odd.jsonl", tmp_path / "out.jsonl")
