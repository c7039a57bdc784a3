"""Which votes of an arena count: people's say who is better, machines' stand apart."""

import hashlib
import json
from array import array

from django.db.models import QuerySet

from annotate.agreement.taking_part import TAKES_PART
from annotate.models import HUMAN_KINDS, Arena, Judgement, Membership


def counted_votes(arena: Arena) -> QuerySet[Judgement]:
    """Live ones that count towards their comparison, as agreement takes them."""
    return Judgement.objects.filter(TAKES_PART, comparison__meetings__arena=arena)


def peoples_votes(arena: Arena) -> QuerySet[Judgement]:
    """Of people here or elsewhere: what the arena asks for and is decided by."""
    return counted_votes(arena).filter(annotator__kind__in=HUMAN_KINDS)


def digest_of_votes(arena: Arena) -> str:
    """Of all that standings are made of: whatever changes them changes it, whoever wrote that.

    A judgement never changes but by being withdrawn or no longer counted, so its key stands for it.
    What else may change are the cohorts of people and the tags of prompts.
    """
    digest = hashlib.sha256()
    for votes in (counted_votes(arena), peoples_votes(arena)):
        keys = votes.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=20_000)
        digest.update(array("q", keys).tobytes() + b"/")
    members = Membership.objects.filter(project=arena.project_id).exclude(cohort="")
    cohorts = list(members.order_by("annotator").values_list("annotator", "cohort"))
    tags = list(arena.prompts.order_by("pk").values_list("pk", "tags"))
    digest.update(json.dumps([cohorts, tags]).encode())
    return digest.hexdigest()
