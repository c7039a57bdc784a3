"""What the environment says of the organisation's own sign-in; checked before anything starts."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

ROLES = ("annotator", "reviewer", "lead")
Roles = dict[str, dict[str, dict[str, str]]]  # by claim, value and project


def issuer(environ: Mapping[str, str], name: str, needs: str) -> str:
    """The provider's name for itself, which is also where it is found; empty: there is none."""
    address = environ.get(name, "").strip()
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name}={address!r} is no issuer, as https://id.example.org is one."
        )
    if not environ.get(needs, "").strip():
        raise ImproperlyConfigured(f"{name} needs {needs}, too.")
    return address


def roles(environ: Mapping[str, str], name: str) -> Roles:
    """`{"groups": {"labelers": {"helpful": "annotator"}}}`: claim, value, project and role."""
    text = environ.get(name, "").strip()
    if not text:
        return {}
    try:
        mapped = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no JSON: {error}.") from error
    for claim, by_value in _pairs(name, mapped):
        for value, by_project in _pairs(f"{name}: {claim}", by_value):
            for project, role in _pairs(f"{name}: {claim}: {value}", by_project):
                if role not in ROLES:
                    raise ImproperlyConfigured(
                        f"{name}: {role!r}, for {project}, is none of {', '.join(ROLES)}."
                    )
    return dict(mapped)


def _pairs(where: str, given: object) -> list[tuple[str, object]]:
    if not isinstance(given, dict):
        raise ImproperlyConfigured(f"{where}: an object is needed, not {given!r}.")
    return list(given.items())
