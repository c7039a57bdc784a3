"""A training run as a command of the library and as a request to the API, without any secret."""

import json
import shlex

from alignment_core.configs import METHODS
from alignment_core.configs.options import options_of
from training.models import Run, RunKind


def as_command(run: Run, *, shows_paths: bool) -> str:
    """What trains the same with the library alone, on the snapshot's two files.

    Args:
        shows_paths: whether the reader may see where the base lies on this machine.
    """
    if run.kind != RunKind.TRAIN or run.base is None:
        return ""
    flags = {
        "--model": run.base.folder if shows_paths else run.base.name,
        "--data": "train.jsonl",
        "--eval-data": "eval.jsonl",
        "--output": f"runs/{run.public_id}",
    }
    given = [f"{flag} {shlex.quote(value)}" for flag, value in flags.items()]
    given += [_flag(name, value) for name, value in _chosen(run).items()]
    return " \\\n  ".join([f"accord-align {run.method}", *given])


def as_curl(run: Run, *, address: str) -> str:
    """The request that queues the same run again; the token stays in the shell's variable.

    Args:
        address: of the runs in the API.
    """
    if run.kind != RunKind.TRAIN or run.snapshot is None:
        return ""
    body = {
        "kind": run.kind,
        "method": run.method,
        "snapshot": str(run.snapshot.public_id),
        "settings": _chosen(run),
    }
    if run.after is not None:
        body["after"] = str(run.after.public_id)
    elif run.base is not None:
        body["base"] = str(run.base.public_id)
    parts = [
        'curl -H "Authorization: Token $ACCORD_TOKEN"',
        "-H 'Content-Type: application/json'",
        shlex.quote(address),
        f"-d {shlex.quote(json.dumps(body, ensure_ascii=False, indent=2))}",
    ]
    return " \\\n  ".join(parts)


def _chosen(run: Run) -> dict[str, object]:
    """The settings that are not what the method takes by itself."""
    options = {entry.name: entry for entry in options_of(METHODS[run.method].config)}
    return {
        name: value
        for name, value in run.settings.items()
        if name in options
        and value not in (options[name].default, options[name].plain(options[name].default))
    }


def _flag(name: str, value: object) -> str:
    flag = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return flag if value else "--no-" + flag.removeprefix("--")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{flag}={shlex.quote(text)}"
