"""The judging screen under a protocol that nobody has yet: a pair to look at, held by nobody."""

from django.utils.translation import gettext as _

from annotate.judging.shown_pair import Pair, blind_pair
from annotate.models import Comparison, Completion, Project, Prompt, Protocol


def previewed_pair(project: Project, declaration: dict[str, object]) -> Pair:
    """A pair of the project, or a sample, as it would be shown. Nothing is stored or leased."""
    comparisons = project.comparisons.select_related("prompt", "first", "second")
    comparison = comparisons.order_by("pk").first() or _sample()
    protocol = Protocol(project=project, declaration=declaration)
    return blind_pair(comparison, first_is_left=True, protocol=protocol)


def _sample() -> Comparison:
    question = _("Why does ice float on water?")
    return Comparison(
        prompt=Prompt(messages=[{"role": "user", "content": question}]),
        first=Completion(text=_("Because ice is lighter than water.")),
        second=Completion(
            text=_(
                "Water expands as it freezes, so that the same mass takes more room: ice is less "
                "dense than water, and floats with about a tenth of it above the surface."
            )
        ),
    )
