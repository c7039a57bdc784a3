"""A file from a server outside, written as it comes; a few redirects are followed.

Each of them is a connection of its own, checked like the first: stores of files hand their readers
on to other hosts.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin

from django.utils.translation import gettext as _

from annotate.endpoints.address_guard import Resolver
from annotate.endpoints.guarded_http import NotReached, opened, split_url

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Downloaded:
    """What came with the body; header names are in small letters."""

    status: int
    url: str  # after all redirects
    headers: Mapping[str, str]


def download(
    url: str,
    into: IO[bytes],
    *,
    seconds: float,
    most_bytes: int,
    on_bytes: Callable[[int], None] = lambda _n: None,
    resolver: Resolver | None = None,
) -> Downloaded:
    """The last answer, whose body is in the file. `on_bytes` hears how much is there.

    Raises: as `exchange`.
    """
    ends_at = time.monotonic() + seconds
    for _redirect in range(MOST_REDIRECTS + 1):
        with opened(
            "GET",
            split_url(url, may_have_query=True),
            headers={"Accept": "*/*"},
            body=b"",
            seconds=max(1.0, ends_at - time.monotonic()),
            most_bytes=most_bytes,
            resolver=resolver,
        ) as answer:
            location = answer.headers.get("location", "")
            if answer.status in REDIRECTS and location:
                url = urljoin(url, location)
                continue
            for chunk in answer.chunks:
                into.write(chunk)
                on_bytes(into.tell())
            return Downloaded(answer.status, url, answer.headers)
    raise NotReached(_("The server sends its callers on and on."))
