"""A disk that fills up while people judge: refused in words, nothing half written, nothing lost."""

import uuid

import pytest
from django.db import connection

from annotate.models import Comparison, Judgement, Lease, LeaseState, Preference
from tests.factories import everything_asked, make_comparisons, make_member, make_project, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite alone"),
]


def set_room(n_pages: int) -> None:
    """Let the database grow by so many pages; past that SQLite finds its disk full."""
    with connection.cursor() as cursor:
        [in_use] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {in_use + n_pages}")


@pytest.fixture
def full_disk():
    yield lambda: set_room(0)
    set_room(1_000_000)


@pytest.fixture
def project():
    project = make_project(slug="helpful", overlap=1, asks=everything_asked())
    make_comparisons(project, 100)
    return project


def counts() -> tuple[int, ...]:
    return (
        Judgement.objects.count(),
        Preference.objects.count(),
        Lease.objects.filter(state=LeaseState.SPENT).count(),
        sum(Comparison.objects.values_list("n_counted", flat=True)),
    )


def test_a_judgement_that_no_longer_fits_is_refused_whole_and_taken_later(
    calling, project, full_disk
):
    client = calling(make_member(project, user=make_user()).user)
    client.raise_request_exception = False
    address = "/api/v1/projects/helpful/judgements/"
    lease = client.post("/api/v1/projects/helpful/next/", {}, format="json").json()["lease"]
    full_disk()
    n_taken = 0
    while True:
        # A long note needs pages of its own, so the end comes soon.
        body = {"lease": lease["id"], "verdict": "left", "key": uuid.uuid4().hex, "note": "n" * 999}
        answer = client.post(address, body, format="json")
        if answer.status_code != 201:
            break
        n_taken += 1
        lease = answer.json()["next"]["lease"]

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "database_unavailable"
    assert counts() == (n_taken,) * 4  # what was acknowledged, and nothing of the refused one

    set_room(1_000)
    again = client.post(address, body, format="json")
    assert again.status_code == 201
    assert counts() == (n_taken + 1,) * 4


def test_a_page_says_in_words_that_nothing_was_saved(client, project, full_disk):
    user = make_member(project, user=make_user()).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False
    client.get("/projects/helpful/judge/")
    full_disk()
    for _attempt in range(100):
        lease = Lease.objects.filter(state=LeaseState.LIVE).first()
        fields = {"lease": lease.public_id, "side": "left", "key": uuid.uuid4().hex}
        answer = client.post("/projects/helpful/judge/submit/", fields)
        if answer.status_code == 503:
            break
    assert "what you sent just now was not saved" in answer.content.decode()
