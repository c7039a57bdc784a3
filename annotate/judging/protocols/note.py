"""A remark in one's own words."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from annotate.judging.answers import LONGEST_NOTE, Answer
from annotate.judging.protocols.part import Keys, Part, Settings
from annotate.judging.protocols.part_settings import Said


class Note(Part):
    name: ClassVar[str] = "note"
    field: ClassVar[str] = "note"
    columns: ClassVar[tuple[str, ...]] = ("note",)
    label: ClassVar[Said] = gettext_lazy("Note")
    about: ClassVar[Said] = gettext_lazy("A remark in one's own words.")

    def given(self, answer: Answer) -> Any:
        return answer.note if answer.note.strip() else None

    def keys(self, _settings: Settings) -> Keys:
        return Keys(is_typed=True)

    def schema(self, _settings: Settings) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST_NOTE}
