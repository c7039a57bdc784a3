"""A prepared query gives what the plain one gives, whatever was asked for first."""

import uuid

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from annotate.database import server_prepared
from annotate.database.prepared_query import PreparedQuery
from annotate.models import Comparison, Lease, LeaseState, Membership, Prompt
from tests.factories import hold, make_comparison, make_member, make_project, make_prompt

pytestmark = pytest.mark.django_db


def leases_of(annotator_id: int, lease_id: uuid.UUID):
    """A query with everything that the ways of judging use: joins, a subquery, a UUID, JSON."""
    other = Lease.objects.filter(annotator=annotator_id, state=LeaseState.LIVE)
    return (
        Lease.objects.filter(public_id=lease_id, annotator=annotator_id)
        .select_related("comparison__prompt", "project")
        .annotate(is_other_held=Exists(other.exclude(public_id=lease_id)))
    )


def test_it_finds_what_the_plain_query_finds():
    project = make_project(overlap=2)
    for number in range(3):
        prompt = make_prompt(project, text=f"Question {number}")
        make_comparison(project, prompt=prompt)
    prepared = PreparedQuery(leases_of)
    for ahead in (False, True):
        annotator = make_member(project)
        lease = hold(annotator, project, ahead=ahead).current
        values = {"annotator_id": annotator.pk, "lease_id": lease.public_id}
        plain = leases_of(**values).get()
        with CaptureQueriesContext(connection) as queries:
            found, annotations = prepared.first_annotated(**values)
            assert found.comparison.prompt.messages == plain.comparison.prompt.messages
            assert found.project == project
        assert len(queries) == 1
        assert annotations == {"is_other_held": ahead}
        assert found == plain
        for row, same in ((found, plain), (found.comparison, plain.comparison)):
            assert row._state.db == same._state.db == "default"  # or it cannot be related to others
            fields = [field.attname for field in row._meta.concrete_fields]
            assert {name: getattr(row, name) for name in fields} == {
                name: getattr(same, name) for name in fields
            }
        found.comparison.save()  # a row like any other


def test_nothing_is_none():
    prepared = PreparedQuery(leases_of)
    assert prepared.first(annotator_id=1, lease_id=uuid.uuid4()) is None
    assert prepared.first_annotated(annotator_id=2, lease_id=uuid.uuid4()) is None


def test_one_value_may_stand_in_several_places_and_values_may_be_equal():
    def between(low: int, high: int):
        inner = Comparison.objects.filter(pk=OuterRef("pk"), queue_key__lt=high)
        return Comparison.objects.filter(Exists(inner), queue_key__gt=low, queue_key__lt=high)

    project = make_project()
    comparison = make_comparison(project)
    comparison.refresh_from_db()
    key = comparison.queue_key
    prepared = PreparedQuery(between)
    assert prepared.first(low=key, high=key) is None  # equal when it was prepared
    assert prepared.first(low=key - 1, high=key + 1) == comparison
    assert prepared.first(low=key, high=key + 1) is None


def test_without_an_order_the_first_row_is_that_of_the_lowest_id():
    prompts = [make_prompt(make_project()) for _number in range(3)]
    assert PreparedQuery(lambda: Prompt.objects.all()).first() == prompts[0]


def test_a_value_that_changes_the_sql_is_refused():
    def maybe(role: str):
        return Membership.objects.filter(role=role) if role == "lead" else Membership.objects.all()

    with pytest.raises(ValueError, match="role='lead' changes the SQL"):
        PreparedQuery(maybe).first(role="lead")


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_only():
    if not connection.features.has_select_for_update:
        pytest.skip("SQLite has no row locks")
    project = make_project()
    locking = PreparedQuery(
        lambda project_id: Membership.objects.filter(project=project_id).select_for_update()
    )
    with transaction.atomic():
        assert locking.first(project_id=project.pk) is None
    with pytest.raises(transaction.TransactionManagementError):
        locking.first(project_id=project.pk)


def test_postgresql_keeps_the_statement_with_all_but_its_values_written_out():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans anew, which costs it little")
    annotator = make_member(make_project())
    prepared = PreparedQuery(leases_of)
    for _call in range(2):
        prepared.first(annotator_id=annotator.pk, lease_id=uuid.uuid4())
    kept = statements_with("annotate_lease")
    assert len(kept) == 1
    assert "'live'" in kept[0]  # else no partial index on live leases would serve it
    assert "$4" in kept[0]  # the id of the lease twice, the annotator's twice
    assert "$5" not in kept[0]


def test_behind_a_pooler_nothing_is_kept(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no pooler")
    monkeypatch.setattr(server_prepared, "_is_direct", lambda _driver: False)
    monkeypatch.setattr(server_prepared, "_directly", {})
    annotator = make_member(make_project())
    before = statements_with("annotate_lease")
    assert PreparedQuery(leases_of).first(annotator_id=annotator.pk, lease_id=uuid.uuid4()) is None
    assert statements_with("annotate_lease") == before


def test_a_statement_that_the_server_no_longer_has_fails_once_on_a_connection(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps no statements")
    monkeypatch.setattr(server_prepared, "_directly", {})
    annotator = make_member(make_project())
    prepared, values = PreparedQuery(leases_of), {"annotator_id": annotator.pk}
    assert prepared.first(**values, lease_id=uuid.uuid4()) is None
    with connection.cursor() as cursor:  # unseen by the driver, as a pooler does it
        cursor.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
    try:
        with pytest.raises(ProgrammingError), transaction.atomic():
            prepared.first(**values, lease_id=uuid.uuid4())
        assert prepared.first(**values, lease_id=uuid.uuid4()) is None
        assert not statements_with("annotate_lease")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")  # so that the driver forgets them, too


def statements_with(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall() if word in statement]


@pytest.mark.parametrize("text", ["it's 5 %", "%s", "\\'"])
def test_a_value_that_is_written_out_stays_the_same_text(text):
    def of_text(project_id: int):
        return Prompt.objects.filter(project=project_id, external_id=text)

    project = make_project()
    prompt = make_prompt(project)
    prepared = PreparedQuery(of_text)
    assert prepared.first(project_id=project.pk) is None
    Prompt.objects.filter(pk=prompt.pk).update(external_id=text)
    assert prepared.first(project_id=project.pk) == prompt
