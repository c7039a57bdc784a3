"""Pages of lineage do as much for many votes as for few."""

import sqlite3

import pytest
from django.db import connection
from django.test import Client

from annotate.models import (
    Comparison,
    Completion,
    Judgement,
    Preference,
    PreferenceJudgement,
    Prompt,
)
from tests.factories import judge_comparison, make_admin, make_comparison, make_member, make_project
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot
from training.models import SnapshotPair

pytestmark = pytest.mark.django_db
FIRST = 1000  # key of what is filled in
FEW, MANY = 200, 8000


@pytest.fixture
def pages():
    """The addresses of what leads from a vote to a model and back, on a chain of models."""
    project = make_project(name="Letters", slug="letters", overlap=1)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    snapshot = make_snapshot(project)
    SnapshotPair.objects.create(
        snapshot=snapshot,
        preference=Preference.objects.get(),
        position=0,
        split="train",
        digest="d",
    )
    newest = make_base()
    for number in range(6):
        newest = make_policy(newest, snapshot, name=f"Night {number}")
    checkpoint = f"/training/checkpoints/{newest.public_id}/"
    return [
        f"/training/votes/letters/{comparison.public_id}/",
        checkpoint,
        f"{checkpoint}votes/",
        f"{checkpoint}votes/?after=100",
        f"/training/snapshots/{snapshot.public_id}/",
    ]


@pytest.fixture
def boss() -> Client:
    user = make_admin(username="boss")
    make_member(make_project(slug="own"), user=user)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def fill(n: int) -> None:
    """As many more votes, each with its prompt, answers, preference and row of the snapshot."""
    comparison = Comparison.objects.order_by("pk").first()
    second = FIRST + MANY
    copy(Prompt, n, digest="'p' || {i}")
    copy(Completion, n, template=comparison.first_id, prompt_id=f"{FIRST} + {{i}}")
    copy(
        Completion,
        n,
        template=comparison.second_id,
        id=f"{second} + {{i}}",
        prompt_id=f"{FIRST} + {{i}}",
    )
    copy(
        Comparison,
        n,
        prompt_id=f"{FIRST} + {{i}}",
        first_id=f"{FIRST} + {{i}}",
        second_id=f"{second} + {{i}}",
    )
    copy(Judgement, n, comparison_id=f"{FIRST} + {{i}}", key="'k' || {i}", lease_id="NULL")
    copy(
        Preference,
        n,
        comparison_id=f"{FIRST} + {{i}}",
        chosen_id=f"{FIRST} + {{i}}",
        rejected_id=f"{second} + {{i}}",
    )
    copy(PreferenceJudgement, n, preference_id=f"{FIRST} + {{i}}", judgement_id=f"{FIRST} + {{i}}")
    copy(SnapshotPair, n, preference_id=f"{FIRST} + {{i}}", position="1 + {i}")


def copy(model, n: int, *, template: int | None = None, **columns: str) -> None:
    """Rows as its first one but for these columns, by the database itself."""
    columns = {"id": f"{FIRST} + {{i}}", **columns}
    series = "SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < %s - 1"
    fresh = "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"
    names = [field.column for field in model._meta.concrete_fields if not field.generated]
    if "public_id" in names:
        columns["public_id"] = fresh
    taken = [columns.get(name, f't."{name}"').format(i="CAST(i AS TEXT)") for name in names]
    for place, name in enumerate(names):
        if name in columns and "'" not in columns[name]:
            taken[place] = columns[name].format(i="i")
    quoted = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    pk = template or model.objects.order_by("pk").values_list("pk", flat=True).first()
    select = f"SELECT {', '.join(taken)} FROM g, {table} t WHERE t.id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) WITH RECURSIVE g(i) AS ({series}) {select}",
            [n, pk],
        )


def steps_of(client: Client, address: str) -> int:
    """How much SQLite does for a page, in hundreds of steps of its machine: the same every time."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    assert isinstance(connection.connection, sqlite3.Connection)
    connection.connection.set_progress_handler(count, 100)
    try:
        answer = client.get(address)
    finally:
        connection.connection.set_progress_handler(None, 0)
    assert answer.status_code == 200, address
    return counted


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite alone counts its steps")
def test_forty_times_as_many_votes_are_no_more_work(boss, pages):
    fill(FEW)
    for address in pages:
        boss.get(address)  # what is seen for the first time is noted once
    few = [steps_of(boss, address) for address in pages]
    for model in (SnapshotPair, PreferenceJudgement, Preference, Judgement, Comparison):
        model.objects.filter(pk__gte=FIRST).delete()
    Completion.objects.filter(pk__gte=FIRST).delete()
    Prompt.objects.filter(pk__gte=FIRST).delete()
    fill(MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for address in pages:
        boss.get(address)
    many = [steps_of(boss, address) for address in pages]
    for address, at_few, at_many in zip(pages, few, many, strict=True):
        assert at_many <= 1.5 * at_few + 20, address


def test_a_page_asks_as_many_questions_whatever_is_on_it(
    boss, pages, django_assert_max_num_queries
):
    fill(FEW)
    for address in pages:
        with django_assert_max_num_queries(60):
            assert boss.get(address).status_code == 200
