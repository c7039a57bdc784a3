"""Runs in the administration: launched as from the desk, cancelled and resumed."""

import pytest
from django.urls import reverse

from tests.factories import make_admin, make_user
from tests.training.conftest import QUICK, freeze
from training.forms.runs import RunForm
from training.models import Run, RunState
from training.runs.claimed import cancel_claimed_run, claim_run
from training.runs.dispatch import requeue_runs_of
from training.runs.queue import request_cancel

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "admin:training_run_add"


def filled(snapshot, base, method: str) -> dict:
    defaults = {
        name: field.initial
        for name, field in RunForm(method=method).fields.items()
        if field.initial is not None and field.initial is not False
    }
    start = {"snapshot": snapshot.public_id, "start": f"checkpoint:{base.public_id}", "name": "A"}
    return {**defaults, **QUICK, **start}


def test_a_run_is_queued_from_the_form_of_its_method(admin_client, judged_project, tiny_base):
    snapshot = freeze(judged_project(6))
    page = admin_client.get(reverse(ADD) + "?method=dpo")
    assert b'name="beta"' in page.content
    assert b'name="beta"' not in admin_client.get(reverse(ADD) + "?method=sft").content
    sent = filled(snapshot, tiny_base, "dpo") | {"beta": "0.25"}
    answer = admin_client.post(reverse(ADD) + "?method=dpo", sent, follow=True)
    assert answer.status_code == 200
    run = Run.objects.get()
    assert (run.method, run.settings["beta"], run.base) == ("dpo", 0.25, tiny_base)
    assert b"DPO works best from a checkpoint" in answer.content


def test_what_is_refused_is_shown_at_its_field(admin_client, judged_project, tiny_base):
    sent = filled(freeze(judged_project(6)), tiny_base, "sft") | {"max_length": "4096"}
    page = admin_client.post(reverse(ADD) + "?method=sft", sent)
    assert "holds 128" in page.content.decode()
    assert not Run.objects.exists()


def test_the_form_advises_estimates_and_begins_as_the_address_says(
    admin_client, judged_project, tiny_base
):
    snapshot = freeze(judged_project(6))
    asked = f"{reverse(ADD)}?method=dpo&snapshot={snapshot.public_id}&beta=0.7"
    page = admin_client.get(asked).content.decode()
    assert "Which method?" in page
    assert f'href="?method=sft&amp;snapshot={snapshot.public_id}"' in page
    assert f'<option value="{snapshot.public_id}" selected>' in page
    assert 'name="beta" value="0.7"' in page

    sent = filled(snapshot, tiny_base, "dpo") | {"estimate": "1"}
    shown = admin_client.post(reverse(ADD) + "?method=dpo", sent).content.decode()
    assert "What it will take" in shown
    assert "DPO works best from a checkpoint" in shown
    assert not Run.objects.exists()
    desk = admin_client.post(reverse("training:run_new") + "?method=dpo", sent).content.decode()
    assert "DPO works best from a checkpoint" in desk


def test_runs_are_cancelled_and_resumed_from_the_list(admin_client, queued_run):
    run = queued_run()
    run_list = reverse("admin:training_run_changelist")
    for action, state in (("cancel", RunState.CANCELLED), ("resume", RunState.QUEUED)):
        admin_client.post(run_list, {"action": action, "_selected_action": [run.pk]})
        run.refresh_from_db()
        assert run.state == state


def test_everything_else_is_shown_and_cannot_be_changed(admin_client, queued_run):
    run = queued_run()
    page = admin_client.get(reverse("admin:training_run_change", args=[run.pk]))
    assert page.status_code == 200
    assert str(run.token).encode() not in page.content or run.token is None
    posted = admin_client.post(
        reverse("admin:training_run_change", args=[run.pk]), {"state": "succeeded"}
    )
    assert posted.status_code == 403
    for model in ("snapshot", "checkpoint", "evaluation", "worker"):
        assert admin_client.get(reverse(f"admin:training_{model}_changelist")).status_code == 200
        assert admin_client.get(reverse(f"admin:training_{model}_add")).status_code == 403


def test_a_run_is_shown_with_its_attempts(admin_client, queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="first@here")
    requeue_runs_of("first@here")
    run = claim_run(run_id=run.public_id, worker="second@here")
    request_cancel(run_id=run.public_id, requested_by=make_admin(username="whoever"))
    cancel_claimed_run(run=run)
    page = admin_client.get(reverse("admin:training_run_change", args=[run.pk])).content.decode()
    for told in ("first@here", "went away without a word", "second@here", "whoever"):
        assert told in page
    assert 'name="attempts-0-reason"' not in page  # shown, never edited
    assert admin_client.get(reverse("admin:training_retention_changelist")).status_code == 200


def test_only_a_site_admin_comes_in(client):
    client.force_login(
        make_user(is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(reverse(ADD)).status_code in (302, 403)
