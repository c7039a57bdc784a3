"""What this library refuses, and how it ends.

AlignmentError
├── Refused             the caller gave something that cannot be used: exit code 2
│   ├── ConfigError         a field of a config
│   ├── RecordError         a row of preference records
│   ├── RecordRefused       a record that a chat template or a tokenizer does not take
│   ├── LoadingError        a base or a checkpoint
│   └── ReferenceMismatch   reference log-probs that are not those of the start checkpoint
├── SamplesRanDry       no sample of a rollout is left to learn from: the run ends, saved
├── TrainingFailed      training itself broke down, such as a loss that is not a number
└── Stopped             asked to stop, and saved what there was: exit code 143
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

EXIT_REFUSED = 2
EXIT_STOPPED = 143  # what a shell reports for SIGTERM
LONGEST_VALUE_SHOWN = 120


class AlignmentError(Exception):
    """Root of every error this library raises on purpose: one sentence, with field and value.

    The sentence is English. As a template with named places and the parts that go there, others
    can say it in another language.
    """

    def __init__(
        self,
        sentence: str = "",
        *,
        field: str | None = None,
        value: object = None,
        parts: Mapping[str, object] | None = None,
    ) -> None:
        self.template = sentence
        self.parts = {name: str(part) for name, part in (parts or {}).items()}
        self.message = sentence if parts is None else sentence.format(**self.parts)
        self.field = field
        self.value = value
        super().__init__(self.message)

    def as_json(self) -> str:
        """The error as one line, as it is written last to standard error."""
        body = {"error": self.message, "field": self.field, "value": _presentable(self.value)}
        if self.parts:
            body |= {"template": self.template, "parts": self.parts}
        return json.dumps(body, ensure_ascii=False)


class Refused(AlignmentError):
    """What was given cannot be used."""


def refusal_of_json(line: str) -> Refused:
    """The refusal that `as_json` wrote, as its root: which kind it was is not written down."""
    body = json.loads(line)
    sentence = body.get("template", body["error"])
    return Refused(sentence, field=body["field"], value=body["value"], parts=body.get("parts"))


class ConfigError(Refused):
    """A field of a config is unknown, of the wrong type or out of range."""

    def __init__(
        self,
        field: str,
        value: object,
        sentence: str,
        *,
        parts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence, field=field, value=value, parts=parts)


class RecordError(Refused):
    """A row of preference records cannot be read; rows count from 1."""

    def __init__(
        self,
        row: int,
        field: str | None,
        value: object,
        message: str,
        *,
        reason: str = "unreadable",  # as the records that a run leaves out are counted
    ) -> None:
        where = f"row {row}" if field is None else f"row {row}, field {field}"
        super().__init__(f"{where}: {message}", field=field, value=value)
        self.row = row
        self.reason = reason


class RecordRefused(Refused):
    """A record can be read, but not be written as its model would read it."""

    def __init__(self, reason: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence, **more)
        self.reason = reason


class LoadingError(Refused):
    """A base or a checkpoint cannot be loaded."""


class ReferenceMismatch(Refused):
    """The reference log-probs do not belong to the checkpoint that training starts from."""


class TrainingFailed(AlignmentError):
    """Training broke down and cannot go on."""


class SamplesRanDry(AlignmentError):
    """Whatever is sampled earns its prompt's other samples' reward: there is nothing to learn."""

    def __init__(self, values: dict[str, float]) -> None:
        super().__init__("no prompt has samples of different rewards")
        self.values = values  # of the last rollout, for the metrics


class Stopped(AlignmentError):
    """The run was asked to stop and has stopped."""


def as_written(value: object) -> str:
    """A wrong value inside a sentence: text in quotes, everything else as JSON writes it."""
    if isinstance(value, str | float):
        return repr(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _presentable(value: object) -> Any:
    """The value itself where JSON can hold it and it is short, else its beginning as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else as_written(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else text[:LONGEST_VALUE_SHOWN] + "…"
