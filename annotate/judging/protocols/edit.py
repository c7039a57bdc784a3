"""The better answer, made better still: edited > chosen > rejected, as in Llama 3 (2024)."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.judging.answers import LONGEST_EDIT, Answer
from annotate.judging.protocols.part import About, Keys, Part, Settings, refuse
from annotate.judging.protocols.part_settings import Said


class Edit(Part):
    name: ClassVar[str] = "edit"
    field: ClassVar[str] = "edited"
    columns: ClassVar[tuple[str, ...]] = ("edited_text",)
    label: ClassVar[Said] = gettext_lazy("Edit")
    about: ClassVar[Said] = gettext_lazy("The better answer, made better still by who judged it.")

    def given(self, answer: Answer) -> Any:
        return answer.edited_text or None

    def is_required(self, settings: Settings, about: About) -> bool:
        return bool(settings["required"]) and about.is_one_better

    def check(self, given: Any, _settings: Settings, about: About) -> None:
        if not about.is_one_better:
            raise refuse(self, _("Only an answer that is better can be edited."), given)
        if not given.strip():
            raise refuse(self, _("The edited answer is empty."), given)
        if given in (about.comparison.first.text, about.comparison.second.text):
            raise refuse(self, _("The edited answer must differ from both answers."), given)

    def keys(self, _settings: Settings) -> Keys:
        return Keys(is_typed=True)

    def schema(self, _settings: Settings) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST_EDIT}
