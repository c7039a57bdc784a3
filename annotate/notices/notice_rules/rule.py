"""What a rule finds: for each subject, whether its bound is surely passed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotate.models import AgreementReport, Project


class Measured:
    """What is known of a project at one look; its stored figures are read once, if at all."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def figures(self) -> dict[str, Any] | None:
        """Those of people, as far as rules ask for them; None before they are computed."""
        of_people = "report__without_simulated__"
        names = ("figures__krippendorff_alpha", "position", "haste", "annotators")
        stored = AgreementReport.objects.filter(
            project=self.project, report__schema=AgreementReport.SCHEMA
        ).values_list(*(of_people + name for name in names))
        row = stored.first()
        if row is None:
            return None
        return dict(zip(("alpha", "position", "haste", "annotators"), row, strict=True))


@dataclass(frozen=True)
class Reading:
    """is_met: the whole interval lies beyond the bound, or no longer does; None: neither is sure,
    and whatever stands goes on standing."""

    subject: str
    is_met: bool | None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A kind's usual bound, where it may lie, and how it is read.

    `read` gives None where nothing is known now. The bound is of `unit`; None: it has none.
    """

    read: Callable[[Measured, float], Iterable[Reading] | None]
    usual: float
    low: float
    high: float
    step: float


def beyond(end: float, bound: float, margin: float) -> bool | None:
    """Whether an end of an interval is above a bound; just below it, nothing changes.

    Without the margin, a figure that trembles about its bound would be told again and again.
    """
    if end > bound:
        return True
    return False if end <= bound - margin else None
