"""Own words on the buttons of the verdicts: for screens that ask for more than “better”."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings as site
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from annotate.errors import InvalidInput
from annotate.judging.protocols.buttons import buttons_of
from annotate.judging.protocols.part import About, Part
from annotate.judging.protocols.part_settings import Said, Setting, Words

OF_ONE: dict[str, Said] = {
    "better": gettext_lazy("one answer is better"),
    "3": gettext_lazy("it is much better"),
    "2": gettext_lazy("it is better"),
    "1": gettext_lazy("it is slightly better"),
    "0": gettext_lazy("it is negligibly better"),
}
OF_BOTH: dict[str, Said] = {
    "tie": gettext_lazy("about the same"),
    "both_bad": gettext_lazy("both bad"),
}


class Wording(Part):
    """A button without own words keeps the usual ones. Both sides have the same: see `ANSWER`."""

    name: ClassVar[str] = "wording"
    label: ClassVar[Said] = gettext_lazy("Own words on the buttons")
    about: ClassVar[Said] = gettext_lazy(
        "For a question of your own, such as which answer is safer. Keys stay the same."
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Words(
            name="words",
            label=gettext_lazy("Words on the buttons"),
            help=gettext_lazy("“{answer}” stands for A or B: “{answer} is safer”."),
            of=OF_ONE | OF_BOTH,
            about_answers=frozenset(OF_ONE),
        ),
    )
    is_on_buttons: ClassVar[bool] = True

    def check_beside(self, declaration: Mapping[str, Any]) -> None:
        """Raises: InvalidInput for words of no button, and for two buttons that read the same."""
        buttons = buttons_of(declaration)
        field = f"{self.name}.words"
        for worded in declaration[self.name].get("words", {}):
            if worded not in {button.worded for button in buttons}:
                raise InvalidInput(
                    _("The screen has no such button."), field=f"{field}.{worded}", value=worded
                )
        for language, _name in site.LANGUAGES:
            with override(language):
                words = [str(button.words) for button in buttons]
            for text in words:
                if words.count(text) > 1:
                    raise InvalidInput(_("Two buttons read the same."), field=field, value=text)

    def is_required(self, _settings: Mapping[str, Any], _about: About) -> bool:
        return False
