"""A new run directory from what a person gives, in flags or in a call; light."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment_core.configs import method_config, method_named, settings_of
from alignment_core.errors import ConfigError, Refused
from alignment_core.runs.run_directory import ask_for_run, saved_steps
from alignment_core.tasks.requests import SCHEMA, evaluate_request


def write_train_run(
    method: str,
    *,
    model: str,
    data: Path,
    output: Path,
    eval_data: Path | None,
    resume: bool,
    reference_cache: Path | None,
    settings: Mapping[str, Any],
    to_resume: str,
) -> Path:
    """Write down the training run that is asked for, and return the directory to start it by.

    Args:
        resume: go on from the newest checkpoint in `output`, if there is one.
        to_resume: what whoever called this can do to go on with a run, as they would say it.
    Raises: ConfigError for a setting; Refused if the directory holds another run already.
    """
    plain = settings_of(method_config(method, settings))
    for reward in plain.get("rewards", []):
        if "path" in reward:  # a run may go on from another directory
            reward["path"] = _as_base(reward["path"])
    output = output.absolute()
    saved = saved_steps(output / "checkpoints")
    if (output / "config.json").exists() and not resume:
        raise Refused(
            f"{output} holds a run already; {to_resume} to go on with it",
            field="output",
            value=str(output),
        )
    if (output / "final").exists() and not saved:  # to begin anew would end in its place
        raise Refused(
            f"{output} holds a finished run and no checkpoint to go on from; give another "
            "directory to train anew",
            field="output",
            value=str(output),
        )
    body = {
        "schema": SCHEMA,
        "task": "train",
        "method": method,
        "base": _as_base(model),
        "base_digest": None,
        "train_data": str(data.absolute()),
        "eval_data": None if eval_data is None else str(eval_data.absolute()),
        "resume": str(saved[-1]) if resume and saved else None,
        "settings": plain,
        "lineage": {},
        "allow_code": True,  # whoever types a command or calls this can run any code already
    }
    if reference_cache is not None:
        if not method_named(method).stores_reference:
            raise ConfigError(
                "reference_cache", str(reference_cache), f"{method} stores no reference to share"
            )
        body["reference_cache"] = str(reference_cache.expanduser().absolute())
    return ask_for_run(output, body)


def write_evaluate_run(
    *,
    models: Mapping[str, str | None],
    data: Path,
    output: Path,
    safety_prompts: Path | None,
    language: str | None,
    settings: Mapping[str, Any],
) -> Path:
    """Write down the evaluation that is asked for, and return the directory to start it by.

    Args:
        models: `checkpoint`, `reference`, `reward_model` and `against`; all but the first may be
            None.
    Raises: ConfigError for a setting; Refused if the directory holds another run already.
    """
    output = output.absolute()
    if (output / "config.json").exists():
        raise Refused(f"{output} holds a run already", field="output", value=str(output))
    body = {
        "schema": SCHEMA,
        "task": "evaluate",
        **{name: None if model is None else _as_base(model) for name, model in models.items()},
        "data": str(data.absolute()),
        "safety_prompts": None if safety_prompts is None else str(safety_prompts.absolute()),
        "language": language,
        "settings": dict(settings),
    }
    evaluate_request(body)  # refused before anything is written
    return ask_for_run(output, body)


def _as_base(model: str) -> str:
    path = Path(model).expanduser()
    return str(path.absolute()) if path.is_dir() else model
