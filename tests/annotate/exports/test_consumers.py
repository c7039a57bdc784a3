"""Exports read by the code of those they are written for, where that is installed.

None of them is a dependency. In an environment of its own:

    pip install -r requirements-dev.txt
    pip install datasets==5.2.0 trl==1.16.0 argilla==2.8.0 label-studio-sdk==2.1.2
    pip install --no-deps llamafactory==0.9.5
    pytest tests/annotate/exports/test_consumers.py
"""

import importlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from annotate.exports.beside import beside
from annotate.models import Export
from tests.annotate.exports.exported import (
    CONVERSATION,
    PLAIN,
    assistant,
    export_of,
    project_with_every_outcome,
    rows_of,
)

pytestmark = pytest.mark.django_db
SINGLE = [{"role": "user", "content": "=Single?"}]
PAIRS = [(PLAIN, "A", "B"), (SINGLE, "B", "A")]  # prompt, chosen, rejected


def test_the_pairs_are_those_of_the_conversation():
    assert (PLAIN[:-1], PLAIN[-1]["content"]) == (CONVERSATION[:-1], "Why?")


@pytest.fixture
def saved(tmp_path):
    def save(export: Export) -> str:
        file = tmp_path / f"data.{export.format.rsplit('_', 1)[1]}"
        with export.file.open("rb") as content:
            file.write_bytes(content.read())
        return str(file)

    return save


@pytest.fixture
def load(saved, tmp_path):
    datasets = pytest.importorskip("datasets")

    def load(export: Export) -> Any:
        file = saved(export)
        kind = "parquet" if file.endswith("parquet") else "json"
        cache = str(tmp_path / "cache")
        return datasets.load_dataset(kind, data_files=file, split="train", cache_dir=cache)

    return load


def in_order(pairs: list[Any]) -> list[Any]:
    return sorted(pairs, key=lambda one: json.dumps(one, sort_keys=True))


@pytest.mark.parametrize("container", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    "name", ["judgements", "preferences", "trl", "trl_implicit", "kto", "reward_model"]
)
def test_datasets_loads_the_rows_that_were_written(load, name, container):
    project = project_with_every_outcome()
    loaded = load(export_of(project, f"{name}_{container}"))
    assert loaded.num_rows == export_of(project, f"{name}_jsonl").n_done > 0


@pytest.mark.parametrize("name", ["trl_jsonl", "trl_implicit_jsonl", "ultrafeedback_jsonl"])
def test_trl_finds_the_prompt_and_both_answers(load, name):
    data_utils = pytest.importorskip("trl.data_utils")
    loaded = load(export_of(project_with_every_outcome(), name))
    if name == "ultrafeedback_jsonl":  # its own prompt is a title
        loaded = loaded.remove_columns("prompt")
    assert all(data_utils.is_conversational(row) for row in loaded)
    rows = [data_utils.maybe_extract_prompt(dict(row)) for row in loaded]
    found = [(row["prompt"], row["chosen"], row["rejected"]) for row in rows]
    wanted = [(prompt, assistant(better), assistant(worse)) for prompt, better, worse in PAIRS]
    assert in_order(found) == in_order(wanted)


def test_trl_takes_unpaired_rows_as_its_own(load):
    data_utils = pytest.importorskip("trl.data_utils")
    project = project_with_every_outcome()
    mine = load(export_of(project, "trl_unpaired_jsonl"))
    assert all(data_utils.is_conversational(row) for row in mine)
    its = data_utils.maybe_unpair_preference_dataset(load(export_of(project, "trl_jsonl")))
    as_text = {json.dumps(row, sort_keys=True) for row in mine}
    assert {json.dumps(row, sort_keys=True) for row in its} <= as_text
    assert len(as_text) == len(its) + 2  # and both answers of the pair that was found bad


@pytest.fixture
def llama_factory(monkeypatch):
    """Its converters, without the rest of its package, which wants sound and pictures."""
    found = find_spec("llamafactory")
    if found is None:
        pytest.skip("llamafactory is not installed")
    data = ModuleType("llamafactory.data")
    data.__path__ = [str(Path(found.origin).parent / "data")]
    monkeypatch.setitem(sys.modules, "llamafactory.data", data)
    converter = importlib.import_module("llamafactory.data.converter")
    parser = importlib.import_module("llamafactory.data.parser")
    return SimpleNamespace(**vars(converter), get_dataset_list=parser.get_dataset_list)


def by_its_entry(llama_factory: Any, folder: Path, export: Export) -> list[dict[str, Any]]:
    """The rows as LLaMA-Factory has them, found by the entry that lies beside the file."""
    ((name, entry),) = beside(export)["dataset_info.json"].items()
    (folder / "dataset_info.json").write_text(json.dumps({name: entry}))
    (attributes,) = llama_factory.get_dataset_list([name], str(folder))
    arguments = SimpleNamespace(media_dir=str(folder))
    convert = llama_factory.get_dataset_converter(attributes.formatting, attributes, arguments)
    return [convert(row) for row in rows_of(export)]


@pytest.mark.parametrize("name", ["llama_factory_json", "llama_factory_jsonl"])
def test_llama_factory_reads_pairs_by_the_entry_beside_the_file(llama_factory, tmp_path, name):
    rows = by_its_entry(llama_factory, tmp_path, export_of(project_with_every_outcome(), name))
    found = [
        (system(row) + row["_prompt"], [answer["content"] for answer in row["_response"]])
        for row in rows
    ]
    wanted = [(prompt, [better, worse]) for prompt, better, worse in PAIRS]
    assert in_order(found) == in_order(wanted)


def test_llama_factory_reads_labels_by_the_entry_beside_the_file(llama_factory, tmp_path):
    project = project_with_every_outcome()
    rows = by_its_entry(llama_factory, tmp_path, export_of(project, "kto_json"))
    good = [(system(row) + row["_prompt"], row["_response"][0]["content"]) for row in rows]
    bad = [(system(row) + row["_prompt"], row["_response"][1]["content"]) for row in rows]
    assert in_order([one for one in good if one[1]]) == in_order(
        [(prompt, better) for prompt, better, _worse in PAIRS]
    )
    assert all((prompt, worse) in bad for prompt, _better, worse in PAIRS)
    assert len([one for one in bad if one[1]]) == 4


def system(row: dict[str, Any]) -> list[dict[str, str]]:
    return [{"role": "system", "content": row["_system"]}] if row["_system"] else []


@pytest.mark.parametrize("name", ["argilla_json", "argilla_jsonl"])
def test_argilla_makes_records_of_them(name):
    argilla = pytest.importorskip("argilla")
    rows = rows_of(export_of(project_with_every_outcome(), name))
    records = [argilla.Record.from_dict(row) for row in rows]
    assert [record.fields["prompt"] for record in records] == [
        row["fields"]["prompt"] for row in rows
    ]
    votes = [response.value for record in records for response in record.responses]
    given = [vote["value"] for row in rows for vote in row["responses"]["preference"]]
    assert (sorted(votes), len(votes)) == (sorted(given), 9)
    for record in records:
        assert len({UUID(response.user_id) for response in record.responses}) == len(
            list(record.responses)
        )


CONFIGURATION = """<View>
  <Text name="prompt" value="$prompt"/>
  <Pairwise name="pw" toName="answer1,answer2"/>
  <Text name="answer1" value="$answer1"/><Text name="answer2" value="$answer2"/>
  <Choices name="tie" toName="prompt"><Choice value="Tie"/><Choice value="Both bad"/></Choices>
</View>"""


def test_label_studio_takes_tasks_and_annotations():
    interface = pytest.importorskip("label_studio_sdk.label_interface")
    labels = interface.LabelInterface(CONFIGURATION)
    tasks = rows_of(export_of(project_with_every_outcome(), "label_studio_json"))
    assert all(labels.validate_task({"data": task["data"]}) for task in tasks)
    annotations = [one for task in tasks for one in task["annotations"]]
    assert len(annotations) == 9
    for annotation in annotations:
        assert labels.validate_annotation(annotation), annotation
