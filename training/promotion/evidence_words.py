"""Evidence as people read it: five lines, and why a gate is shut."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from training.promotion.paired_figures import LOWER_IS_BETTER, kind_of
from training.words.signed import signed

NAMES: dict[str, str | Promise] = {
    "accuracy": gettext_lazy("agreement with people"),
    "reward": gettext_lazy("reward of its answers"),
    "length": gettext_lazy("length of its answers"),
    "harm_given": gettext_lazy("harm given"),
    "harmless_refused": gettext_lazy("harmless prompts refused"),
    "nothing_said": gettext_lazy("answers that say nothing"),
}
NOTHING = pgettext_lazy("figures", "nothing")


def name_in_words(name: str) -> str:
    kind, _colon, cohort = name.partition(":")
    if kind == "cohort":
        return _("agreement with the cohort “%(cohort)s”") % {"cohort": cohort}
    return str(NAMES.get(kind, kind))


def lines_of(evidence: dict[str, Any]) -> list[str]:
    """What got better, what got worse, what cannot be told, what people said, on how much."""
    figures = evidence["figures"]
    if evidence["rival"] is None:
        return [
            _("There is no champion yet, and nothing to compare it with."),
            _n_in_words(evidence["n_prompts"]),
        ]
    told = [
        _("Better: %(what)s.") % {"what": _listed(figures, "better")},
        _("Worse: %(what)s.") % {"what": _listed(figures, "worse")},
        _("Not told apart: %(what)s.") % {"what": _listed(figures, "unclear")},
        people_in_words(evidence["people"]),
        _n_in_words(evidence["n_prompts"]),
    ]
    if not evidence.get("is_whole", True):
        told.append(_("Part of what was stored of this is not whole, and is not shown."))
    return told


def people_in_words(people: dict[str, Any] | None) -> str:
    """The blind comparison in a sentence, and in another one what of it does not count."""
    if people is None:
        return _("What people said of the two is not stored whole.")
    n = people.get("n_trained_on", 0)
    if not n:
        return _decision_in_words(people)
    left_out = ngettext(
        "%(n)d prompt that one of them was trained on is left out.",
        "%(n)d prompts that one of them was trained on are left out.",
        n,
    ) % {"n": n}
    return _("%(sentence)s %(next_sentence)s") % {
        "sentence": _decision_in_words(people),
        "next_sentence": left_out,
    }


def _decision_in_words(people: dict[str, Any]) -> str:
    n = people["n_first"] + people["n_second"]
    if not n:
        return _("People have not met the two blind.")
    counts = {"first": people["n_first"], "second": people["n_second"]}
    if people["winner"] == 0:
        return _("People, blind: %(first)d to %(second)d for this one, which decides it.") % counts
    if people["winner"] == 1:
        return (
            _("People, blind: %(first)d to %(second)d, which decides it against this one.") % counts
        )
    if people["n_more"] is None:
        return _("People, blind: %(first)d to %(second)d, not decided.") % counts
    more = people["n_more"]
    return ngettext(
        "People, blind: %(first)d to %(second)d, not decided; about %(n)d more vote would.",
        "People, blind: %(first)d to %(second)d, not decided; about %(n)d more votes would.",
        more,
    ) % {**counts, "n": more}


def difference_in_words(figure: dict[str, Any]) -> str:
    """By how much the two differ, with the interval, in the unit of the figure."""
    unit = _unit_of(figure["name"])
    return _("%(difference)s (%(low)s to %(high)s)") % {
        name: unit(figure[name]) for name in ("difference", "low", "high")
    }


def value_in_words(figure: dict[str, Any], side: str) -> str:
    kind, value = kind_of(figure["name"]), figure[side]
    if kind == "reward":
        return f"{value:.2f}".replace("-", "\u2212")
    if kind == "length":
        return _("%(n)d characters") % {"n": round(value)}
    return _("%(number)s %%") % {"number": f"{100 * value:.0f}"}


def is_lower_better(name: str) -> bool:
    return kind_of(name) in LOWER_IS_BETTER


def obstacles_in_words(evidence: dict[str, Any]) -> list[str]:
    """Each reason why the gate is shut, as a sentence."""
    return [_obstacle_in_words(one) for one in evidence["obstacles"]]


def _obstacle_in_words(one: dict[str, Any]) -> str:
    try:
        return OBSTACLES[one["code"]](one)
    except (AttributeError, KeyError, TypeError, ValueError):  # of another version: it stays shut
        return _("What stands against it is not stored whole: propose it again.")


def judges_left_out(names: list[str]) -> str:
    """Why rewards are missing that somebody did measure."""
    return _(
        "What %(judges)s gave is left out: it learnt from prompts that these answers are to. "
        "Measure with a reward model whose snapshot holds out as large a share."
    ) % {"judges": ", ".join(f"“{name}”" for name in names)}


def _listed(figures: list[dict[str, Any]], said: str) -> str:
    found = [
        f"{name_in_words(one['name'])} {difference_in_words(one)}"
        for one in figures
        if one["said"] == said
    ]
    return pgettext("between items", "; ").join(found) or str(NOTHING)


def _n_in_words(n: int | None) -> str:
    if n is None:
        return _("On how many prompts this rests is not stored.")
    return ngettext(
        "This rests on %(n)d held-out prompt.", "This rests on %(n)d held-out prompts.", n
    ) % {"n": n}


def _points(share: float) -> str:
    return _("%(number)s points") % {"number": signed(100 * share)}


def _share(share: float) -> str:
    return _("%(number)s %%") % {"number": signed(100 * share)}


def _plain(value: float) -> str:
    return signed(value, 2)


def _unit_of(name: str) -> Callable[[float], str]:
    kinds: dict[str, Callable[[float], str]] = {"reward": _plain, "length": _share}
    return kinds.get(kind_of(name), _points)


def _too_few(one: dict[str, Any]) -> str:
    return _("It rests on %(n)d prompts, and the gate asks for %(needed)d.") % one


def _worse(one: dict[str, Any]) -> str:
    unit = _unit_of(one["name"])
    reach = one["high"] if is_lower_better(one["name"]) else one["low"]
    return _(
        "%(name)s may differ by as much as %(reach)s, and the gate allows %(margin)s at most."
    ) % {
        "name": name_in_words(one["name"]).capitalize(),
        "reach": unit(reach),
        "margin": unit(one["margin"] if is_lower_better(one["name"]) else -one["margin"]),
    }


def _not_measured(one: dict[str, Any]) -> str:
    return _("The two were not measured alike: %(name)s.") % {"name": name_in_words(one["name"])}


def _not_better(one: dict[str, Any]) -> str:
    return _("It is not shown to be better: %(name)s.") % {"name": name_in_words(one["name"])}


def _files_gone(one: dict[str, Any]) -> str:
    return _("The files of “%(name)s” were deleted: nobody could use it.") % one


def _same_weights(_one: dict[str, Any]) -> str:
    return _("Both have the same weights.")


def _people_undecided(_one: dict[str, Any]) -> str:
    return _("People have not decided between the two yet.")


def _people_against(_one: dict[str, Any]) -> str:
    return _("People prefer what is there already.")


def _judge_is_partial(one: dict[str, Any]) -> str:
    return judges_left_out(one["names"])


OBSTACLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "too_few_prompts": _too_few,
    "worse": _worse,
    "not_measured": _not_measured,
    "not_better": _not_better,
    "judge_is_partial": _judge_is_partial,
    "files_gone": _files_gone,
    "same_weights": _same_weights,
    "people_undecided": _people_undecided,
    "people_against": _people_against,
}
