"""`--config run.yaml`: the flags of a command from a file, which flags of its own override."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment_core.errors import Refused
from alignment_core.files import cannot_read, text_of

Suggest = Callable[[str], Sequence[str]]


def flags_of_file(path: Path, *, flags: Mapping[str, type | None], suggest: Suggest) -> list[str]:
    """The entries of a YAML or JSON file as flags, to be read before those that were typed.

    Args:
        flags: those that the command has, each with bool where it takes no value of its own, and
            list where it takes JSON.
        suggest: the flags that a wrong one may stand for.
    Raises: Refused if the file cannot be read, for an entry that is no flag, and for one that is
        there twice.
    """
    given: list[str] = []
    for name, value in _entries(path).items():
        flag = "--" + name.replace("_", "-")
        if flag not in flags or flag == "--config":
            meant = " or ".join(one.removeprefix("--") for one in suggest(flag))
            ask = f"; did you mean {meant}?" if meant else ""
            raise Refused(f"{path}: {name} is not known here{ask}", field=name, value=_shown(value))
        given += _as_flags(path, flag, value, flags)
    return given


def _entries(path: Path) -> dict[str, Any]:
    import yaml  # comes with what trains; the light installation has no use for it

    text = text_of(path, field="config")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        body = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise cannot_read(path, ValueError(why), field="config") from error
    if not isinstance(body, dict) or not isinstance(node, yaml.MappingNode):
        raise cannot_read(path, ValueError("it is not a list of settings"), field="config")
    names = [key.value for key, _ in node.value]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise Refused(f"{path}: {name} is there twice", field=str(name))
    return {str(name): value for name, value in body.items()}


def _as_flags(path: Path, flag: str, value: Any, flags: Mapping[str, type | None]) -> list[str]:
    kind = flags[flag]
    if value is None:
        return []
    if kind is bool:
        if not isinstance(value, bool):
            name = flag.removeprefix("--").replace("-", "_")
            raise Refused(
                f"{path}: {name} must be true or false, not {value!r}",
                field=name,
                value=_shown(value),
            )
        no = "--no-" + flag.removeprefix("--")
        return [flag] if value else [no] if no in flags else []
    if kind is not list and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [f"{flag}={','.join(value)}"]
    return [f"{flag}={value if isinstance(value, str) else json.dumps(value, default=str)}"]


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
