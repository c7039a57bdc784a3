"""What `--resume` may change and what it refuses, for every setting of every method."""

import json

import pytest

from alignment_core.configs import METHODS, method_config, options_of
from alignment_core.errors import ConfigError, Refused
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import RunDirectory, forget_asked, saved_steps
from alignment_core.tasks.new_runs import write_train_run
from alignment_core.tasks.requests import read_request, train_request
from alignment_core.tasks.resuming import FREE_ON_RESUME
from alignment_core.tasks.train import TrainTask
from tests.alignment_core.rollout_runs import METHOD_SETTINGS, SAME, rollout_settings
from tests.alignment_core.small_runs import SETTINGS, metrics_of
from tests.alignment_core.tasks.test_refusals import files_in

OTHERWISE = {  # what is watched and kept
    "max_unusable": 0.5,
    "save_every_seconds": 1e5,
    "keep_checkpoints": 1,
    "final_dtype": "bfloat16",
    "eval_every_steps": 1,
    "n_sample_prompts": 0,
    "sample_tokens": 2,
    "kl_budget": 1.0,
}
TEXTS = ("2020-02-29", "q_proj", "none")  # of settings that are any text


def settings_for(method):
    own = rollout_settings(method) if method in METHOD_SETTINGS else {}
    return {**SETTINGS, **own, "save_every_seconds": 0.0, "keep_checkpoints": 9, "epochs": 1}


@pytest.fixture(scope="module")
def asks(tiny_base, data_files):
    """Writes down a run of a method, with these settings otherwise."""

    def ask(method, output, *, resume=True, **changed):
        return write_train_run(
            method,
            model=str(tiny_base),
            data=data_files[0],
            output=output,
            eval_data=data_files[1],
            resume=resume,
            reference_cache=None,
            settings={**settings_for(method), **changed},
            to_resume="go on",
        )

    return ask


@pytest.fixture(scope="module", params=METHODS)
def method(request):
    return request.param


@pytest.fixture(scope="module")
def finished(asks, method, tmp_path_factory):
    return trained(asks, method, tmp_path_factory.mktemp("finished") / "run")


def trained(asks, method, output):
    start(asks(method, output, resume=False))
    return output


def start(asked):
    """Here, whatever number of processes it asks for; a refusal comes before they matter."""
    try:
        request = train_request(read_request(asked / "config.json", task="train"))
        TrainTask(request, RunDirectory(asked), Stopper()).run()
    finally:
        forget_asked(asked)


def another(entry, given):
    """A value in range that is not the one that was given."""
    if entry.parse is not None:
        return [{"kind": "regex", "pattern": "a"}, SAME]
    if entry.type is bool:
        return not given
    candidates = entry.choices or TEXTS
    if entry.type in (int, float):
        near = [given + 1, given - 1, given / 2, 2 * given, 0.25, 0.5]
        candidates = [entry.type(value) for value in near]
    for value in candidates:
        try:
            if entry.checked(value) != given:
                return value
        except ConfigError:
            continue
    raise AssertionError(f"no other {entry.name} than {given!r}")


def test_a_setting_of_what_is_learnt_or_measured_is_refused_by_name_and_nothing_changes(
    method, asks, finished
):
    before = files_in(finished)
    config = method_config(method, settings_for(method))
    n_named = 0
    for entry in options_of(type(config)):
        if entry.name in FREE_ON_RESUME:
            continue
        changed = {entry.name: another(entry, getattr(config, entry.name))}
        with pytest.raises(Refused) as refusal:
            start(asks(method, finished, **changed))
            pytest.fail(f"went on with {changed}")
        is_named = refusal.value.field == entry.name
        n_named += is_named
        assert is_named or isinstance(refusal.value, ConfigError), changed  # not with the others
        assert files_in(finished) == before, changed
    assert n_named > 15


def test_a_setting_of_what_is_watched_and_kept_may_change_and_nothing_else_does(
    method, asks, finished, tmp_path
):
    known = {entry.name for entry in options_of(METHODS[method].config)}
    assert OTHERWISE.keys() | {"report_to"} == FREE_ON_RESUME
    checkpoints = saved_steps(finished / "checkpoints")
    asked = asks(method, tmp_path / "run", **{k: v for k, v in OTHERWISE.items() if k in known})
    body = json.loads((asked / "config.json").read_text())
    (asked / "config.json").write_text(json.dumps({**body, "resume": str(checkpoints[0])}))
    start(asked)
    (last,) = saved_steps(tmp_path / "run" / "checkpoints")
    assert last.name == checkpoints[-1].name
    for file in ("model.safetensors", "optimizer.safetensors", "extra.safetensors"):
        assert (last / file).read_bytes() == (checkpoints[-1] / file).read_bytes()
    assert metrics_of(tmp_path / "run", "train") == metrics_of(finished, "train")


def test_a_checkpoint_with_a_setting_that_nobody_knows_is_refused(asks, tmp_path):
    run = trained(asks, "sft", tmp_path / "run")
    file = saved_steps(run / "checkpoints")[-1] / "trainer.json"
    state = json.loads(file.read_text())
    state["settings"]["of_tomorrow"] = 3
    file.write_text(json.dumps(state))
    with pytest.raises(Refused, match="trained with of_tomorrow 3, a setting that is not known"):
        start(asks("sft", run))


def test_a_finished_run_without_a_checkpoint_is_not_begun_anew_in_its_place(asks, tmp_path):
    (tmp_path / "final").mkdir()
    (tmp_path / "final" / "model.safetensors").write_bytes(b"hours of work")
    (tmp_path / "config.json").write_text("{}")
    before = files_in(tmp_path)
    with pytest.raises(Refused, match="a finished run and no checkpoint to go on from"):
        asks("sft", tmp_path)
    assert files_in(tmp_path) == before
