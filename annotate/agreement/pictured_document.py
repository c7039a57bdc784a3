"""In Markdown, the sections of a report that the pages draw."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.agreement.markdown_tables import in_words, table, why_undefined
from annotate.agreement.plain_text import percent, rounded, shown, whole

Section = Mapping[str, Any]

KINDS: Mapping[str, str | Promise] = {
    "tag": gettext_lazy("Tag"),
    "language": gettext_lazy("Language"),
    "import": gettext_lazy("Import"),
    "cohort": gettext_lazy("Cohort"),
    "guidelines": gettext_lazy("Version of the guidelines"),
    "models": gettext_lazy("Models"),
}


def over_time(section: Section) -> list[str]:
    if not section["periods"]:
        return [_("No judgement has a time.")]
    return [_measured(_("From"), section["periods"], "begin")]


def groups(section: Section) -> list[str]:
    if not section["kinds"]:
        return [_("There are no groups.")]
    return [_of_kind(kind) for kind in section["kinds"]]


def model_pairs(section: Section) -> list[str]:
    return [why_undefined(section) or _of_kind(section["kind"])]


def curves(section: Section) -> list[str]:
    return [
        table(
            [_("Judgements of a comparison"), _("all alike"), _("a majority"), _("no majority")],
            [
                [whole(entry[name]) for name in ("n_judgements", "alike", "majority", "none")]
                for entry in section["unity_by_depth"]
            ],
        ),
        _along(_("Words"), section["seconds_by_words"], "words", _("Median seconds"), _seconds),
        _along(
            _("Characters longer"),
            section["longer_by_difference"],
            "characters",
            _("Longer answer chosen"),
            _share,
        ),
        _along(_("Seconds"), section["left_by_seconds"], "seconds", _("Left chosen"), _share),
    ]


def _of_kind(kind: Section) -> str:
    return _measured(KINDS[kind["of"]], kind["groups"], "name")


def _measured(heading: object, entries: Sequence[Section], name: str) -> str:
    alpha = "krippendorff_alpha"
    head = (
        [heading, shown(alpha, entries[0][alpha]).words.name] if entries else [heading, _("Value")]
    )
    return table(
        [*head, _("Interval"), _("Word"), _("Percent agreement"), _("Interval"), _("Comparisons")],
        [
            (
                entry[name],
                *in_words(shown(alpha, entry[alpha])),
                *in_words(shown("percent_agreement", entry["percent_agreement"]))[:2],
                whole(entry["n_comparisons"]),
            )
            for entry in entries
        ],
    )


def _along(
    heading: str,
    entries: Sequence[Section],
    name: str,
    of: str,
    write: Callable[[Section], tuple[object, object]],
) -> str:
    if not entries:
        return ""
    rows = [(rounded(entry[name], 0), *write(entry)) for entry in entries]
    return table([heading, of, _("Judgements")], rows)


def _seconds(entry: Section) -> tuple[object, object]:
    return rounded(entry["seconds"], 1), whole(entry["n_judgements"])


def _share(entry: Section) -> tuple[object, object]:
    figure = entry["share"]
    value = figure["value"]
    return "" if value is None else percent(value), whole(figure["n_judgements"])
