"""A notice in words, in the language that is spoken at the moment."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from annotate.models import Notice, NoticeKind

WORDS: dict[str, str] = {
    NoticeKind.ALPHA_LOW: gettext_noop(
        "Krippendorff’s alpha is %(value)s (95 %% interval from %(low)s to %(high)s): all of it "
        "lies below %(bound)s."
    ),
    NoticeKind.PERSON_LOW: gettext_noop(
        "%(subject)s gives the likely verdict in a share of %(value)s (95 %% interval from %(low)s "
        "to %(high)s, %(n)s shared comparisons). Verdicts that ignore the answers would reach "
        "%(chance)s."
    ),
    NoticeKind.POSITION: gettext_noop(
        "The left answer is chosen in a share of %(value)s (95 %% interval from %(low)s to "
        "%(high)s): surely further from one half than %(bound)s."
    ),
    NoticeKind.HASTE: gettext_noop(
        "A share of %(value)s was judged faster than anybody reads (95 %% interval from %(low)s to "
        "%(high)s): all of it lies above %(bound)s."
    ),
    NoticeKind.IMPORT_FAILED: gettext_noop("“%(name)s” was not imported: %(reason)s"),
    NoticeKind.RUN_FAILED: gettext_noop("“%(name)s” failed: %(reason)s"),
    NoticeKind.PROPOSAL: gettext_noop("“%(name)s” is proposed, and does not pass the gate."),
    NoticeKind.DISK: gettext_noop(
        "%(free)s of %(total)s GiB are free in the data directory of %(subject)s."
    ),
}


def title_of(notice: Notice) -> str:
    """The kind, and where."""
    where = notice.project.name if notice.project is not None else _("this installation")
    return about(where, notice.get_kind_display())


def about(where: str, what: str) -> str:
    """A place, and what is said of it."""
    return _("%(where)s: %(what)s") % {"where": where, "what": what}


def sentence_of(notice: Notice) -> str:
    """What is so, with its figures."""
    shown = _Facts((name, _shown(value)) for name, value in notice.facts.items())
    shown["subject"] = notice.subject
    if notice.kind == NoticeKind.QUEUE:
        return _queue(shown, notice.facts.get("n_left", 0))
    if notice.kind == NoticeKind.PROPOSAL and notice.facts.get("passes"):
        return _("“%(name)s” is proposed, and passes the gate.") % shown
    return _(WORDS[notice.kind]) % shown


def _queue(shown: dict[str, str], n_left: int) -> str:
    words = ngettext(
        "%(n_left)s judgement is left. At the pace of the last day, %(n_judged)s judgements, "
        "the queue is empty in at most %(hours)s hours.",
        "%(n_left)s judgements are left. At the pace of the last day, %(n_judged)s judgements, "
        "the queue is empty in at most %(hours)s hours.",
        n_left,
    )
    return words % shown


def path_of(notice: Notice) -> str:
    """The page on which to see to it."""
    path = notice.facts.get("path")
    if isinstance(path, str) and path.startswith("/"):
        return path
    if notice.project is None:
        return reverse("annotate:notices")
    slug = notice.project.slug
    match notice.kind:
        case NoticeKind.IMPORT_FAILED:
            return reverse("annotate:import", args=[slug, notice.subject])
        case NoticeKind.QUEUE:
            return reverse("annotate:imports", args=[slug])
        case NoticeKind.PERSON_LOW:
            return reverse("annotate:members", args=[slug])
        case _:
            return reverse("annotate:agreement", args=[slug])


class _Facts(dict[str, str]):
    """A notice of an older version may lack a fact: its page is shown all the same."""

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return str(value)
