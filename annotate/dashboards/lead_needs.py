"""What waits for a lead, each with the page on which it is done."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.agreement.disagreements import disagreements
from annotate.agreement.plain_text import whole
from annotate.models import Appeal, Membership, Project, Standing
from annotate.projects.progress import Progress
from annotate.quality.appeals import appeals_of

MOST_COUNTED = 1000  # of what is contested: beyond it, nobody reads them all


@dataclass(frozen=True)
class Need:
    """key: for the API. words: what waits. action: the button's, which leads to url."""

    key: str
    n: int
    words: str
    action: str
    url: str
    is_urgent: bool = False


def needs_of(project: Project, progress: Progress) -> list[Need]:
    """Only what there is some of, the urgent first."""
    found = [
        *_from_progress(project, progress),
        *_of_people(project),
    ]
    return sorted(found, key=lambda need: not need.is_urgent)


def _from_progress(project: Project, progress: Progress) -> list[Need]:
    found = []
    listed = reverse("annotate:comparisons", args=[project.slug])
    if n := progress.n_open_flags:
        words = ngettext("%(n)s open flag", "%(n)s open flags", n) % {"n": whole(n)}
        found.append(
            Need("flags", n, words, _("Look at them"), f"{listed}?flagged=true", is_urgent=True)
        )
    if n := progress.n_adjudication:
        words = ngettext(
            "%(n)s comparison waits for a ruling", "%(n)s comparisons wait for a ruling", n
        ) % {"n": whole(n)}
        url = reverse("annotate:rulings", args=[project.slug])
        found.append(Need("rulings", n, words, _("Rule"), url, is_urgent=True))
    if progress.n_comparisons and not progress.n_open and not project.is_paused:
        url = reverse("annotate:imports", args=[project.slug])
        words = _("Nothing is left to hand out")
        found.append(Need("empty", 0, words, _("Bring in comparisons"), url))
    if n := disagreements(project).order_by()[:MOST_COUNTED].count():
        n_shown = _("%(n)s or more") % {"n": whole(n)} if n >= MOST_COUNTED else whole(n)
        words = ngettext(
            "People disagree on %(n)s comparison", "People disagree on %(n)s comparisons", n
        ) % {"n": n_shown}
        found.append(
            Need("contested", n, words, _("Read them"), f"{listed}?contested=true&sort=divided")
        )
    return found


def _of_people(project: Project) -> list[Need]:
    found = []
    quality = reverse("annotate:quality", args=[project.slug])
    is_any = Appeal.objects.filter(answered_at=None).exists()  # by its index, whatever the project
    if is_any and (n := appeals_of(project).count()):
        words = ngettext(
            "%(n)s appeal waits for an answer", "%(n)s appeals wait for an answer", n
        ) % {"n": whole(n)}
        url = f"{quality}#appeals-heading"
        found.append(Need("appeals", n, words, _("Answer"), url, is_urgent=True))
    stopped = Membership.objects.filter(
        project=project, left_at=None, standing__in=(Standing.PAUSED, Standing.FAILED)
    )
    if n := stopped.count():
        words = ngettext(
            "%(n)s person is paused by their answers to gold",
            "%(n)s people are paused by their answers to gold",
            n,
        ) % {"n": whole(n)}
        found.append(Need("paused", n, words, _("See how they stand"), quality, is_urgent=True))
    return found
