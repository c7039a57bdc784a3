"""What every part of a protocol can do, whatever it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.judging.answers import Answer
from annotate.models import Comparison, Verdict

Settings = Mapping[str, Any]  # of one part, as its declaration holds them
BETTER = (Verdict.FIRST, Verdict.SECOND)
SIDES = ("left", "right")
LONGEST_NAME = 60  # characters of a reason or a criterion


@dataclass(frozen=True, slots=True)
class About:
    """What an answer is about: the comparison judged, and the verdict that came with it."""

    verdict: Verdict
    comparison: Comparison

    @property
    def is_one_better(self) -> bool:
        return self.verdict in BETTER


class Part:
    """A kind of question. Those without settings of their own can be required, or not."""

    name: ClassVar[str]  # in the declaration
    field: ClassVar[str]  # in what is sent
    columns: ClassVar[tuple[str, ...]]  # of a judgement, exported under the same names

    def declared(self, settings: Any) -> dict[str, Any]:
        """The settings, checked and complete. Raises: InvalidInput, with the field at fault."""
        return {"required": self._flag(self._known(settings, ("required",)), "required")}

    def given(self, _answer: Answer) -> Any:
        """What the answer says of this; None, if nothing."""
        raise NotImplementedError

    def is_required(self, settings: Settings, _about: About) -> bool:
        return bool(settings["required"])

    def check(self, _given: Any, _settings: Settings, _about: About) -> None:
        """Raises: InvalidInput, unless it answers what was asked."""

    def schema(self, _settings: Settings) -> dict[str, Any]:
        """JSON Schema of the field in what is sent by the API."""
        raise NotImplementedError

    def _known(self, settings: Any, names: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(settings, Mapping):
            raise InvalidInput(
                _("This must be an object of settings."), field=self.name, value=str(settings)[:80]
            )
        for name in settings:
            if name not in names:
                raise InvalidInput(
                    _("This setting is not known."), field=f"{self.name}.{name}", value=name
                )
        return settings

    def _flag(self, settings: Mapping[str, Any], name: str) -> bool:
        value = settings.get(name, False)
        if not isinstance(value, bool):
            field = f"{self.name}.{name}"
            raise InvalidInput(_("This must be true or false."), field=field, value=str(value)[:80])
        return value

    def _names(self, settings: Mapping[str, Any], name: str, *, most: int) -> list[str]:
        """One to `most` different short names."""
        field, value = f"{self.name}.{name}", settings.get(name)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise InvalidInput(
                _("Name between 1 and %(most)d of them.") % {"most": most},
                field=field,
                value=str(value)[:80],
            )
        names = [_clean_name(one, field=field) for one in value]
        if len(set(names)) < len(names):
            twice = next(one for one in names if names.count(one) > 1)
            raise InvalidInput(_("This is named twice."), field=field, value=twice)
        return names


def refuse(part: Part, message: str, value: Any, *, inside: str = "") -> InvalidInput:
    field = f"{part.field}.{inside}" if inside else part.field
    return InvalidInput(message, field=field, value=str(value)[:80])


def _clean_name(value: Any, *, field: str) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            _("A name has 1 to 60 printable characters."), field=field, value=str(value)[:80]
        )
    return name
