import pytest

from annotate.bulk import insert
from annotate.models import Comparison, Completion, Prompt
from tests.factories import make_completion, make_project, make_prompt

pytestmark = pytest.mark.django_db


def test_rows_are_stored_as_bulk_create_stores_them():
    project = make_project()
    messages = [{"role": "user", "content": "What is 'quoted' and 100 %s? 你好"}]
    rows = [
        Prompt(project=project, messages=messages, digest=f"{number:064}", tags=["a", "b"])
        for number in range(2)
    ]
    Prompt.objects.bulk_create(rows[:1])
    insert(rows[1:])

    one, other = Prompt.objects.order_by("pk")
    assert other.pk == rows[1].pk
    assert other.public_id == rows[1].public_id
    assert not rows[1]._state.adding
    for name in ("project_id", "messages", "tags", "language", "external_id"):
        assert getattr(one, name) == getattr(other, name)
    assert other.created_at is not None  # by the database


def test_absent_values_and_generated_columns_are_the_databases():
    prompt = make_prompt(make_project())
    first, second = sorted(
        (make_completion(prompt, text=text) for text in "ab"), key=lambda one: one.public_id
    )
    [row] = insert(
        [Comparison(project=prompt.project, prompt=prompt, first=first, second=second, wanted=3)]
    )
    stored = Comparison.objects.get(pk=row.pk)
    assert stored.source is None
    assert stored.is_open
    assert stored.queue_key == row.rand_key


def test_keys_follow_the_order_of_the_rows_over_several_statements(monkeypatch):
    monkeypatch.setattr("annotate.bulk.MOST_PARAMETERS", 20)
    prompt = make_prompt(make_project())
    rows = [Completion(prompt=prompt, text=f"{n}", digest=f"{n:064}") for n in range(10)]
    insert(rows)
    for row in rows:
        assert Completion.objects.get(pk=row.pk).text == row.text
