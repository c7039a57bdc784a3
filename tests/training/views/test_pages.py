"""The training pages: what they show, refuse and pass on."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alignment_core.configs import METHODS
from alignment_core.configs.options import options_of
from annotate.models import Role
from tests.factories import make_admin, make_member, make_user
from tests.training.conftest import freeze
from training.models import Run, RunMetric, RunState, Snapshot
from training.runs.claimed import claim_run, record_progress

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(
        make_admin(username="boss"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def frozen_snapshot(judged_project) -> Snapshot:
    return freeze(judged_project())


def run_form(snapshot: Snapshot, start: str, **changes: object) -> dict[str, object]:
    """What the form holds when a person changes nothing but these."""
    defaults = {
        entry.name: entry.default
        for entry in options_of(METHODS["dpo"].config)
        if entry.default is not False
    }
    chosen = {"snapshot": str(snapshot.public_id), "start": start, "name": "By hand"}
    return {**defaults, **chosen, "max_length": 128, **changes}


def test_a_snapshot_is_frozen_from_the_page(admin_client, judged_project) -> None:
    project = judged_project()
    answer = admin_client.post(
        reverse("training:snapshot_new"),
        {
            "name": "From the page",
            "projects": [str(project.public_id)],
            "kinds": ["person", "imported"],
            "min_agreement": "0",
            "eval_share": "0.2",
            "include_ties": "on",
        },
    )
    snapshot = Snapshot.objects.get()
    assert answer.url == reverse("training:snapshot", args=[snapshot.public_id])
    assert snapshot.selection["eval_share"] == 0.2
    page = admin_client.get(answer.url).content.decode()
    assert snapshot.digest in page


def test_a_refused_snapshot_says_why_and_keeps_what_was_typed(admin_client, judged_project) -> None:
    project = judged_project()
    answer = admin_client.post(
        reverse("training:snapshot_new"),
        {
            "name": "Nobody",
            "projects": [str(project.public_id)],
            "kinds": ["model"],
            "min_agreement": "0",
            "eval_share": "0.2",
        },
    )
    assert answer.status_code == 200
    assert not Snapshot.objects.exists()
    assert answer.context["form"].non_field_errors()
    assert b'value="Nobody"' in answer.content


def test_a_run_is_queued_with_the_settings_of_the_form(
    admin_client, frozen_snapshot, tiny_base
) -> None:
    url = reverse("training:run_new") + "?method=dpo"
    form = run_form(frozen_snapshot, f"checkpoint:{tiny_base.public_id}", beta="0.25")
    answer = admin_client.post(url, form)
    run = Run.objects.get()
    assert answer.url == reverse("training:run", args=[run.public_id])
    assert (run.method, run.name, run.settings["beta"]) == ("dpo", "By hand", 0.25)
    assert run.settings["soft_labels"] is False


def test_a_checkpoint_is_measured_with_the_settings_of_the_form(
    admin_client, frozen_snapshot, tiny_base
) -> None:
    address = reverse("training:evaluation_new")
    form = admin_client.get(address, {"checkpoint": tiny_base.public_id}).context["form"]
    assert form["checkpoint"].value() == str(tiny_base.public_id)
    sent = {name: field.initial for name, field in form.fields.items() if field.initial is not None}
    chosen = {"checkpoint": tiny_base.public_id, "snapshot": frozen_snapshot.public_id}
    answer = admin_client.post(address, {**sent, **chosen, "n_prompts": 3})
    run = Run.objects.get()
    assert answer.url == reverse("training:run", args=[run.public_id])
    assert (run.kind, run.base, run.settings["n_prompts"]) == ("evaluate", tiny_base, 3)
    refused = admin_client.post(address, {**sent, **chosen, "against": tiny_base.public_id})
    assert "Only a reward model can compare" in refused.content.decode()


def test_a_setting_out_of_range_stands_at_its_field(
    admin_client, frozen_snapshot, tiny_base
) -> None:
    url = reverse("training:run_new") + "?method=dpo"
    form = run_form(frozen_snapshot, f"checkpoint:{tiny_base.public_id}", beta="0")
    answer = admin_client.post(url, form)
    assert "beta" in answer.context["form"].errors
    assert not Run.objects.exists()


def test_a_run_that_is_under_way_is_polled_and_one_that_is_over_is_not(
    admin_client, queued_run
) -> None:
    run = queued_run()
    RunMetric.objects.create(
        run=run, phase="train", step=1, logged_at=timezone.now(), values={"loss": 2.5}
    )
    url = reverse("training:run", args=[run.public_id])
    page = admin_client.get(url).content.decode()
    live = reverse("training:run_live", args=[run.public_id])
    assert live in page
    assert '<svg class="chart__picture"' in page
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, reason="The disk is full.")
    page = admin_client.get(live).content.decode()
    assert "hx-get" not in page
    assert "The disk is full." in page


def test_the_page_of_a_run_in_a_long_rollout_shows_how_far_it_is(admin_client, queued_run) -> None:
    run = claim_run(run_id=queued_run().public_id, worker="here")
    live = reverse("training:run_live", args=[run.public_id])
    for done in (12, 13):
        counts = {"samples/done": done, "samples/total": 64}
        record_progress(
            run,
            metrics=[("rollout", 3, timezone.now(), counts)],
            values={"phase": "rollout", "step": 3, "total_steps": 20},
        )
        page = admin_client.get(live).content.decode()
        assert f"writing answers, step 3 of 20 · {done} of 64 answers" in page
    assert run.metrics.count() == 1  # one row a step, however long it samples
    record_progress(run, metrics=[], values={"phase": "train", "step": 4, "total_steps": 20})
    assert "answers" not in admin_client.get(live).content.decode()


def test_a_waiting_run_is_cancelled_and_resumed_from_its_page(admin_client, queued_run) -> None:
    run = queued_run()
    admin_client.post(reverse("training:run_cancel", args=[run.public_id]))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    admin_client.post(reverse("training:run_resume", args=[run.public_id]))
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_a_lead_reads_and_does_not_change(queued_run, tiny_base) -> None:
    run = queued_run()
    lead = make_user(username="lead")
    for project in run.snapshot.projects.all():
        make_member(project, user=lead, role=Role.LEAD)
    client = Client()
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("training:run", args=[run.public_id])).status_code == 200
    assert client.post(reverse("training:run_cancel", args=[run.public_id])).status_code == 403
    assert client.get(reverse("training:run_new")).status_code == 403
    page = client.get(reverse("training:checkpoint", args=[tiny_base.public_id])).content.decode()
    assert tiny_base.source not in page


def test_the_path_of_a_missing_base_is_refused_in_a_sentence(admin_client) -> None:
    answer = admin_client.post(
        reverse("training:base_new"), {"path_or_hub_id": "/nowhere/at/all", "name": ""}
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors
