"""The pages of answers from models: from a file of prompts to comparisons that wait."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.generation.running import run_generation
from annotate.models import Comparison, Generation, GenerationState, Import, Role, Upload
from tests.annotate.generation.conftest import quick, server  # noqa: F401
from tests.annotate.generation.generating import endpoint_at, prompts_in, queued, two_of
from tests.factories import make_endpoint, make_member, make_project, make_user
from tests.model_server import status

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_user()
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def given(endpoint, **fields):
    return {
        "source_1": f"{endpoint.public_id}:small",
        "source_2": f"{endpoint.public_id}:large",
        "temperature": "1",
        "max_tokens": "100",
        "cut_completions": "leave_out",
        **fields,
    }


def test_the_look_before_an_import_says_how_many_will_wait(lead, project):
    file = SimpleUploadedFile("p.jsonl", b'{"prompt": "One?"}\n{"prompt": "Two?"}\n')
    values = {
        "file": file,
        "format": "auto",
        "wrong_rows": "refuse",
        "recorded_use": "hold",
        "alike_pairs": "keep",
        "look": "",
    }
    page = lead.post(f"/projects/{project.slug}/imports/", values, follow=True).content.decode()
    assert "These are prompts without answers: 2 will wait for answers." in page
    assert "Two?" in page
    assert not Import.objects.exists()
    assert Upload.objects.count() == 1


def test_without_endpoints_or_prompts_the_page_says_what_to_do(lead, project):
    address = f"/projects/{project.slug}/answers/"
    assert "There is no endpoint yet" in lead.get(address).content.decode()
    make_endpoint()
    assert "No prompt waits for answers" in lead.get(address).content.decode()


def test_a_cost_is_said_first_and_the_second_press_asks(lead, project, server):  # noqa: F811
    row = prompts_in(project, 3)
    page = lead.get(f"/projects/{project.slug}/imports/{row.public_id}/").content.decode()
    assert "Prompts that wait for answers" in page
    endpoint = endpoint_at(server)
    address = f"/projects/{project.slug}/answers/"
    page = lead.post(address, {**given(endpoint), "estimate": ""}).content.decode()
    assert "3 prompts, each answered twice." in page
    # 2 × 3 × (27 × 2 + 100 × 3) billionths
    assert "never more than 0.00000212 USD" in page
    assert not Generation.objects.exists()
    asked = lead.post(address, {**given(endpoint), "spend_limit": "5", "start": ""})
    row = Generation.objects.get()
    assert row.spend_limit == 5 * 10**9
    assert asked.status_code == 302
    page = lead.get(asked["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
    run_generation(generation_id=row.pk)
    page = lead.get(asked["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' not in page
    assert Comparison.objects.count() == 3
    assert server.key not in page


def test_what_cannot_be_asked_is_said_at_the_form(lead, project, server):  # noqa: F811
    prompts_in(project, 1)
    endpoint = endpoint_at(server)
    same = {"source_2": f"{endpoint.public_id}:small", "temperature": "0"}
    page = lead.post(
        f"/projects/{project.slug}/answers/", {**given(endpoint), **same, "start": ""}
    ).content.decode()
    assert "Both sources would write the same" in page
    assert not Generation.objects.exists()


def test_it_is_stopped_and_goes_on_by_buttons(lead, project, server):  # noqa: F811
    prompts_in(project, 2)
    row = queued(project, two_of(endpoint_at(server)))
    address = f"/projects/{project.slug}/answers/{row.public_id}/"
    assert "Go on" in lead.post(f"{address}cancel/", follow=True).content.decode()
    assert Generation.objects.get().state == GenerationState.CANCELLED
    assert "Stop" in lead.post(f"{address}resume/", follow=True).content.decode()
    server.faults = [status(400, "<b>too long</b>")]
    run_generation(generation_id=row.pk)
    page = lead.get(address).content.decode()
    assert "&lt;b&gt;too long&lt;/b&gt;" in page
    assert "<b>too long" not in page
