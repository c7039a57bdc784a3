"""What every part of a protocol can do, whatever it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.errors import InvalidInput
from annotate.judging.answers import Answer
from annotate.judging.protocols.part_settings import Flag, Said, Setting
from annotate.judging.protocols.question import Given, Places, Question
from annotate.models import Comparison, Verdict

Settings = Mapping[str, Any]  # of one part, as its declaration holds them
BETTER = (Verdict.FIRST, Verdict.SECOND)
SIDES = ("left", "right")
REQUIRED = Flag(name="required", label=gettext_lazy("Required"))


@dataclass(frozen=True, slots=True)
class About:
    """What an answer is about: the comparison judged, and the verdict that came with it."""

    verdict: Verdict
    comparison: Comparison

    @property
    def is_one_better(self) -> bool:
        return self.verdict in BETTER


@dataclass(frozen=True, slots=True)
class Keys:
    """How many keys an answer takes, at least and at most; `is_typed` where words may come."""

    least: int = 0
    most: int = 0
    is_typed: bool = False


class Part:
    """A kind of question. Those without settings of their own can be required, or not."""

    name: ClassVar[str]  # in the declaration
    field: ClassVar[str] = ""  # in what is sent; none for a part that changes the screen alone
    columns: ClassVar[tuple[str, ...]] = ()  # of a judgement, exported under the same names
    label: ClassVar[Said]  # for the lead who chooses it
    about: ClassVar[Said] = ""
    settings: ClassVar[tuple[Setting, ...]] = (REQUIRED,)
    is_always_asked: ClassVar[bool] = False
    is_on_buttons: ClassVar[bool] = False  # said by the verdict's button itself

    def declared(self, settings: Any) -> Any:
        """The settings, checked and complete. Raises: InvalidInput, with the field at fault."""
        known = self._known(settings)
        return {
            key: value
            for setting in self.settings
            for key, value in setting.declared(known, self.name).items()
        }

    def check_beside(self, _declaration: Mapping[str, Any]) -> None:
        """Whether the settings fit the other parts. Raises: InvalidInput."""

    def by_setting(self, declared: Any) -> Mapping[str, Any]:
        """What is declared, as the settings' own keys."""
        return dict(declared)

    def from_settings(self, chosen: Mapping[str, Any]) -> Any:
        """What is to be declared, from the settings' own keys."""
        return dict(chosen)

    def given(self, _answer: Answer) -> Any:
        """What the answer says of this; None, if nothing."""
        return None

    def is_required(self, settings: Settings, _about: About) -> bool:
        return bool(settings["required"])

    def check(self, _given: Any, _settings: Settings, _about: About) -> None:
        """Raises: InvalidInput, unless it answers what was asked."""

    def schema(self, _settings: Settings) -> dict[str, Any]:
        """JSON Schema of the field in what is sent by the API."""
        raise NotImplementedError

    def keys(self, _settings: Settings) -> Keys:
        """What an answer to this takes on the keyboard."""
        return Keys()

    def questions(self, _settings: Settings, _verdicts: Sequence[str]) -> Sequence[Question]:
        """What of it is measured by how far people agree, where these verdicts are offered."""
        return ()

    def places(self, _question: Question, _given: Given) -> Places:
        """Where a judgement lies on the scale of one of those; None where nowhere."""
        raise NotImplementedError

    def _known(self, settings: Any) -> Mapping[str, Any]:
        if not isinstance(settings, Mapping):
            raise InvalidInput(
                _("This must be an object of settings."), field=self.name, value=str(settings)[:80]
            )
        known = {key for setting in self.settings for key in setting.keys}
        for name in settings:
            if name not in known:
                raise InvalidInput(
                    _("This setting is not known."), field=f"{self.name}.{name}", value=name
                )
        return settings


def refuse(part: Part, message: str, value: Any, *, inside: str = "") -> InvalidInput:
    field = f"{part.field}.{inside}" if inside else part.field
    return InvalidInput(message, field=field, value=str(value)[:80])
