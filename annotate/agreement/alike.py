"""Which projects can be measured as one, told from what they offer: no judgement is read."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from annotate.comparisons.resolution_rule import offered_verdicts
from annotate.errors import InvalidInput
from annotate.models import Project


def require_alike(projects: Sequence[Project]) -> None:
    """Refuse the same project twice, and projects whose people could not say the same."""
    slugs = [project.slug for project in projects]
    for slug in slugs:
        if slugs.count(slug) > 1:
            message = _("The same project is given twice.")
            raise InvalidInput(message, field="project", value=slug)
    for first, second in pairwise(projects):
        offered = [set(offered_verdicts(project)) for project in (first, second)]
        if offered[0] != offered[1]:
            offering, other = (first, second) if offered[0] - offered[1] else (second, first)
            apart = (offered[0] - offered[1]) or (offered[1] - offered[0])
            message = _(
                "%(first)s offers “%(verdict)s” and %(second)s does not, so figures of both "
                "together would mean neither."
            ) % {"first": offering.slug, "second": other.slug, "verdict": min(apart).label}
            raise InvalidInput(message, field="project", value=second.slug)
