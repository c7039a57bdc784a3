"""Data sets of a hub by their ids: which files one has, and one of them fetched.

The addresses are those of the Hugging Face hub, which others serve too (ACCORD_HUB_URL).
"""

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote, urljoin

from django.conf import settings
from django.utils.translation import gettext as _

from annotate.endpoints.download import download
from annotate.errors import AccordError, InvalidInput

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
DATASET = re.compile(rf"(?:{NAME}/)?{NAME}")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
PREFIXES = ("datasets/", "hf://datasets/")
READ = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".xlsx")
PACKED = ("", ".gz", ".zip")
LONGEST_PATH = 500
MOST_LISTED = 8 * 2**20
MOST_PAGES = 50  # a hub has a thousand files in one
NEXT_PAGE = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
MOST_BYTES = 2**30
LIST_SECONDS, FETCH_SECONDS = 20.0, 3600.0
MAIN = "main"


class HubFailed(AccordError):
    code = "hub_failed"
    status = 502


@dataclass(frozen=True)
class HubFile:
    path: str
    n_bytes: int


def is_offered() -> bool:
    """Whether this installation names a hub."""
    return bool(settings.ACCORD_HUB_URL)


def dataset_named(text: str) -> str:
    """The id in what somebody typed or copied. Raises: InvalidInput."""
    name = text.strip().removeprefix(f"{_hub()}/").strip("/")
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    if not DATASET.fullmatch(name) or ".." in name:
        raise InvalidInput(
            _("A data set's id is like “owner/name”."), field="dataset", value=text[:120]
        )
    return name


def revision_named(text: str) -> str:
    """A branch, tag or commit. Raises: InvalidInput."""
    name = text.strip() or MAIN
    if not REVISION.fullmatch(name) or ".." in name:
        raise InvalidInput(
            _("A revision is the name of a branch, a tag or a commit."),
            field="revision",
            value=text[:120],
        )
    return name


def files_of(dataset: str, revision: str = MAIN) -> list[HubFile]:
    """The files of a data set that an import reads. Raises: InvalidInput, HubFailed."""
    name, at = dataset_named(dataset), revision_named(revision)
    url = f"{_hub()}/api/datasets/{name}/tree/{quote(at, safe='')}?recursive=true"
    try:
        found = [_file(entry) for entry in _listed(url, name)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise HubFailed(_("The hub's answer is not a list of files.")) from error
    return [file for file in found if file is not None]


def _listed(url: str, name: str) -> Iterator[Any]:
    """The entries of a list that may come in pages, all of them in the time and size of one."""
    ends_at, n_bytes = time.monotonic() + LIST_SECONDS, 0
    for _page in range(MOST_PAGES):
        body = io.BytesIO()
        answer = download(
            url,
            body,
            seconds=ends_at - time.monotonic(),
            most_bytes=MOST_LISTED - n_bytes,
        )
        _refuse(answer.status, name)
        n_bytes += body.tell()
        yield from json.loads(body.getvalue())
        following = NEXT_PAGE.search(answer.headers.get("link", ""))
        if following is None:
            return
        url = urljoin(answer.url, following[1])
    raise HubFailed(_("The server sends its callers on and on."))


def fetch(
    dataset: str,
    revision: str,
    path: str,
    into: IO[bytes],
    *,
    on_bytes: Callable[[int], None] = lambda _n: None,
) -> None:
    """Write one file of a data set. Raises: InvalidInput, HubFailed."""
    name, at = dataset_named(dataset), revision_named(revision)
    plain = quote(checked_path(path))
    url = f"{_hub()}/datasets/{name}/resolve/{quote(at, safe='')}/{plain}"
    answer = download(url, into, seconds=FETCH_SECONDS, most_bytes=MOST_BYTES, on_bytes=on_bytes)
    _refuse(answer.status, f"{name}/{path}")


def checked_path(path: str) -> str:
    """Raises: InvalidInput for what is no file within a data set that an import reads."""
    parts = path.split("/")
    if len(path) > LONGEST_PATH or not path.isprintable() or {"", ".", ".."} & set(parts):
        raise InvalidInput(_("This is no file of a data set."), field="path", value=path[:120])
    if not _is_read(path):
        raise InvalidInput(
            _("No import reads such a file. It reads: %(kinds)s.") % {"kinds": ", ".join(READ)},
            field="path",
            value=path[:120],
        )
    return path


def _hub() -> str:
    """Raises: InvalidInput where no hub is named."""
    if not is_offered():
        raise InvalidInput(_("This installation names no hub."), field="dataset")
    return str(settings.ACCORD_HUB_URL).rstrip("/")


def _file(entry: dict[str, Any]) -> HubFile | None:
    path = str(entry["path"])
    if entry.get("type") != "file" or not _is_read(path):
        return None
    size = (entry.get("lfs") or {}).get("size", entry.get("size"))
    return HubFile(path, size if isinstance(size, int) and size >= 0 else 0)


def _is_read(path: str) -> bool:
    return path.lower().endswith(tuple(kind + packed for kind in READ for packed in PACKED))


def _refuse(status: int, name: str) -> None:
    """Raises: HubFailed for an answer that is not what was asked for."""
    if status in (401, 403):
        raise HubFailed(
            _(
                "“%(name)s” is not there, or not for everybody. Download the file where you have "
                "access, and import it here."
            )
            % {"name": name}
        )
    if status == 404:
        raise HubFailed(_("The hub has no “%(name)s”.") % {"name": name})
    if status != 200:
        raise HubFailed(
            _("The hub refuses “%(name)s” (%(status)d).") % {"name": name, "status": status}
        )
