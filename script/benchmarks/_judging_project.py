"""The project that is judged: filled by rows alone, and looked at afterwards."""

import uuid
from collections.abc import Sequence

from script.benchmarks._judging_clients import Client

OVERLAP = 3
BATCH = 5_000
N_GOLD = 200
SLUG = "bench"
PROMPT, ANSWER = "Why is the sky blue? " * 15, "Because of the way light is scattered. " * 20


def fill(n_comparisons: int, judged: float) -> None:
    """Bring the project to so many comparisons, or, if some were used up, to so many open ones.

    Args:
        judged: the share of what is added that earlier people have judged already.
    """
    from django.db import connection, transaction

    from annotate.database.bulk_insert import room_for_many_rows
    from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
    from annotate.judging.protocols.versions import add_version
    from annotate.models import Comparison, Project

    project = Project.objects.filter(slug=SLUG).first()
    n_missing = n_comparisons
    if project is None:
        project = Project.objects.create(slug=SLUG, name="Bench", overlap=OVERLAP)
        add_version(project, PRESETS[USUAL_PRESET].declaration)
    else:
        n_open = Comparison.objects.filter(project=project, is_open=True).count()
        n_missing = max(0, round(n_comparisons * (1 - judged)) - n_open)
        judged = 0.0
    with room_for_many_rows():
        for start in range(0, n_missing, BATCH):
            with transaction.atomic():
                _add(project, min(BATCH, n_missing - start), judged)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _add(project, n: int, judged: float) -> None:
    from annotate.database.bulk_insert import insert
    from annotate.models import Comparison, Completion, Prompt

    names = [uuid.uuid4().hex for _number in range(n)]
    prompts = insert(
        Prompt,
        [
            {
                "project_id": project.pk,
                "messages": [{"role": "user", "content": f"{name}: {PROMPT}"}],
                "digest": f"{name:0>64}",
            }
            for name in names
        ],
    )
    completions = insert(
        Completion,
        [
            {
                "prompt_id": prompt,
                "public_id": public_id,
                "text": f"{side}: {ANSWER}",
                "digest": f"{side:064}",
            }
            for prompt in prompts
            for side, public_id in enumerate(sorted((uuid.uuid4(), uuid.uuid4())))
        ],
    )
    n_judged = round(judged * n)
    comparisons = insert(
        Comparison,
        [
            {
                "project_id": project.pk,
                "prompt_id": prompt,
                "first_id": first,
                "second_id": second,
                "wanted": OVERLAP,
                "n_counted": OVERLAP if number < n_judged else 0,
                "n_first": OVERLAP if number < n_judged else 0,
            }
            for number, (prompt, first, second) in enumerate(
                zip(prompts, completions[::2], completions[1::2], strict=True)
            )
        ],
    )
    _judge_all(project, comparisons[:n_judged])


def _judge_all(project, comparisons: Sequence[int]) -> None:
    """What earlier people have judged, by rows alone."""
    from annotate.database.bulk_insert import insert
    from annotate.models import Annotator, AnnotatorKind, Judgement

    judges = list(Annotator.objects.filter(kind=AnnotatorKind.IMPORTED)) or [
        Annotator.objects.create(kind=AnnotatorKind.IMPORTED) for _number in range(OVERLAP)
    ]
    insert(
        Judgement,
        [
            {
                "project_id": project.pk,
                "comparison_id": comparison,
                "annotator_id": judge.pk,
                "verdict": "first",
                "guidelines_version": 1,
                "key": f"before:{comparison}",
            }
            for comparison in comparisons
            for judge in judges
        ],
    )


def look_after_quality(*, is_on: bool) -> None:
    """Turn on, or off, all that is done for quality; there is gold from the first time on."""
    from annotate.models import AfterGold, Comparison, Project

    off = {"gold_every": 0, "repeat_every": 0, "after_gold": AfterGold.NOTHING}
    on = {"gold_every": 10, "repeat_every": 20, "repeat_after": 20, "after_gold": AfterGold.WARN}
    Project.objects.filter(slug=SLUG).update(**(on if is_on else off))
    comparisons = Comparison.objects.filter(project__slug=SLUG)
    if is_on and not comparisons.filter(is_gold=True).exists():
        chosen = list(comparisons.order_by("-pk").values_list("pk", flat=True)[:N_GOLD])
        comparisons.filter(pk__in=chosen).update(gold_verdict="first")


def tokens_of_new_members(n: int) -> list[str]:
    from annotate.models import Project, Role
    from annotate.people.members import add_member, create_user, issue_token

    project = Project.objects.get(slug=SLUG)
    tokens = []
    for _number in range(n):
        user = create_user(username=f"client-{uuid.uuid4().hex[:12]}")
        add_member(project=project, user=user, role=Role.ANNOTATOR)
        tokens.append(issue_token(user=user, name="bench")[1])
    return tokens


def check(clients: list[Client]) -> tuple[int, int, int]:
    """Acknowledged but not stored; judged twice; counted, or more taken than counters say."""
    from django.db.models import Count, F, Q

    from annotate.models import Comparison, Judgement

    told = {one for client in clients for one in client.acknowledged}
    stored = Judgement.objects.exclude(key__startswith="before:")
    found = {str(one) for one in stored.values_list("public_id", flat=True)}
    live = Judgement.objects.filter(withdrawn_at=None)
    duplicates = live.values("annotator", "comparison").annotate(n=Count("pk")).filter(n__gt=1)
    counted = Q(judgements__withdrawn_at=None, judgements__is_counted=True)
    # What gold was given for beside the queue is kept beyond what was wanted, and not counted.
    of_the_queue = ~Q(judgements__lease__is_extra=True) | Q(judgements__is_counted=True)
    over_collected = Comparison.objects.annotate(
        n=Count("judgements", filter=counted), n_all=Count("judgements", filter=of_the_queue)
    ).filter(Q(n__gt=F("wanted")) | Q(n_all__gt=F("wanted")) | ~Q(n=F("n_counted")))
    return len(told - found), duplicates.count(), over_collected.count()
