"""Files that wait between two steps: looked at, with the choices made so far, then imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.imports.importing import plain_name, queue_import
from annotate.imports.preview import Preview, preview_of
from annotate.imports.words import Reading
from annotate.models import Annotator, ColumnMapping, Import, Project, Upload
from annotate.work.retention import discard_upload

WORDING = ("encoding", "delimiter", "quotes")
HOW = ("format", "wrong_rows", "recorded_use", "alike_pairs")
CHOICES = (*HOW, *WORDING, "columns")


def keep_upload(project: Project, annotator: Annotator, given: Mapping[str, Any]) -> Upload:
    """Keep a file to be looked at, with what was chosen beside it."""
    upload = Upload(
        project=project,
        uploaded_by=annotator,
        file_name=plain_name(given["file"].name),
        choices={name: given[name] for name in CHOICES if name in given},
    )
    upload.file.save(f"{upload.public_id}.data", given["file"], save=False)
    upload.save()
    return upload


def take_away(upload: Upload) -> None:
    """Delete the file without importing it."""
    discard_upload(upload)


@dataclass(frozen=True)
class Look:
    """What a file looks like, with the columns by which it was read, and where they come from."""

    preview: Preview
    columns: Mapping[str, str]
    kept_as: str = ""
    is_guess: bool = False


def look_at(upload: Upload) -> Look:
    """Read the first rows by the choices made so far.

    Where nobody has said what the columns are and no format is found, a mapping kept before is
    tried, and then a guess.
    """
    columns = upload.choices.get("columns") or {}
    seen = _preview(upload, columns)
    if columns or seen.pairs or not seen.columns:
        return Look(seen, columns)
    for kept in ColumnMapping.objects.filter(project=upload.project).order_by("name"):
        if set(kept.columns.values()) <= set(seen.columns):
            return Look(_preview(upload, kept.columns), kept.columns, kept_as=kept.name)
    guess = _preview(upload, seen.guess)
    return Look(guess, seen.guess, is_guess=True) if guess.pairs else Look(seen, {})


def _preview(upload: Upload, columns: Mapping[str, str]) -> Preview:
    with upload.file.open("rb") as file:
        return preview_of(
            upload.project,
            file,
            format=upload.choices.get("format", "auto"),
            recorded_use=upload.choices.get("recorded_use", "hold"),
            reading=Reading(_wording(upload), columns),
        )


def _wording(upload: Upload) -> dict[str, str]:
    return {name: upload.choices[name] for name in WORDING if upload.choices.get(name)}


def keep_choices(upload: Upload, given: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    """Keep what was chosen, and the columns under the name that was given for them."""
    upload.choices = {name: given[name] for name in (*HOW, *WORDING)} | {"columns": dict(columns)}
    Upload.objects.filter(pk=upload.pk).update(choices=upload.choices)  # which may be gone by now
    if columns and given.get("keep_as"):
        ColumnMapping.objects.update_or_create(
            project=upload.project, name=given["keep_as"], defaults={"columns": dict(columns)}
        )


def import_upload(upload: Upload, *, requested_by: Annotator) -> Import:
    """Have the file imported as was chosen, once: the import takes the upload's id.

    Raises: InvalidInput, and the file stays.
    """
    with upload.file.open("rb") as file:
        queued = queue_import(
            project=upload.project,
            requested_by=requested_by,
            file=file,
            file_name=upload.file_name,
            **{name: upload.choices[name] for name in HOW if name in upload.choices},
            reading=Reading(_wording(upload), upload.choices.get("columns") or {}),
            public_id=upload.public_id,
        )
    discard_upload(upload)
    return queued
