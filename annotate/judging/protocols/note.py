"""A remark in one's own words."""

from typing import Any, ClassVar

from annotate.judging.answers import LONGEST_NOTE, Answer
from annotate.judging.protocols.part import Part, Settings


class Note(Part):
    name: ClassVar[str] = "note"
    field: ClassVar[str] = "note"
    columns: ClassVar[tuple[str, ...]] = ("note",)

    def given(self, answer: Answer) -> Any:
        return answer.note if answer.note.strip() else None

    def schema(self, _settings: Settings) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST_NOTE}
