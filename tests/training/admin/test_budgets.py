"""Budgets in the administration: by the service, with the limits of the desk's form."""

from datetime import time

import pytest
from django.urls import reverse

from annotate.models import AuditEvent
from tests.factories import make_project
from training.models import Budget

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "admin:training_budget_add"
NIGHT = {"quiet_from": "22:00", "quiet_until": "06:00", "time_zone": "Asia/Shanghai"}


def test_a_budget_is_set_changed_and_never_set_twice(admin_client):
    project = make_project(name="Letters")
    sent = {
        "project": project.pk,
        "weekly_hours": "1.5",
        "most_runs": "",
        "priority": "2",
        "time_zone": "UTC",
    }
    assert admin_client.post(reverse(ADD), sent).status_code == 302
    budget = Budget.objects.get()
    assert (budget.weekly_seconds, budget.most_runs, budget.priority) == (5400, None, 2)
    assert AuditEvent.objects.filter(action="budget.set").count() == 1

    again = admin_client.post(reverse(ADD), sent)
    assert "already exists" in again.content.decode()
    change = reverse("admin:training_budget_change", args=[budget.pk])
    assert 'value="1.5"' in admin_client.get(change).content.decode()
    answer = admin_client.post(
        change, {"weekly_hours": "", "most_runs": "3", "priority": "1", **NIGHT}
    )
    assert answer.status_code == 302
    budget.refresh_from_db()
    assert (budget.project, budget.weekly_seconds, budget.most_runs) == (project, None, 3)
    assert (budget.quiet_from, budget.quiet_until) == (time(22), time(6))
    listed = admin_client.get(reverse("admin:training_budget_changelist")).content.decode()
    assert "no limit" in listed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekly_hours", "nan"),
        ("weekly_hours", "-1"),
        ("weekly_hours", "1e300"),
        ("most_runs", "0"),
        ("most_runs", "99999"),
        ("priority", "101"),
        ("priority", ""),
        ("quiet_from", "22:00"),
        ("time_zone", "Moon"),
    ],
)
def test_what_no_budget_can_be_is_said_at_its_field(admin_client, field, value):
    sent = {
        "project": make_project().pk,
        "weekly_hours": "",
        "most_runs": "",
        "priority": "1",
        "time_zone": "UTC",
    }
    page = admin_client.post(reverse(ADD), sent | {field: value})
    assert page.status_code == 200
    assert f"field-{field}" in page.content.decode()
    assert "errorlist" in page.content.decode()
    assert not Budget.objects.exists()
