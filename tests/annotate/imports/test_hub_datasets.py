"""Data sets of a hub by their ids, from a real server on this machine."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.urls import reverse

from annotate.errors import AccordError, InvalidInput
from annotate.imports import fetching, hub_datasets
from annotate.imports.fetching import queue_fetch, run_fetch
from annotate.imports.importing import run_import
from annotate.imports.uploads import look_at
from annotate.models import Comparison, HubFetch, Import, Role, Upload, WorkState
from tests.annotate.imports.hub_server import hub_server
from tests.annotate.imports.importing import json_lines, pair
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
ROWS = json_lines(pair(1), pair(2))


@pytest.fixture
def served(settings):
    with hub_server() as hub_of_tests:
        hub_of_tests.files = {
            "acme/votes@main/data/train set.jsonl": ROWS,
            "acme/votes@main/README.md": b"#",
            "acme/votes@main/x.csv.gz": b"",
            "acme/votes@v2/old.json": b"[]",
        }
        settings.ACCORD_HUB_URL = hub_of_tests.url
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", hub_of_tests.port)]
        yield hub_of_tests


@pytest.fixture
def lead(client):
    project = make_project()
    member = make_member(project, user=make_user(), role=Role.LEAD)
    client.force_login(member.user)
    return client, project, member


def fetched(project, lead, path="data/train set.jsonl", **options):
    row = queue_fetch(
        project=project,
        requested_by=lead,
        dataset=options.pop("dataset", "acme/votes"),
        revision=options.pop("revision", "main"),
        path=path,
        **options,
    )
    run_fetch(fetch_id=row.pk)
    row.refresh_from_db()
    return row


def test_the_files_that_an_import_reads_are_listed(served):
    found = hub_datasets.files_of("acme/votes")
    assert [(file.path, file.n_bytes) for file in found] == [
        ("data/train set.jsonl", len(ROWS)),
        ("x.csv.gz", 0),
    ]
    assert [file.path for file in hub_datasets.files_of("acme/votes", "v2")] == ["old.json"]


def test_a_list_that_comes_in_pages_is_read_to_its_end_and_not_for_ever(served, monkeypatch):
    whole = hub_datasets.files_of("acme/votes")
    served.page_size = 1
    assert hub_datasets.files_of("acme/votes") == whole
    assert len(served.asked) == 1 + 4
    monkeypatch.setattr(hub_datasets, "MOST_PAGES", 3)
    with pytest.raises(hub_datasets.HubFailed, match="on and on"):
        hub_datasets.files_of("acme/votes")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" acme/votes ", "acme/votes"),
        ("datasets/acme/votes/", "acme/votes"),
        ("hf://datasets/acme/votes", "acme/votes"),
        ("{hub}/datasets/acme/votes", "acme/votes"),
        ("squad", "squad"),
    ],
)
def test_an_id_is_known_in_what_people_copy(served, typed, name):
    assert hub_datasets.dataset_named(typed.format(hub=served.url)) == name


@pytest.mark.parametrize(
    "typed", ["", "a/b/c", "../etc", "acme/..", "https://elsewhere.test/a/b", "a b/c", "acme/v?x=1"]
)
def test_what_is_no_id_is_refused_before_anything_is_asked(served, typed):
    with pytest.raises(InvalidInput):
        hub_datasets.files_of(typed)
    assert not served.asked


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("path", ["../x.json", "/x.json", "a//x.json", "x.py", "a\nb.json", ""])
def test_what_is_no_file_of_a_data_set_is_refused(lead, path):
    _client, project, member = lead
    with pytest.raises(InvalidInput):
        fetched(project, member, path)
    assert not HubFetch.objects.exists()


def test_a_file_comes_by_its_redirect_and_waits_to_be_looked_at(served, lead):
    _client, project, member = lead
    row = fetched(project, member)
    assert (row.state, row.n_done, row.upload.file_name) == (
        WorkState.SUCCEEDED,
        len(ROWS),
        "train set.jsonl",
    )
    assert look_at(row.upload).preview.added.n_comparisons == 2
    assert not Comparison.objects.exists()


def test_a_redirect_into_the_house_is_not_followed(served, lead):
    _client, project, member = lead
    served.redirect_to = "https://169.254.169.254/latest/meta-data/x.json"
    row = fetched(project, member)
    assert (row.state, Upload.objects.count()) == (WorkState.FAILED, 0)
    assert "169.254.169.254" in row.reason
    served.redirect_to = f"{served.url}/datasets/acme/votes/resolve/main/x.json"
    assert "on and on" in fetched(project, member).reason


@pytest.mark.parametrize(
    ("status", "said"), [(401, "not for everybody"), (404, "has no"), (503, "refuses")]
)
def test_what_the_hub_refuses_is_said_in_a_sentence(served, lead, status, said):
    _client, project, member = lead
    served.status = status
    assert said in fetched(project, member).reason
    with pytest.raises(AccordError, match=said):
        hub_datasets.files_of("acme/votes")


@pytest.mark.usefixtures("served")
def test_a_file_larger_than_is_taken_ends_in_a_sentence(lead, monkeypatch):
    _client, project, member = lead
    monkeypatch.setattr(hub_datasets, "MOST_BYTES", len(ROWS) - 1)
    row = fetched(project, member)
    assert (row.state, row.reason) == (
        WorkState.FAILED,
        "The answer is larger than is taken here.",
    )


@pytest.mark.usefixtures("served")
def test_one_file_is_fetched_at_a_time(lead):
    _client, project, member = lead
    busy = HubFetch.objects.create(
        project=project,
        dataset="acme/large",
        revision="main",
        path="x.json",
        state=WorkState.RUNNING,
        heartbeat_at=Now(),
    )
    row = fetched(project, member)
    assert (row.state, row.attempt) == (WorkState.QUEUED, 0)
    HubFetch.objects.filter(pk=busy.pk).update(state=WorkState.FAILED)
    run_fetch(fetch_id=row.pk)
    row.refresh_from_db()
    assert row.state == WorkState.SUCCEEDED


@pytest.mark.usefixtures("served")
def test_a_worker_that_lost_its_claim_leaves_no_file_behind(lead, monkeypatch):
    _client, project, member = lead
    fetch = hub_datasets.fetch

    def slow(*arguments, **named):
        fetch(*arguments, **named)
        HubFetch.objects.update(token=None)

    monkeypatch.setattr(fetching.hub_datasets, "fetch", slow)
    assert fetched(project, member).state == WorkState.RUNNING
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("served")
def test_the_page_lists_fetches_and_leads_on_to_the_look(lead):
    client, project, _member = lead
    page = client.get(reverse("annotate:hub_files", args=[project.slug]), {"dataset": "acme/votes"})
    assert "data/train set.jsonl" in page.text
    given = {"dataset": "acme/votes", "revision": "", "path": "data/train set.jsonl"}
    answer = client.post(reverse("annotate:hub_files", args=[project.slug]), given)
    row = HubFetch.objects.get()
    assert answer["Location"] == reverse("annotate:hub_fetch", args=[project.slug, row.public_id])
    run_fetch(fetch_id=row.pk)
    page = client.get(answer["Location"])
    row.refresh_from_db()
    assert reverse("annotate:upload", args=[project.slug, row.upload.public_id]) in page.text


@pytest.mark.usefixtures("served")
def test_the_page_says_what_was_wrong_beside_the_field(lead):
    client, project, _member = lead
    page = client.get(reverse("annotate:hub_files", args=[project.slug]), {"dataset": "a b"})
    assert "like “owner/name”" in page.text
    page = client.get(reverse("annotate:hub_files", args=[project.slug]), {"dataset": "acme/none"})
    assert "The hub has no" in page.text


def test_without_a_hub_there_is_no_page(lead, settings):
    client, project, _member = lead
    settings.ACCORD_HUB_URL = ""
    address = reverse("annotate:hub_files", args=[project.slug])
    assert client.get(address).status_code == 404
    assert address not in client.get(reverse("annotate:imports", args=[project.slug])).text


@pytest.mark.usefixtures("served")
def test_the_api_fetches_and_imports(lead):
    client, project, _member = lead
    body = {"dataset": "acme/votes", "path": "data/train set.jsonl", "recorded_use": "count"}
    address = reverse("api:hub-fetches", args=[project.slug])
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 202
    run_fetch(fetch_id=HubFetch.objects.get().pk)
    came_in_as = client.get(answer["Location"]).json()["came_in_as"]
    row = Import.objects.get(public_id=came_in_as)
    run_import(import_id=row.pk)
    row.refresh_from_db()
    assert (row.n_comparisons, row.recorded_use) == (2, "count")
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("served")
def test_the_command_imports_a_file_of_a_hub():
    make_project(slug="tea")
    call_command("import_comparisons", "tea", "hub:acme/votes/data/train set.jsonl")
    assert Comparison.objects.count() == 2
    with pytest.raises(CommandError, match="The hub has no"):
        call_command("import_comparisons", "tea", "hub:acme/votes/other.json")
    with pytest.raises(CommandError, match="The hub has no"):
        call_command("import_comparisons", "tea", "hub:acme/votes/x.json", "--revision", "v9")
