"""The cost of a judgement: few queries, and none that grows with the project or with history."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.judging.answers import Answer
from annotate.judging.leases import lease_next
from annotate.judging.next_comparison import BEFORE_ALL, candidates_for
from annotate.judging.round_trip import judge_and_hold_next
from annotate.models import Comparison, Judgement, Lease, LeaseState, Membership, Verdict
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparisons,
    make_completion,
    make_member,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db

N_COMPLETIONS = 202  # 202 · 201 / 2 = 20,301 pairs
# BEGIN and savepoints are queries on SQLite and in tests; they are none of ours.
NOT_QUERIES = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT")


def queries_of(work) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured if not query["sql"].upper().startswith(NOT_QUERIES)]


@pytest.mark.parametrize(("n_earlier", "most"), [(0, 11), (1, 13)])
def test_a_judgement_and_the_next_comparison_take_few_queries(n_earlier, most):
    project = make_project(overlap=3)
    comparisons = make_comparisons(project, 5)
    for comparison in comparisons:
        judge_comparison(comparison, *["first"] * n_earlier)
    annotator = make_member(project)
    lease = hold(annotator, project).current

    queries = queries_of(
        lambda: judge_and_hold_next(
            annotator=annotator,
            project=project,
            lease_id=lease.public_id,
            answer=Answer(side="left"),
            key="1",
        )
    )

    assert len(queries) <= most, "\n".join(queries)


def test_claiming_takes_few_queries_and_returning_what_is_held_fewer():
    project = make_project(overlap=3)
    make_comparisons(project, 5)
    annotator = make_member(project)

    def claim():
        lease_next(annotator=annotator, project=project)

    assert len(queries_of(claim)) <= 6
    assert len(queries_of(claim)) <= 2


def test_the_number_of_queries_does_not_grow_with_what_was_judged_before():
    project = make_project(overlap=9)
    make_comparisons(project, 12)
    people = [make_member(project) for _n in range(8)]

    def one_judgement(annotator):
        judge(annotator, hold(annotator, project, ahead=True).current)

    for annotator in people:
        one_judgement(annotator)
    n_early = len(queries_of(lambda: one_judgement(people[0])))
    for annotator in people:
        for _again in range(6):
            one_judgement(annotator)
    n_late = len(queries_of(lambda: one_judgement(people[0])))

    assert n_late <= n_early


def test_a_claim_uses_the_partial_index_on_twenty_thousand_rows():
    project = make_project(overlap=3)
    prompt = make_prompt(project)
    completions = sorted(
        (make_completion(prompt) for _n in range(N_COMPLETIONS)), key=lambda one: one.public_id
    )
    Comparison.objects.bulk_create(
        Comparison(project=project, prompt=prompt, first=first, second=second, wanted=3)
        for number, first in enumerate(completions)
        for second in completions[number + 1 :]
    )
    analyze()
    expect_the_index(make_member(project), project)

    annotator = make_member(project)
    judge_the_first_half(annotator, project)
    analyze()
    expect_the_index(annotator, project)


def expect_the_index(annotator, project):
    hold(annotator, project)
    membership = Membership.objects.select_related("project").get(annotator=annotator)
    candidates = candidates_for(annotator_id=annotator.pk, project_id=project.pk)
    for after in (membership.cursor, BEFORE_ALL):  # along the walk, and from its start
        rest = candidates.filter(queue_key__gt=after)
        plan = rest.select_for_update(of=("self",), no_key=True, skip_locked=True)[:1].explain()
        assert "comparison_queue" in plan, plan
        assert "Seq Scan on annotate_comparison" not in plan, plan
        assert "Hash" not in plan, plan  # which would read all of a table first
        assert "TEMP B-TREE" not in plan, plan
        assert "Sort" not in plan, plan


def judge_the_first_half(annotator, project):
    half = list(project.comparisons.order_by("queue_key")[:10_000])
    leases = Lease.objects.bulk_create(
        Lease(
            project=project,
            comparison=comparison,
            annotator=annotator,
            state=LeaseState.SPENT,
            first_is_left=True,
            expires_at=comparison.created_at,
        )
        for comparison in half
    )
    Judgement.objects.bulk_create(
        Judgement(
            project=project,
            comparison=lease.comparison,
            annotator=annotator,
            lease=lease,
            verdict=Verdict.FIRST,
            key=str(lease.pk),
        )
        for lease in leases
    )
    Comparison.objects.filter(pk__in=[one.pk for one in half[:5000]]).update(n_counted=1, n_first=1)


def analyze():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
