"""The sections of a stored report in Markdown: each with its tables, or with why it has none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate.agreement import pictured_document
from annotate.agreement.markdown_tables import (
    cell,
    figure_table,
    in_words,
    notes,
    table,
    why_undefined,
)
from annotate.agreement.plain_text import (
    ShownFigure,
    orders_of,
    rounded,
    shown,
    whole,
)
from annotate.agreement.plan_document import plan
from annotate.agreement.repeats_document import repeats
from annotate.agreement.section_words import (
    LEFT_OUT,
    SCALES,
    SECTION_FIGURES,
    TIE_MODELS,
    WEIGHTED,
    WEIGHTS,
)
from annotate.agreement.shown_asked import ShownPart, parts_of, versions_of

Section = Mapping[str, Any]


def sections(found: Mapping[str, Section]) -> list[str]:
    """In the order of the words: PostgreSQL keeps the keys of JSON in one of its own.

    Args: found, by name, of `annotate.agreement.included`.
    """
    parts = []
    for name, section in found.items():
        heading, written = WRITERS[name]
        parts += [f"## {heading}", *written(section)]
    return [part for part in parts if part]


def _ratings(section: Section) -> list[str]:
    return [
        why_undefined(section) or str(TIE_MODELS[section["ties"]]),
        _groups_apart(section),
        _left_out(section["left_out"]),
        _models(section["models"]) if section["models"] else "",
        _met(section["pairs"]) if section["pairs"] else "",
        "" if section["undefined"] else figure_table([shown("length_pull", section["length"])]),
        notes(_explained(section)) if section["models"] else "",
    ]


def _explained(section: Section) -> Iterator[ShownFigure]:
    model = section["models"][0]
    for name in ("strength", "strength_at_equal_length", "share_of_decided"):
        yield shown(name, model[name])
    for pair in section["pairs"][:1]:
        yield shown("difference", pair["difference"])
    yield shown("length_pull", section["length"])


def _models(models: Sequence[Mapping[str, Any]]) -> str:
    head = [_("Model"), _("Strength"), _("Interval"), _("Word"), _("At equal length")]
    return table(
        [*head, _("Interval"), _("Won"), _("Tied"), _("Lost")],
        [
            (
                model["model"],
                *in_words(shown("strength", model["strength"])),
                *in_words(shown("strength_at_equal_length", model["strength_at_equal_length"]))[:2],
                *_counted(model),
            )
            for model in sorted(models, key=_by_strength)
        ],
    )


def _by_strength(model: Mapping[str, Any]) -> tuple[float, float]:
    """The strongest first; where strengths are not known, who won most of what was decided."""
    strength, share = model["strength"]["value"], model["share_of_decided"]["value"]
    return (-(strength or 0.0), -(share or 0.0))


def _met(pairs: Sequence[Mapping[str, Any]]) -> str:
    head = [_("Pair"), _("Difference"), _("Interval"), _("Word")]
    return table(
        [*head, _("Won by the first"), _("Tied"), _("Won by the second")],
        [
            (
                f"{pair['first']} · {pair['second']}",
                *in_words(shown("difference", pair["difference"])),
                *_counted(pair),
            )
            for pair in pairs
        ],
    )


def _counted(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return whole(entry["n_wins"]), whole(entry["n_ties"]), whole(entry["n_losses"])


def _groups_apart(section: Section) -> str:
    names = "; ".join(", ".join(group) for group in section["groups"])
    if not names:
        return ""
    return _("Models that can be rated only among themselves: %(names)s.") % {"names": cell(names)}


def _left_out(left_out: Mapping[str, int]) -> str:
    named = [f"{whole(left_out[why])} {words}" for why, words in LEFT_OUT.items() if left_out[why]]
    if not named:
        return ""
    return _("Judgements left out: %(named)s.") % {"named": ", ".join(named)}


def _pairwise(section: Section) -> list[str]:
    head = [_("Annotator"), _("Reliability"), _("Interval"), _("Pull of the left side")]
    head += [_("Interval"), _("Word"), _("Readiness to call a tie"), _("Judgements")]
    rows = [
        (
            f"`{entry['annotator']}`",
            *in_words(shown("margin_reliability", entry["reliability"]))[:2],
            *in_words(shown("left_pull", entry["left_pull"])),
            "" if entry["tie_width"] is None else shown("tie_width", entry["tie_width"]).value,
            whole(entry["n_judgements"]),
        )
        for entry in section["annotators"]
    ]
    difficult = [
        (f"`{entry['comparison']}`", whole(entry["n_judgements"]), rounded(entry["difficulty"], 2))
        for entry in section["difficult"]
    ]
    explained = [
        shown(name, entry[key])
        for entry in section["annotators"][:1]
        for name, key in _OF_ANNOTATOR
        if entry[key] is not None
    ]
    return [
        why_undefined(section),
        table(head, rows) if rows else "",
        table([_("Comparison"), _("Judgements"), _("Difficulty")], difficult) if difficult else "",
        notes(explained),
    ]


_OF_ANNOTATOR = (
    ("margin_reliability", "reliability"),
    ("left_pull", "left_pull"),
    ("tie_width", "tie_width"),
)


def _weighted(section: Section) -> list[str]:
    parts = []
    if section["verdicts"] is not None:
        parts += [f"### {SCALES['verdicts']}", *_scale(section["verdicts"])]
    for scale in section["strengths"]:
        where = versions_of(scale["asked_in"])
        parts += [f"### {cell(SCALES['strength'])} ({cell(where)})", *_scale(scale)]
    return parts


def _rankings(section: Section) -> list[str]:
    head = [_("Figure"), _("Value"), _("Interval"), _("Word"), _("Rests on")]
    figures = orders_of(section)
    return [
        _("%(rankings)s rankings of %(sets)s sets.")
        % {"rankings": whole(section["n_rankings"]), "sets": whole(section["n_sets"])},
        table(
            head,
            [
                (str(one.words.name), *in_words(one), f"{one.count} {one.count_label}")
                for one in figures
            ],
        ),
        notes(figures),
    ]


def _scale(scale: Section) -> list[str]:
    of_scale = [] if scale["undefined"] else [_of_scale(scale)]
    return [why_undefined(scale), _scale_counts(scale), *of_scale]


def _asked(section: Section) -> list[str]:
    parts = []
    for part in parts_of(section):
        parts += [f"### {part.heading}", _questions(part), notes(part.explained)]
    return parts or [_("Nothing beside the verdict was asked.")]


def _questions(part: ShownPart) -> str:
    head = [_("What was asked"), _("Figure"), _("Value"), _("Interval"), _("Word"), _("Rests on")]
    return table(
        head,
        [
            (
                f"{question.name} ({question.versions}; {question.answered})",
                figure.words.name,
                *in_words(figure),
                f"{figure.count} {figure.count_label}",
            )
            for question in part.questions
            for figure in question.figures
        ],
    )


def _scale_counts(scale: Section) -> str:
    if not scale["n_left_out"]:
        return ""
    return ngettext(
        "%(n)s judgement has no place on this scale and is left out.",
        "%(n)s judgements have no place on this scale and are left out.",
        scale["n_left_out"],
    ) % {"n": whole(scale["n_left_out"])}


def _of_scale(scale: Section) -> str:
    rows = [
        (f"{SECTION_FIGURES[name].name}, {words}", shown(name, scale["weighted"][weights][name]))
        for weights, words in WEIGHTS.items()
        for name in WEIGHTED
    ]
    rows += [
        (str(SECTION_FIGURES[f"alpha_{metric}"].name), shown(f"alpha_{metric}", figure))
        for metric, figure in sorted(scale["alpha"].items(), reverse=True)
    ]
    head = [_("Figure"), _("Value"), _("Interval"), _("Word"), _("Rests on")]
    return table(
        head,
        [
            (name, *in_words(figure), f"{figure.count} {figure.count_label}")
            for name, figure in rows
        ],
    )


WRITERS: dict[str, tuple[Promise, Callable[[Section], list[str]]]] = {
    "ratings": (gettext_lazy("Models beside one another"), _ratings),
    "pairwise": (gettext_lazy("Annotators by the margin between two answers"), _pairwise),
    "weighted": (gettext_lazy("Where near is nearly right"), _weighted),
    "asked": (gettext_lazy("What was asked beside the verdict"), _asked),
    "rankings": (gettext_lazy("Rankings of several answers"), _rankings),
    "repeats": (gettext_lazy("The same person twice"), repeats),
    "over_time": (gettext_lazy("Over time"), pictured_document.over_time),
    "groups": (gettext_lazy("Within groups"), pictured_document.groups),
    "model_pairs": (
        gettext_lazy("By the models that wrote the answers"),
        pictured_document.model_pairs,
    ),
    "curves": (gettext_lazy("How judging goes"), pictured_document.curves),
    "plan": (gettext_lazy("How many more judgements"), plan),
}
