"""The pages of leads and reviewers, by plain requests."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotate.judging.protocols.presets import PRESETS
from annotate.models import (
    AnnotatorKind,
    ComparisonState,
    Exposure,
    Import,
    Membership,
    Project,
    Role,
    Verdict,
)
from tests.factories import (
    everything_asked,
    hold,
    judge_comparison,
    make_admin,
    make_comparison,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=2, name="Helpful", asks=everything_asked())


@pytest.fixture
def lead(project):
    return make_member(project, role=Role.LEAD, user=make_user(username="lena"))


@pytest.fixture
def browser(lead) -> Client:
    return signed_in(lead.user)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, project, *rest) -> str:
    return reverse(f"annotate:{name}", args=[project.slug, *rest])


def test_opening_a_comparison_shows_the_votes_and_ends_the_readers_own_part(browser, project, lead):
    comparison = make_comparison(project, wanted=3)
    judge_comparison(comparison, Verdict.FIRST, Verdict.SECOND, note="I cannot choose.")
    held = hold(lead, project).current
    page = browser.get(url("comparison", project, comparison.public_id)).content.decode()
    assert page.count("I cannot choose.") == 2
    assert Exposure.objects.get().annotator == lead
    held.refresh_from_db()
    assert held.state == "released"


def test_the_list_shows_no_verdict(browser, project):
    judge_comparison(make_comparison(project), Verdict.FIRST, Verdict.FIRST)
    page = browser.get(url("comparisons", project)).content.decode()
    assert "2 / 2" in page
    rows = page[page.index("<tbody>") : page.index("</tbody>")]  # a filter names every verdict
    assert "is better" not in rows
    assert not Exposure.objects.exists()


def test_simulated_votes_are_marked_in_the_list_and_on_the_page(browser, project):
    comparison = make_comparison(project)
    vote = judge_comparison(comparison, Verdict.TIE)[0]
    vote.annotator.kind = AnnotatorKind.SIMULATED
    vote.annotator.save()
    assert "simulated votes" in browser.get(url("comparisons", project)).content.decode()
    page = browser.get(url("comparison", project, comparison.public_id)).content.decode()
    assert "simulated" in page
    assert "1 simulated" in browser.get(url("project", project)).content.decode()


def test_the_filters_find_disputes_rulings_and_flags(browser, project, lead):
    agreed, disputed = make_comparison(project), make_comparison(project)
    judge_comparison(agreed, Verdict.FIRST, Verdict.FIRST)
    judge_comparison(disputed, Verdict.FIRST, Verdict.SECOND)
    disputed.flags.create(annotator=lead, reason="harmful")
    for name, value in (("contested", "true"), ("state", "adjudication"), ("flagged", "true")):
        page = browser.get(url("comparisons", project), {name: value}).content.decode()
        assert str(disputed.public_id) in page, name
        assert str(agreed.public_id) not in page, name


def test_a_ruling_closes_the_comparison(browser, project):
    comparison = make_comparison(project)
    judge_comparison(comparison, Verdict.FIRST, Verdict.SECOND)
    address = url("comparison", project, comparison.public_id)
    browser.post(address, {"verdict": "second", "note": "The first is wrong about dates."})
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.ADJUDICATED
    assert "The first is wrong about dates." in browser.get(address).content.decode()


def test_a_ruling_without_a_verdict_says_what_is_missing(browser, project):
    comparison = make_comparison(project)
    page = browser.post(url("comparison", project, comparison.public_id), {"note": "?"})
    assert "This field is required." in page.content.decode()
    assert not comparison.adjudications.exists()


def test_a_member_is_added_by_name_and_a_wrong_name_is_named(browser, project):
    make_user(username="ben")
    page = browser.post(url("add_members", project), {"username": "bob", "role": "annotator"})
    assert "Nobody here is called “bob”" in page.content.decode()
    data = {"username": "ben", "role": "reviewer", "cohort": "experts"}
    assert browser.post(url("add_members", project), data).status_code == 302
    member = Membership.objects.get(annotator__user__username="ben")
    assert (member.role, member.cohort) == ("reviewer", "experts")


def test_a_member_is_paused(browser, project):
    annotator = make_member(project, user=make_user())
    member = annotator.memberships.get()
    data = {"role": "annotator", "cohort": ""}  # an empty box is not sent
    browser.post(url("member", project, member.public_id), data)
    member.refresh_from_db()
    assert not member.is_active
    assert signed_in(annotator.user).get(url("project", project)).status_code == 404


def test_an_upload_is_queued_with_the_choices_made(browser, project):
    file = SimpleUploadedFile("pairs.jsonl", b'{"prompt": "p", "chosen": "a", "rejected": "b"}\n')
    data = {"file": file, "format": "auto", "wrong_rows": "skip", "recorded_use": "count"}
    data |= {"alike_pairs": "keep"}
    answer = browser.post(url("imports", project), data)
    queued = Import.objects.get()
    assert answer.url == url("import", project, queued.public_id)
    assert (queued.file_name, queued.wrong_rows, queued.recorded_use) == (
        "pairs.jsonl",
        "skip",
        "count",
    )
    page = browser.get(answer.url).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "vendor/htmx" in page


def test_a_finished_import_lists_its_wrong_rows_and_asks_no_more(browser, project):
    failed = Import.objects.create(
        project=project,
        file_name="pairs.jsonl",
        state="failed",
        reason="1 wrong row: nothing was imported.",
        errors=[{"row": 7, "field": "chosen", "value": "<b>", "message": "This text is odd."}],
    )
    answer = browser.get(url("import", project, failed.public_id), headers={"hx-request": "true"})
    page = answer.content.decode()
    assert "nothing was imported" in page
    assert "&lt;b&gt;" in page
    assert "This text is odd." in page
    assert "hx-trigger" not in page
    assert "<html" not in page


def test_new_guidelines_make_a_new_version(browser, project):
    data = settings_of(project) | {"guidelines": "Choose the true one."}
    assert browser.post(url("settings", project), data).status_code == 302
    project.refresh_from_db()
    assert (project.guidelines, project.guidelines_version) == ("Choose the true one.", 2)


def test_a_wrong_setting_is_shown_at_its_field_and_nothing_is_saved(browser, project):
    data = settings_of(project) | {"overlap": "0", "name": "Changed"}
    page = browser.post(url("settings", project), data).content.decode()
    assert 'id="id_overlap_error"' in page
    assert 'aria-invalid="true"' in page
    assert '<p class="crumb">Helpful</p>' in page
    project.refresh_from_db()
    assert project.name == "Helpful"


def test_a_lead_makes_a_project_and_leads_it(browser, lead):
    data = {"name": "New one", "overlap": "3"}
    answer = browser.post(reverse("annotate:project_new"), data)
    made = Project.objects.get(name="New one")
    assert answer.url == url("imports", made)
    assert made.memberships.get().annotator == lead


def test_home_says_what_waits(browser, project):
    disputed = make_comparison(project)
    judge_comparison(disputed, Verdict.FIRST, Verdict.SECOND)
    page = browser.get("/").content.decode()
    assert "nothing waits for you" in page
    assert "1 needs a ruling" in page
    make_comparison(project)
    Membership.objects.update(queue_epoch=0)
    assert "Start judging" in browser.get("/").content.decode()


def test_home_does_not_forget_the_comparison_that_is_held(browser, project, lead):
    make_comparison(project, wanted=1)
    hold(lead, project, ahead=True)  # all there is, so the queue has nothing more for them
    assert "Start judging" in browser.get("/").content.decode()


def test_an_admin_without_a_part_is_told_how_to_get_one(project):
    page = signed_in(make_admin()).get(url("project", project)).content.decode()
    assert "add yourself as a member" in page


def settings_of(project) -> dict[str, str]:
    return {
        "name": project.name,
        "overlap": str(project.overlap),
        "min_judgements": "1",
        "resolution_rule": "majority",
        "min_agreement": "0.5",
        "min_posterior": "0.9",
        "lease_seconds": "900",
        "offline_pairs": "0",
        "offline_hours": "24",
    }


def test_a_project_is_made_with_what_it_asks(browser, lead):
    data = {"name": "New one", "overlap": "3", "preset": "edit"}
    browser.post(reverse("annotate:project_new"), data)
    assert Project.objects.get(name="New one").protocol.declaration == PRESETS["edit"].declaration
