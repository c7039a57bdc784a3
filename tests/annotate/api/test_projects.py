import pytest

from annotate.models import AuditEvent, Membership, Project, Role
from tests.factories import make_admin, make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects/"


@pytest.fixture
def project() -> Project:
    return make_project(slug="helpful", name="Helpful")


@pytest.fixture
def lead(calling, project):
    return calling(make_member(project, user=make_user(username="lead"), role=Role.LEAD).user)


def test_everybody_lists_the_projects_they_have_a_part_in_with_their_role(calling, project):
    make_project(slug="other")
    client = calling(make_member(project, user=make_user()).user)
    rows = client.get(PROJECTS).json()["results"]
    assert [(row["slug"], row["role"]) for row in rows] == [("helpful", "annotator")]
    assert {row["slug"] for row in calling(make_admin()).get(PROJECTS).json()["results"]} == {
        "helpful",
        "other",
    }


def test_a_project_lists_no_row_number(lead):
    assert {"id", "pk"}.isdisjoint(lead.get(f"{PROJECTS}helpful/").json())


def test_whoever_makes_a_project_leads_it(lead):
    made = lead.post(PROJECTS, {"name": "New one", "overlap": 5}, format="json")
    assert made.status_code == 201
    assert made.json()["slug"] == "new-one"
    assert made.json()["role"] == "lead"
    stored = Project.objects.get(slug="new-one")
    assert stored.overlap == 5
    assert AuditEvent.objects.filter(action="project.created", project=stored).exists()


def test_new_guidelines_are_a_new_version(lead):
    answer = lead.patch(f"{PROJECTS}helpful/", {"guidelines": "Be brief."}, format="json")
    assert answer.status_code == 200
    assert answer.json()["guidelines_version"] == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("overlap", 0),
        ("overlap", 51),
        ("min_agreement", 1.5),
        ("lease_seconds", 1),
        ("name", ""),
        ("is_demo", True),
        ("guidelines_version", 9),
        ("queue_epoch", 9),
        ("created_at", "2020-01-01T00:00:00Z"),
        ("slug", "stolen"),
        ("role", "lead"),
        ("overlp", 3),
    ],
)
def test_a_wrong_or_foreign_field_is_refused_and_changes_nothing(lead, project, field, value):
    before = Project.objects.values().get(pk=project.pk)
    answer = lead.patch(f"{PROJECTS}helpful/", {field: value}, format="json")
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert Project.objects.values().get(pk=project.pk) == before


@pytest.mark.parametrize(
    "query",
    [
        "owner__password__startswith=p",
        "memberships__annotator__user__password__startswith=md5",
        "slug=helpful",
        "ordering=created_at",
        "format=api",
        "page=2",
    ],
)
def test_a_list_takes_no_filter_that_it_does_not_name(lead, query):
    answer = lead.get(f"{PROJECTS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == query.partition("=")[0]
    assert answer.json()["code"] == "unknown"


def test_progress_counts_for_leads(lead, project):
    make_comparisons(project, 3)
    assert lead.get(f"{PROJECTS}helpful/progress/").json() == {
        "n_comparisons": 3,
        "n_resolved": 0,
        "n_judgements": 0,
        "n_simulated": 0,
    }


def test_a_lead_adds_pauses_and_removes_somebody_with_an_account(lead, project):
    make_user(username="new")
    body = {"username": "new", "role": "reviewer", "cohort": "spring"}
    added = lead.post(f"{PROJECTS}helpful/members/", body, format="json")
    assert added.status_code == 201
    assert added.json()["role"] == "reviewer"
    address = f"{PROJECTS}helpful/members/{added.json()['id']}/"
    paused = lead.patch(address, {"is_active": False}, format="json")
    assert paused.json()["is_active"] is False
    assert lead.delete(address).status_code == 204
    assert not Membership.objects.get(public_id=added.json()["id"]).is_active
    assert lead.get(address).status_code == 404
    listed = lead.get(f"{PROJECTS}helpful/members/").json()["results"]
    assert added.json()["id"] not in {row["id"] for row in listed}
    assert lead.patch(address, {"is_active": True}, format="json").status_code == 404


def test_adding_a_name_that_nobody_has_is_refused(lead):
    answer = lead.post(f"{PROJECTS}helpful/members/", {"username": "nobody"}, format="json")
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["value"]) == ("username", "nobody")


@pytest.mark.parametrize(
    "field", ["is_superuser", "is_staff", "user", "project", "annotator", "password"]
)
def test_nobody_becomes_more_by_adding_a_field(calling, project, lead, field):
    user = make_user(username="new")
    body = {"username": "new", field: True}
    answer = lead.post(f"{PROJECTS}helpful/members/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    user.refresh_from_db()
    assert not user.is_superuser and not user.is_staff
    assert not Membership.objects.filter(annotator__user=user).exists()


def test_a_member_cannot_change_their_own_role(calling, project):
    member = make_member(project, user=make_user())
    own = Membership.objects.get(annotator=member)
    answer = calling(member.user).patch(
        f"{PROJECTS}helpful/members/{own.public_id}/", {"role": "lead"}, format="json"
    )
    assert answer.status_code == 403
    own.refresh_from_db()
    assert own.role == Role.ANNOTATOR


def test_a_member_of_another_project_is_not_found_here(lead):
    other = make_member(make_project(slug="other"))
    foreign = Membership.objects.get(annotator=other)
    assert lead.get(f"{PROJECTS}helpful/members/{foreign.public_id}/").status_code == 404


def test_pages_of_a_list_follow_each_other_without_gap_or_repeat(lead, project):
    for _number in range(7):
        make_member(project)
    address, seen, n_pages = f"{PROJECTS}helpful/members/?page_size=3", [], 0
    while address:
        body = lead.get(address).json()
        seen += [row["id"] for row in body["results"]]
        address, n_pages = body["next"], n_pages + 1
    newest_first = Membership.objects.order_by("-pk").values_list("public_id", flat=True)
    assert seen == [str(public_id) for public_id in newest_first]
    assert n_pages == 3


def test_what_comes_in_while_somebody_reads_shifts_no_page(lead, project):
    for _number in range(4):
        make_member(project)
    first = lead.get(f"{PROJECTS}helpful/members/?page_size=2").json()
    make_member(project)
    second = lead.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    "query",
    ["cursor=1", "cursor=00000000-0000-4000-8000-000000000000", "page_size=0", "page_size=x"],
)
def test_a_wrong_cursor_or_size_is_refused(lead, query):
    answer = lead.get(f"{PROJECTS}helpful/members/?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == query.partition("=")[0]


def test_the_list_of_projects_costs_the_same_however_many_there_are(
    calling, django_assert_num_queries
):
    user = make_user()
    annotator = make_member(make_project(), user=user)
    for _number in range(10):
        Membership.objects.create(annotator=annotator, project=make_project())
    client = calling(user)
    client.get(PROJECTS)
    with django_assert_num_queries(3):  # the token, the roles, the projects
        client.get(PROJECTS)
