"""What an annotator sends about a comparison, checked before anything is written."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.models import Verdict
from annotate.text.free_text import refuse_unstorable

LONGEST_KEY = 64
LONGEST_NOTE = 10_000  # characters
LONGEST_EDIT = 200_000
MOST_PARTS = 50  # criteria, or reasons
GREATEST_STRENGTH = 3
MOST_SECONDS = 7 * 24 * 3600.0  # a tab left open over a holiday is not a mistake of theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was chosen on the screen, with all that may come with it."""

    side: str = ""  # left, right, tie or both_bad; which verdict that is, the lease says
    ranks: Sequence[int] | None = None  # of the answers as they stand on the screen, 1 the best
    strength: int | None = None
    criteria: Mapping[str, Any] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    note: str = ""
    acceptable: Mapping[str, bool] | None = None  # by side, as the criteria are
    edited_text: str = ""
    seconds: float | None = None

    def check(self) -> None:
        """Raises: InvalidInput, with the field at fault. `verdict_from_side` checks the side."""
        self._check_numbers()
        self._check_parts()
        _check_text(self.note, field="note", longest=LONGEST_NOTE)
        _check_text(self.edited_text, field="edited_text", longest=LONGEST_EDIT)

    def digest(self, *, verdict: Verdict, lease_id: UUID) -> str:
        """SHA-256 of all that was sent, so that a key cannot stand for two different bodies.

        It names the verdict instead of the side, as all that are stored do.
        """
        body = {**asdict(self), "verdict": verdict.value}
        del body["side"]
        for later in ("acceptable", "ranks"):  # else as in the digests of all that came before
            if body[later] is None:
                del body[later]
        body |= {"reasons": list(self.reasons), "lease": str(lease_id)}
        canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def _check_numbers(self) -> None:
        strength = self.strength
        if strength is not None and (
            isinstance(strength, bool)
            or not isinstance(strength, int)
            or not 0 <= strength <= GREATEST_STRENGTH
        ):
            raise InvalidInput(
                _("The strength must be a whole number from 0 to 3."),
                field="strength",
                value=strength,
            )
        seconds = self.seconds
        if seconds is not None and (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not math.isfinite(seconds)
            or not 0 <= seconds <= MOST_SECONDS
        ):
            raise InvalidInput(
                _("The seconds must be a number from 0 to one week."),
                field="seconds",
                value=str(seconds),
            )

    def _check_parts(self) -> None:
        for name, parts, kind in (
            ("criteria", self.criteria, Mapping),
            ("acceptable", self.acceptable or {}, Mapping),
            ("reasons", self.reasons, list | tuple),
        ):
            if not isinstance(parts, kind):
                raise InvalidInput(_("This has the wrong form."), field=name, value=str(parts)[:80])
            if len(parts) > MOST_PARTS:
                raise InvalidInput(_("There are too many parts."), field=name, value=len(parts))
            _check_json(parts, field=name)


def check_key(key: str) -> None:
    """Raises: InvalidInput, unless the client's key is 1 to 64 characters long."""
    if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidInput(
            _("The key must have 1 to 64 characters."), field="key", value=str(key)[:80]
        )
    refuse_unstorable(key, field="key")


def _check_text(text: str, *, field: str, longest: int) -> None:
    if not isinstance(text, str):
        raise InvalidInput(_("This must be text."), field=field, value=str(text)[:80])
    if len(text) > longest:
        raise InvalidInput(_("The text is too long."), field=field, value=len(text))
    refuse_unstorable(text, field=field)


def _check_json(parts: Any, *, field: str) -> None:
    refuse_unstorable(parts, field=field)
    try:
        text = json.dumps(parts, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            _("This has the wrong form."), field=field, value=str(parts)[:80]
        ) from error
    if len(text) > LONGEST_NOTE:
        raise InvalidInput(_("The text is too long."), field=field, value=len(text))
