"""Who could be entered in an arena, as a page offers them: looked for where it costs little."""

from dataclasses import dataclass

from django.db.models import Count

from annotate.comparisons.visible import visible_prompts
from annotate.models import Completion, Project

LOOKED_AT = 2_000  # prompts, the newest: a project may have a million
MOST_OFFERED = 200


@dataclass(frozen=True, kw_only=True)
class OfferedOrigins:
    """origins: each with how many of the prompts looked at it answered, most first."""

    origins: list[tuple[str, int]]
    are_all: bool  # those that answered other prompts alone can still be named


def offered_origins(project: Project) -> OfferedOrigins:
    prompts = visible_prompts(project)
    newest = prompts.order_by("-pk").values("pk")[:LOOKED_AT]
    written = Completion.objects.filter(prompt__in=newest).exclude(origin="").exclude(text="")
    counted = written.values("origin").annotate(n=Count("prompt", distinct=True))
    found = [(row["origin"], row["n"]) for row in counted.order_by("-n", "origin")]
    are_all = len(found) <= MOST_OFFERED and prompts[: LOOKED_AT + 1].count() <= LOOKED_AT
    return OfferedOrigins(origins=found[:MOST_OFFERED], are_all=are_all)
