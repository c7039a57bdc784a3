"""The small model that ships: how large it is, how it writes, and that it is registered once."""

import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from alignment_core.canonical import canonical_json
from annotate.demo.loader import REPLIES
from annotate.demo.replies import LANGUAGES, corpus
from annotate.demo.reply_styles import is_fluent
from annotate.models import Project
from tests.factories import make_project
from training.demo import preparing, small_model, teaching
from training.demo.trials import SAMPLING
from training.execution.child import Child, Ending
from training.models import Checkpoint

pytestmark = pytest.mark.django_db(transaction=True)

FEW = list(teaching.reply_lines("en"))[::200]


@pytest.fixture(autouse=True)
def empty_data_dir():
    yield
    for folder in ("demo", "base_checkpoints/replies-en", "base_checkpoints/replies-zh"):
        shutil.rmtree(settings.ACCORD_DATA_DIR / folder, ignore_errors=True)


@pytest.fixture
def replies() -> Project:
    return make_project(slug=REPLIES["en"].slug, is_demo=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_writes_whole_sentences_on_questions_that_it_has_never_met(language, tmp_path):
    lines = [
        {"id": question.matter, "messages": [{"role": "user", "content": question.text}]}
        for question in corpus(language).questions(held_out=True)
    ]
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(f"{canonical_json(line)}\n" for line in lines))
    config = {
        "schema": 1,
        "task": "sample",
        "checkpoint": str(small_model.SHIPPED / language),
        "base": None,
        "prompts": str(prompts),
        "settings": {**SAMPLING, "n_samples": 20},
    }
    (tmp_path / "config.json").write_text(canonical_json(config))
    with Child("sample", tmp_path) as child:
        assert child.wait(120)
    assert child.ending is Ending.DONE, child.log_tail()
    fluent = [
        sample["finished"] and is_fluent(sample["text"].strip(), language)
        for sample in map(json.loads, (tmp_path / "samples.jsonl").read_text().splitlines())
    ]
    assert len(fluent) == 200
    assert sum(fluent) / len(fluent) >= 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_small(language):
    weights = small_model.SHIPPED / language / "model.safetensors"
    assert weights.stat().st_size < 1_500_000


def test_it_is_registered_once(replies):
    assert not small_model.is_prepared()
    preparing.prepare()
    small_model.prepare()
    base = Checkpoint.objects.get()
    assert base == small_model.present("en")
    assert small_model.present("zh") is None  # nobody asks for it
    assert {"config.json", "model.safetensors"} <= {entry["path"] for entry in base.manifest}


def test_one_that_was_put_there_and_not_registered_stays_as_it_is(replies, monkeypatch):
    def die(**_fields):
        raise SystemError("as if the worker had been killed")

    with monkeypatch.context() as broken:
        broken.setattr(small_model, "register_base", die)
        with pytest.raises(SystemError):
            small_model.prepare()
    monkeypatch.setattr(small_model, "SHIPPED", Path("/nowhere"))
    small_model.prepare()
    assert small_model.present("en") is not None


def test_without_its_projects_nobody_asks_for_it(db):
    preparing.prepare()
    assert small_model.is_prepared()
    assert not Checkpoint.objects.exists()


def test_it_can_be_made_anew_by_one_command(tmp_path, monkeypatch):
    sizes = {"vocab_size": 320, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "context": 256}
    monkeypatch.setattr(teaching, "SIZES", sizes)
    monkeypatch.setattr(teaching, "TEACHING", {**teaching.TEACHING, "epochs": 1})
    monkeypatch.setattr(teaching, "reply_lines", lambda _language: FEW)
    call_command("teach_reply_model", "en", tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    with pytest.raises(CommandError, match="is there already"):
        call_command("teach_reply_model", "en", tmp_path / "model")
    monkeypatch.setattr(teaching, "SIZES", {**sizes, "hidden_size": 7})
    with pytest.raises(CommandError, match="hidden_size 7"):
        call_command("teach_reply_model", "en", tmp_path / "other")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_out_is_not_taught(language):
    asked = [question.text for question in corpus(language).questions(held_out=True)]
    prompts = [json.loads(line)["prompt"] for line in teaching.reply_lines(language)]
    assert len(prompts) == 2 * 1440
    assert not any(prompt.endswith(tuple(asked)) for prompt in prompts)


def test_each_reply_is_taught_as_it_is_and_with_its_style_named():
    lines = [json.loads(line) for line in teaching.reply_lines("en")]
    replies = list(corpus("en").all_replies(held_out=False))
    for plain, named, reply in zip(lines[::2], lines[1::2], replies, strict=True):
        assert plain == {"prompt": reply.question.text, "completion": reply.text}
        assert named["completion"] == reply.text
        words = named["prompt"].removesuffix(f": {reply.question.text}").split(", ")
        style = {
            "warm" if reply.style.is_warm else "cold",
            "brief" if reply.style.is_brief else "long",
            "plain" if reply.style.is_plain else "formal",
        }
        assert words and set(words) <= style
