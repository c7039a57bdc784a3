"""Conditions and what was found of them, as sentences in the reader's language."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from training.automation.conditions import All, AnyOf, Clause, Condition, Not
from training.automation.evaluating import JudgedClause
from training.automation.step_sources import NAMES_IN_WORDS
from training.automation.vocabulary import BOUNDS, FACTS, NO_LIMIT, Kind
from training.models import CHAMPION

COMPARED: Mapping[str, str | Promise] = {
    "at_least": gettext_lazy("at least %(wanted)s"),
    "at_most": gettext_lazy("at most %(wanted)s"),
    "above": gettext_lazy("above %(wanted)s"),
    "below": gettext_lazy("below %(wanted)s"),
}


def in_words(condition: Condition) -> str:
    """The whole condition, without a full stop; empty where nothing is asked."""
    match condition:
        case Clause():
            return clause_in_words(condition)
        case Not(part):
            return _("not (%(part)s)") % {"part": in_words(part)}
        case All(parts):
            return pgettext("between conditions", " and ").join(_bracketed(part) for part in parts)
        case AnyOf(parts):
            return pgettext("between conditions", " or ").join(_bracketed(part) for part in parts)


def literal_in_words(clause: Clause, *, holds: bool) -> str:
    return (
        clause_in_words(clause)
        if holds
        else _("not (%(part)s)") % {"part": clause_in_words(clause)}
    )


def clause_in_words(clause: Clause) -> str:
    fact = FACTS[clause.fact]
    if fact.kind is Kind.YES_NO:
        sentence = str(fact.words) if clause.wanted else _("not (%(part)s)") % {"part": fact.words}
    else:
        sentence = _("%(fact)s is %(compared)s") % {
            "fact": fact_in_words(clause),
            "compared": wanted_in_words(clause),
        }
    if not clause.for_hours:
        return sentence
    hours = ngettext("%(n)s hour on end", "%(n)s hours on end", round(clause.for_hours)) % {
        "n": f"{clause.for_hours:g}"
    }
    return _("%(sentence)s for %(hours)s") % {"sentence": sentence, "hours": hours}


def fact_in_words(clause: Clause, called: str | None = None) -> str:
    """Args: called, the checkpoint that bears the name, where it is known."""
    fact = FACTS[clause.fact]
    words = str(fact.words)
    if fact.roles:
        model = model_in_words(clause.of, called)
        words %= {"model": model, "beside": beside_in_words(clause.of)}
    return str(BOUNDS[clause.bound]) % {"figure": words} if clause.bound else words


def model_in_words(name: str, called: str | None = None) -> str:
    """A name that a project gives to models; with the one that bears it."""
    if not name:  # of a check that was made when the newest evaluation was taken
        return _("whatever was measured last")
    words = str(NAMES_IN_WORDS.get(name) or _("“%(name)s”") % {"name": name})
    return _("%(model)s (%(called)s)") % {"model": words, "called": called} if called else words


def beside_in_words(name: str) -> str:
    """What a model of this name is set beside."""
    return _("the champion before it") if name == CHAMPION else str(NAMES_IN_WORDS[CHAMPION])


def wanted_in_words(clause: Clause) -> str:
    return str(COMPARED[clause.comparison]) % {"wanted": _number(clause, clause.wanted)}


def joined(sentences: Iterable[str]) -> str:
    """Whole sentences one after another."""
    whole = ""
    for sentence in sentences:
        whole = _("%(first)s %(next)s") % {"first": whole, "next": sentence} if whole else sentence
    return whole


def finding_in_words(judged: JudgedClause) -> str:
    """One sentence on one clause: what is wanted, and what was found."""
    clause, found = judged.clause, judged.found
    if found is None:
        sentence = _not_found_in_words(judged)
    elif FACTS[clause.fact].kind is Kind.YES_NO:
        answer = _("yes") if found else _("no")
        sentence = _("%(wanted)s: %(found)s.") % {
            "wanted": clause_in_words(clause),
            "found": answer,
        }
    else:
        sentence = _("%(fact)s is %(found)s; wanted: %(wanted)s.") % {
            "fact": fact_in_words(clause, judged.measured.called),
            "found": found_in_words(judged),
            "wanted": wanted_in_words(clause),
        }
    if judged.since is not None and not judged.truth:
        too_short = _("It holds, but not for %(hours)g hours yet.") % {"hours": clause.for_hours}
        return joined([capfirst(sentence), too_short])
    return capfirst(sentence)


def found_in_words(judged: JudgedClause) -> str:
    """The value, with as many digits as tell it from the one wanted; and its count."""
    clause, found = judged.clause, judged.found
    if found is None:
        return _("not known yet")
    words = _number(clause, found)
    if found != clause.wanted and words == _number(clause, clause.wanted):
        words = _number(clause, found, digits=15)  # 0.3996 and 0.4 must not both read 0.4
    n = judged.measured.n
    return words if n is None else _("%(value)s (n = %(n)d)") % {"value": words, "n": n}


def _not_found_in_words(judged: JudgedClause) -> str:
    wanted = {"wanted": clause_in_words(judged.clause)}
    if judged.measured.is_hidden:
        return (
            _("%(wanted)s: an admin can say what was found, as other projects made the model.")
            % wanted
        )
    if judged.measured.is_of_nobody:
        return _("%(wanted)s: no checkpoint bears this name.") % wanted
    if judged.measured.called:
        called = {**wanted, "called": judged.measured.called}
        return _("%(wanted)s: of “%(called)s” it has not been measured.") % called
    return _("%(wanted)s: not known yet.") % wanted


def _number(clause: Clause, value: float | bool, *, digits: int = 3) -> str:
    """What was chosen is told as it was; what was found, by three digits."""
    kind = FACTS[clause.fact].kind
    if value == clause.wanted:
        digits = 15
    if kind is Kind.SHARE:
        return _("%(number)s %%") % {"number": _digits(100 * value, digits)}
    if kind is Kind.DIFFERENCE:
        return _("%(number)s points") % {"number": _digits(100 * value, digits, sign="+")}
    if kind is Kind.HOURS:
        return _("%(number)s h") % {"number": _digits(value, digits)}
    if kind is Kind.SECONDS:
        if value == NO_LIMIT:
            return _("without a limit")
        return _("%(number)s s") % {"number": _digits(value, 15)}
    return _digits(value, 15 if kind is Kind.COUNT else digits)


def _digits(value: float, digits: int, *, sign: str = "") -> str:
    """Without the dust that binary fractions leave behind the last digit that was written."""
    return f"{round(value, 12):{sign}.{digits}g}".replace("-", "\u2212")


def _bracketed(part: Condition) -> str:
    """Nested lists stand in brackets, so that what belongs together can be seen."""
    words = in_words(part)
    if isinstance(part, All | AnyOf) and len(part.parts) > 1:
        return _("(%(part)s)") % {"part": words}
    return words
