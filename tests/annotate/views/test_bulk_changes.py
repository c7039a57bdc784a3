import pytest
from django.urls import reverse

from annotate.models import BulkChange, Role, SavedView
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(slug="helpful", overlap=2)


@pytest.fixture
def lead(client, project):
    member = make_member(project, user=make_user(), role=Role.LEAD)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name, *args):
    return reverse(f"annotate:{name}", args=["helpful", *args])


def test_a_change_is_told_first_and_asked_for_by_a_second_press(lead, project):
    one, _other = make_comparisons(project, 2)
    body = {"scope": "ticked", "action": "tag", "value": "hard", "query": "done=false"}
    body["comparison"] = [str(one.public_id)]
    told = lead.post(address("bulk_change_preview"), body).content.decode()
    assert "Would change" in told
    assert "?done=false" in told
    assert not BulkChange.objects.exists()
    asked = lead.post(address("bulk_change_preview"), body | {"start": "yes"})
    change = BulkChange.objects.get()
    assert asked["Location"] == address("bulk_change", change.public_id)
    assert "1 that was ticked" in lead.get(asked["Location"]).content.decode()
    assert "Give them a tag" in lead.get(address("bulk_changes")).content.decode()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"action": "priority", "value": "soon", "scope": "matching"}, "“soon” is not a whole"),
        ({"action": "archive", "scope": "ticked"}, "No comparison is chosen."),
        ({"action": "archive", "scope": "ticked", "comparison": "x"}, "names no comparison"),
        ({"action": "archive", "scope": "matching", "query": "a=b"}, "The filter “a” cannot be"),
        ({}, "This field is required."),
    ],
)
def test_what_cannot_be_done_is_said_and_what_was_written_stays(lead, project, sent, says):
    text = lead.post(address("bulk_change_preview"), sent | {"start": "yes"}).content.decode()
    assert says in text
    if "value" in sent:
        assert f'value="{sent["value"]}"' in text
    assert not BulkChange.objects.exists()


def test_a_view_is_kept_shown_above_the_list_linked_and_deleted(lead, project):
    make_comparisons(project, 1)
    kept = lead.post(address("saved_views"), {"name": "<Hard>", "query": "done=false"})
    assert kept["Location"] == address("comparisons") + "?done=false"
    view = SavedView.objects.get()
    text = lead.get(address("comparisons") + "?done=false").content.decode()
    assert "&lt;Hard&gt;" in text
    assert address("saved_view", view.public_id) in text
    opened = lead.get(address("saved_view", view.public_id))
    assert opened["Location"] == address("comparisons") + "?done=false"
    lead.post(address("saved_view_delete", view.public_id))
    assert not SavedView.objects.exists()


def test_no_form_leads_to_an_address_that_is_no_view(lead, project):
    refused = lead.post(address("saved_views"), {"name": "", "query": "//elsewhere.example"})
    assert refused["Location"] == address("comparisons")
