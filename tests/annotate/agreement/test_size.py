"""However many judgements there are, the page and the API read one stored report."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alignment_core.agreement import JudgementTable
from annotate.agreement.counts import Counts, report_of
from annotate.models import AgreementReport, Role
from tests.factories import judge_comparison, make_comparison, make_member, make_project, make_user

pytestmark = pytest.mark.django_db

N_ANNOTATORS = 200
LARGE = ("annotate_judgement", "annotate_comparison", "annotate_preference", "annotate_lease")


@pytest.fixture
def project():
    """One whose stored report is that of a large project, with two hundred annotators."""
    project = make_project(overlap=3)
    judge_comparison(make_comparison(project), "first", "second", "tie")
    rng = np.random.default_rng(0)
    comparison = np.repeat(np.arange(800), 5)
    annotator = (rng.integers(0, N_ANNOTATORS, 800)[:, None] + [0, 1, 7, 33, 111]) % N_ANNOTATORS
    categories = ("first", "second", "tie", "both_bad")
    table = JudgementTable.from_arrays(
        comparison,
        annotator.ravel(),
        np.full(4000, "first"),  # agreed: nothing contested has to exist in the database
        categories=categories,
        left_chosen=rng.integers(0, 2, 4000),
    )
    names = {n: (f"annotator-{n}", "person") for n in range(N_ANNOTATORS)}
    AgreementReport.objects.create(
        project=project,
        report=report_of(Counts(table, table, names, n_comparisons=200_000)),
        n_judgements=1_000_000,
        computed_at=timezone.now(),
    )
    return project


def plan_of(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # so small a table needs no index
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.parametrize("name", ["annotate:agreement", "api"])
def test_a_request_reads_the_stored_report_and_at_most_one_row_of_a_large_table(
    client, project, name
):
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/projects/{project.slug}/agreement/"
    if name != "api":
        address = reverse(name, args=[project.slug])

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)

    assert answer.status_code == 200
    assert b"annotator-7" in answer.content
    assert len(captured) <= 8
    asked = [query["sql"] for query in captured if f'FROM "{LARGE[0]}"' in query["sql"]]
    assert not [
        query["sql"]
        for query in captured
        if any(f'FROM "{table}"' in query["sql"] for table in LARGE[1:])
    ]
    for sql in asked:  # the newest judgement, to say whether the figures are up to date
        assert "LIMIT 1" in sql
        assert "judgement_by_time" in plan_of(sql)
    assert len(asked) == (0 if name == "api" else 1)


def test_the_page_of_a_large_project_lists_only_what_can_be_read(client, project):
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("annotate:agreement", args=[project.slug])).content.decode()
    assert page.count("<code>annotator-") < 300
    assert len(page) < 400_000
