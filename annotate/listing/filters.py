"""The filters of a project's comparisons, declared once.

The form of the page, the address, the parameters of the API and their description, the chips that
are shown and saved views all derive from `FILTERS`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import ExpressionWrapper, F, IntegerField, Lookup, Q, QuerySet
from django.db.models.functions import Cast, Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from annotate.agreement.taking_part import disagreements_between
from annotate.comparisons.visible import listed_comparisons
from annotate.errors import InvalidInput
from annotate.listing.filter_kinds import Filter, Kind, Wanted
from annotate.listing.search_index import holds, holds_mark
from annotate.listing.searched_words import LANGUAGE, MODEL, TAG
from annotate.models import (
    Annotator,
    Comparison,
    ComparisonState,
    Flag,
    Judgement,
    Project,
    Role,
    Triage,
    Verdict,
    WhyContested,
)

GREATEST_LENGTH = 10_000_000


def wanted_comparisons(project: Project, wanted: Wanted) -> QuerySet[Comparison]:
    """The project's comparisons that are as all filters want them; silent repeats never are.

    Raises: InvalidInput.
    """
    found = listed_comparisons(project)
    of_judgement: dict[str, Any] = {}
    for name, value in wanted.values.items():
        declared = FILTERS[name]
        if declared.condition is not None:
            found = found.filter(declared.condition(project, value))
        if declared.of_judgement is not None:
            of_judgement |= declared.of_judgement(value)
    if of_judgement:
        judged = Judgement.objects.filter(project=project, withdrawn_at=None, **of_judgement)
        found = found.filter(pk__in=judged.values("comparison"))
    return found


def tells_votes(wanted: Wanted) -> bool:
    """Whether whoever reads this list learns by it what people said."""
    return any(FILTERS[name].tells_votes for name in wanted.values)


def _text(_project: Project, value: str) -> Q:
    query = holds(value)
    if not query:
        raise InvalidInput(
            _("There is no word in “%(text)s” to search by.") % {"text": value},
            field="q",
            value=value,
        )
    return Q(search_entry__words__holds=query)


def _marked(kind: str) -> Callable[[Project, str], Q]:
    return lambda _project, value: Q(search_entry__words__holds=holds_mark(kind, value))


def _either(condition: Q) -> Callable[[Project, bool], Q]:
    return lambda _project, is_wanted: condition if is_wanted else ~condition


def _flagged(project: Project, is_wanted: bool) -> Q:
    flags = Flag.objects.filter(comparison__project=project, closed_at=None)
    condition = Q(pk__in=flags.values("comparison"))
    return condition if is_wanted else ~condition


def _triaged(project: Project, why: str) -> Q:
    live = Triage.objects.filter(comparison__project=project, superseded_at=None, why=why)
    return Q(pk__in=live.values("comparison"))


def _differ(project: Project, value: str) -> Q:
    names = [name.strip() for name in value.split(",")]
    if len(names) != 2 or not all(names):
        raise InvalidInput(
            _("“%(value)s” is not two pseudonyms with a comma between them.") % {"value": value},
            field="differ",
            value=value,
        )
    return Q(pk__in=disagreements_between(project, *names).values("pk"))


def _agreement(lookup: "type[Lookup[Any]]") -> Callable[[Project, int], Q]:
    """By whole numbers: 100 × the most votes against per cent × all of them."""
    most = Greatest(*map(in_32_bits, ("n_first", "n_second", "n_tie", "n_both_bad")))

    def condition(_project: Project, value: int) -> Q:
        share = ExpressionWrapper(100 * most, output_field=IntegerField())
        wanted = ExpressionWrapper(value * in_32_bits("n_counted"), output_field=IntegerField())
        return Q(n_counted__gt=0) & Q(lookup(share, wanted))

    return condition


def in_32_bits(field: str) -> Cast:
    """A small integer times 100 overflows on PostgreSQL."""
    return Cast(field, IntegerField())


def _by(pseudonym: str) -> Mapping[str, Any]:
    """By their key, of which the database knows how much they judged."""
    key = Annotator.objects.filter(pseudonym=pseudonym).values_list("pk", flat=True).first()
    return {"annotator": key or 0}  # no row has 0


def _length(lookup: str) -> Callable[[Project, int], Q]:
    return lambda project, value: Q(
        search_entry__project=project, **{f"search_entry__n_characters__{lookup}": value}
    )


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _end_of(day: date) -> datetime:
    return _start_of(day + timedelta(days=1))


STATES = tuple(
    (state.value, state.label) for state in ComparisonState if state != ComparisonState.STAGED
)
FILTERS: Mapping[str, Filter] = {
    one.name: one
    for one in (
        Filter(
            "q",
            pgettext_lazy("what is looked for", "Text"),
            Kind.TEXT,
            _text,
            help=gettext_lazy(
                "Words of the prompt or an answer, in any language; all of them, in any order."
            ),
            is_by_index=True,
        ),
        Filter(
            "state",
            gettext_lazy("State"),
            Kind.CHOICE,
            lambda _project, value: Q(state=value),
            choices=STATES,
        ),
        Filter(
            "done",
            gettext_lazy("All judgements in"),
            Kind.YES_NO,
            _either(Q(n_counted__gte=F("wanted"))),
            help=gettext_lazy("Whether it has as many judgements as it wants."),
        ),
        Filter(
            "contested",
            gettext_lazy("People disagree"),
            Kind.YES_NO,
            _either(Q(n_divided__gt=0)),
            help=gettext_lazy("Whether its judgements disagree."),
        ),
        Filter(
            "triage",
            gettext_lazy("Triage"),
            Kind.CHOICE,
            _triaged,
            choices=tuple(WhyContested.choices),
            help=gettext_lazy("Why people differ on it, as a reviewer said."),
        ),
        Filter("flagged", gettext_lazy("Flagged"), Kind.YES_NO, _flagged),
        Filter(
            "gold",
            gettext_lazy("Gold"),
            Kind.YES_NO,
            lambda _project, is_wanted: Q(is_gold=is_wanted),
            help=gettext_lazy("Whether the right answer is known. For leads."),
            role=Role.LEAD,
        ),
        Filter("tag", gettext_lazy("Tag"), Kind.TEXT, _marked(TAG), is_by_index=True),
        Filter(
            "language",
            gettext_lazy("Language"),
            Kind.TEXT,
            _marked(LANGUAGE),
            longest=40,
            is_by_index=True,
        ),
        Filter(
            "model",
            gettext_lazy("Model"),
            Kind.TEXT,
            _marked(MODEL),
            help=gettext_lazy("The origin of either answer. For leads."),
            role=Role.LEAD,
            is_by_index=True,
        ),
        Filter(
            "against",
            gettext_lazy("Against model"),
            Kind.TEXT,
            _marked(MODEL),
            help=gettext_lazy("The origin of the other answer. For leads."),
            role=Role.LEAD,
            is_by_index=True,
        ),
        Filter(
            "person",
            gettext_lazy("Judged by"),
            Kind.TEXT,
            of_judgement=_by,
            help=gettext_lazy("A pseudonym."),
            longest=60,
        ),
        Filter(
            "verdict",
            gettext_lazy("A judgement says"),
            Kind.CHOICE,
            of_judgement=lambda value: {"verdict": value},
            choices=tuple(Verdict.choices),
            help=gettext_lazy("Whoever sees this list can no longer judge what is on it."),
            tells_votes=True,
        ),
        Filter(
            "judged_from",
            gettext_lazy("Judged from"),
            Kind.DATE,
            of_judgement=lambda day: {"judged_at__gte": _start_of(day)},
        ),
        Filter(
            "judged_to",
            gettext_lazy("Judged until"),
            Kind.DATE,
            of_judgement=lambda day: {"judged_at__lt": _end_of(day)},
        ),
        Filter(
            "added_from",
            gettext_lazy("Added from"),
            Kind.DATE,
            lambda _project, day: Q(created_at__gte=_start_of(day)),
        ),
        Filter(
            "added_to",
            gettext_lazy("Added until"),
            Kind.DATE,
            lambda _project, day: Q(created_at__lt=_end_of(day)),
        ),
        Filter(
            "agreement_from",
            gettext_lazy("Agreement from"),
            Kind.NUMBER,
            _agreement(GreaterThanOrEqual),
            least=0,
            most=100,
            unit="%",
            help=gettext_lazy("Per cent of its judgements that give the most frequent verdict."),
        ),
        Filter(
            "agreement_to",
            gettext_lazy("Agreement up to"),
            Kind.NUMBER,
            _agreement(LessThanOrEqual),
            least=0,
            most=100,
            unit="%",
            help=gettext_lazy("Per cent of its judgements that give the most frequent verdict."),
        ),
        Filter(
            "length_from",
            gettext_lazy("Length from"),
            Kind.NUMBER,
            _length("gte"),
            least=0,
            most=GREATEST_LENGTH,
            help=gettext_lazy("Characters of the prompt and both answers."),
            is_by_index=True,
        ),
        Filter(
            "length_to",
            gettext_lazy("Length up to"),
            Kind.NUMBER,
            _length("lte"),
            least=0,
            most=GREATEST_LENGTH,
            help=gettext_lazy("Characters of the prompt and both answers."),
            is_by_index=True,
        ),
        Filter(
            "differ",
            gettext_lazy("Two people differ"),
            Kind.TEXT,
            _differ,
            help=gettext_lazy(
                "Two pseudonyms with a comma between them, who gave different verdicts."
            ),
            is_shown=False,
        ),
    )
}
