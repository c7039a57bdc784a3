"""What was asked beside the verdict, as the page and the document show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement.plain_text import ShownFigure, shown, whole
from annotate.judging.protocols.declaration import PARTS
from annotate.judging.protocols.presets import KNOWN_NAMES
from annotate.judging.protocols.question import SCALE

NAMES = {"percent_agreement_by_comparison": "same_answer"}  # what it is called where it is asked
ORDER = (
    *("alpha_ordinal", "alpha_interval", "specific_agreement"),
    *("krippendorff_alpha", "gwet_ac1", "percent_agreement_by_comparison"),
)

Section = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ShownQuestion:
    """name: of a criterion or reason, else of what was asked; versions: where it was asked."""

    name: str | Promise
    versions: str
    answered: str
    figures: tuple[ShownFigure, ...]


@dataclass(frozen=True, kw_only=True)
class ShownPart:
    heading: str | Promise
    questions: tuple[ShownQuestion, ...]

    @property
    def explained(self) -> tuple[ShownFigure, ...]:
        """One figure of each kind, for what it says."""
        return self.questions[0].figures


def parts_of(section: Section) -> list[ShownPart]:
    """By part of the protocol, in the order in which they are asked."""
    found = []
    for part in PARTS:
        asked = [one for one in section["questions"] if one["part"] == part.name]
        if asked:
            questions = tuple(_question(one, part.label) for one in asked)
            found.append(ShownPart(heading=part.label, questions=questions))
    return found


def _question(one: Section, heading: str | Promise) -> ShownQuestion:
    return ShownQuestion(
        name=KNOWN_NAMES.get(one["name"], one["name"]) or _of_part(one, heading),
        versions=versions_of(one["asked_in"]),
        answered=_("%(answered)s of %(asked)s answered")
        % {"answered": whole(one["n_answered"]), "asked": whole(one["n_asked"])},
        figures=tuple(_figures(one)),
    )


def _of_part(one: Section, heading: str | Promise) -> str:
    """What has no name of its own: where scales differ, by how many steps each has."""
    if one["kind"] != SCALE:
        return str(heading)
    steps = ngettext("%(n)s step", "%(n)s steps", len(one["scale"])) % {"n": len(one["scale"])}
    return _("%(what)s, %(steps)s") % {"what": heading, "steps": steps}


def _figures(one: Section) -> Iterator[ShownFigure]:
    for name in ORDER:
        if name in one["figures"]:
            figure = one["figures"][name]
            found = shown(NAMES.get(name, name), figure)
            yield replace(found, count_label=_of_each(figure)) if one["is_of_each"] else found


def _of_each(figure: Section) -> str:
    n = figure["n_comparisons"]
    return ngettext(
        "ratings of %(n)s answer that two people rated",
        "ratings of %(n)s answers that two people rated",
        n,
    ) % {"n": whole(n)}


def versions_of(asked_in: Sequence[Section]) -> str:
    """Of one project's protocol, or each with its project where there are several."""
    has_several = len({form["project"] for form in asked_in}) > 1
    names = []
    for form in asked_in:
        name = _("imported, or said before it was asked for")
        if form["version"] is not None:
            name = _("version %(n)s") % {"n": whole(form["version"])}
        names.append(f"{form['project']}: {name}" if has_several else name)
    return ", ".join(names)
