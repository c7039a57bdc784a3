import uuid

import pytest
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, transaction

from annotate.database import bulk_insert
from annotate.database.bulk_insert import insert
from annotate.models import Comparison, Completion, Prompt
from tests.factories import make_completion, make_project, make_prompt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[1, 1000], ids=["many", "few"])
def way(request, monkeypatch):
    """The ways of many rows and of a few."""
    monkeypatch.setattr(bulk_insert, "FEWEST_NUMBERED", request.param)


TEXT = "What is 'quoted', \"quoted\", 100 %s,\ta\\tab\r\n\\N and \\.?\n\\.\n你好 🙂 \x7f"


def test_rows_are_stored_as_bulk_create_stores_them():
    project = make_project()
    values = {"messages": [{"role": "user", "content": TEXT}], "tags": ["a", "b\\"]}
    values |= {"project_id": project.pk, "external_id": TEXT}
    Prompt.objects.bulk_create([Prompt(digest=f"{0:064}", **values)])
    [key] = insert(Prompt, [{"digest": f"{1:064}", **values}])

    one, other = Prompt.objects.order_by("pk")
    assert other.pk == key
    for name in ("project_id", "messages", "tags", "language", "external_id"):
        assert getattr(one, name) == getattr(other, name)
    assert other.messages[0]["content"] == TEXT
    assert other.public_id != one.public_id
    assert other.created_at is not None  # by the database


def test_absent_values_and_generated_columns_are_the_databases():
    prompt = make_prompt(make_project())
    first, second = (make_completion(prompt, text=text) for text in "ab")
    pair = {"project_id": prompt.project_id, "prompt_id": prompt.pk, "wanted": 3}
    [key] = insert(Comparison, [{**pair, "first_id": first.pk, "second_id": second.pk}])
    stored = Comparison.objects.get(pk=key)
    assert stored.source is None
    assert stored.is_open
    assert stored.queue_key == stored.rand_key > 0


def test_keys_follow_the_order_of_the_rows():
    prompt = make_prompt(make_project())
    rows = [
        {
            "prompt_id": prompt.pk,
            "public_id": uuid.uuid4(),
            "text": f"{number}",
            "digest": f"{number:064}",
            "sampling": {"temperature": 0.7} if number % 2 else None,
        }
        for number in range(10)
    ]
    keys = insert(Completion, rows)
    assert len(set(keys)) == 10
    for key, row in zip(keys, rows, strict=True):
        stored = Completion.objects.get(pk=key)
        assert {name: getattr(stored, name) for name in row} == row
    later = make_completion(prompt)
    assert later.pk not in keys  # the sequence knows of them


def test_keys_are_never_given_twice_whoever_inserts():
    prompt = make_prompt(make_project())

    def insert_two(name: str) -> list[int]:
        pairs = [(f"{name}{number}", f"{name}{number}".zfill(64)) for number in range(2)]
        rows = [{"prompt_id": prompt.pk, "text": text, "digest": digest} for text, digest in pairs]
        return insert(Completion, rows)

    seen = [make_completion(prompt, text="one").pk, *insert_two("a")]
    seen += [make_completion(prompt, text="two").pk, *insert_two("b")]
    Completion.objects.filter(pk=seen[-1]).delete()
    seen += insert_two("c")
    assert seen == sorted(set(seen))


@pytest.mark.skipif(not settings.IS_SQLITE, reason="PostgreSQL shares its memory out by itself")
def test_sqlite_has_room_for_many_rows_until_they_are_in():
    def room() -> list[int]:
        with connection.cursor() as cursor:
            return [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in bulk_insert.ROOM]

    usual = room()
    with pytest.raises(InterruptedError), bulk_insert.room_for_many_rows():
        assert room() == list(bulk_insert.ROOM.values()) != usual
        raise InterruptedError
    assert room() == usual


def test_what_the_table_refuses_is_an_error_of_djangos_and_leaves_nothing():
    prompt = make_prompt(make_project())
    row = {"prompt_id": prompt.pk, "text": "twice", "digest": f"{0:064}"}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Completion, [row, row])
    assert not Completion.objects.exists()


def test_an_attribute_that_is_no_column_is_refused():
    with pytest.raises(FieldDoesNotExist, match="Prompt has no project"):
        insert(Prompt, [{"project": None}])
    assert insert(Prompt, []) == []
