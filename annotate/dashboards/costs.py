"""What a project has cost so far: what models at its endpoints were paid for."""

from dataclasses import dataclass

from django.db.models import Sum

from annotate.endpoints.money import in_words
from annotate.models import Generation, Project


@dataclass(frozen=True)
class Cost:
    """Money in billionths, with the most that calls which are still open may cost."""

    amount: int
    currency: str

    @property
    def in_words(self) -> str:
        return in_words(self.amount, self.currency)


def costs_of(project: Project) -> list[Cost]:
    """One for each currency, as none is changed into another."""
    spent = Generation.objects.filter(project=project, spent__gt=0).order_by("currency")
    sums = spent.values("currency").annotate(n=Sum("spent"))
    return [Cost(row["n"], row["currency"]) for row in sums]
