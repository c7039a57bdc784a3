"""The formats that data leaves in: a module for each. Page, API, command and documents ask here.

Rows name annotators by pseudonym and completions by text; they are in the order of their public
ids.
"""

from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.text import format_lazy

from annotate.exports.containers import Container
from annotate.exports.export_format import ExportFormat
from annotate.exports.formats import (
    argilla,
    hh,
    judgements,
    kto,
    label_studio,
    llama_factory,
    openai,
    preferences,
    rankings,
    reward_model,
    sft,
    together,
    trl,
    trl_implicit,
    trl_unpaired,
    ultrafeedback,
)

FORMATS: tuple[ExportFormat, ...] = (
    judgements.FORMAT,
    preferences.FORMAT,
    rankings.FORMAT,
    trl.FORMAT,
    trl_implicit.FORMAT,
    trl_unpaired.FORMAT,
    kto.FORMAT,
    sft.FORMAT,
    reward_model.FORMAT,
    openai.FORMAT,
    together.FORMAT,
    llama_factory.FORMAT,
    ultrafeedback.FORMAT,
    hh.FORMAT,
    argilla.FORMAT,
    label_studio.FORMAT,
)


@dataclass(frozen=True)
class FileFormat:
    """A format in one of its containers: what somebody asks for, such as `trl_jsonl`."""

    format: ExportFormat
    container: Container

    @property
    def name(self) -> str:
        return f"{self.format.name}_{self.container.name}"

    @cached_property
    def label(self) -> Promise:
        return format_lazy("{} · {}", self.format.label, self.container.label)

    @property
    def extension(self) -> str:
        return self.container.extension


EXPORT_FORMATS = {
    entry.name: entry
    for entry in (
        FileFormat(format, container) for format in FORMATS for container in format.containers
    )
}


def export_choices() -> list[tuple[str | Promise, list[tuple[str, str]]]]:
    """For a list to choose from: the containers under their format."""
    return [
        (
            format.label,
            [
                (f"{format.name}_{one.name}", f"{format.label} · {one.label}")
                for one in format.containers
            ],
        )
        for format in FORMATS
    ]
