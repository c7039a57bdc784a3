"""A sweep from its form to its table, and all of it cancelled."""

import pytest
from django.test import Client
from django.urls import reverse

from alignment_core.configs import METHODS
from alignment_core.configs.options import options_of
from tests.factories import make_admin
from tests.training.conftest import freeze
from training.models import Run, RunState, Sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def form(judged_project, tiny_base) -> dict[str, object]:
    """What the form holds when a person changes nothing but these."""
    snapshot = freeze(judged_project(5))
    plain = {
        entry.name: entry.default
        for entry in options_of(METHODS["dpo"].config)
        if entry.default is not False and entry.parse is None
    }
    return {
        **plain,
        "snapshot": str(snapshot.public_id),
        "start": f"checkpoint:{tiny_base.public_id}",
        "name": "How strong?",
        "max_length": 128,
        "setting_1": "beta",
        "values_1": "0.05, 0.1，0.3",
    }


ADDRESS = reverse("training:sweep_new") + "?method=dpo"


def test_three_values_make_three_runs_and_a_page(boss, form):
    answer = boss.post(ADDRESS, form)
    sweep = Sweep.objects.get()
    assert answer.url == reverse("training:sweep", args=[sweep.public_id])
    assert [run.settings["beta"] for run in sweep.runs.order_by("pk")] == [0.05, 0.1, 0.3]
    page = boss.get(answer.url).content.decode()
    assert "Cancel all" in page
    first = sweep.runs.order_by("pk")[0]
    assert f"run={first.public_id}" in page  # the link that compares them
    assert "How strong?" in boss.get(reverse("training:sweeps")).content.decode()


def test_two_settings_and_a_truth(boss, form):
    boss.post(ADDRESS, {**form, "setting_2": "soft_labels", "values_2": "yes, no"})
    pairs = {(run.settings["beta"], run.settings["soft_labels"]) for run in Run.objects.all()}
    assert len(pairs) == 6


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"values_1": "0.1, much"}, "values_1"),
        ({"setting_1": "seed", "values_1": "1, 2.5"}, "values_1"),
        ({"setting_2": "beta", "values_2": "1, 2"}, "setting_2"),
        ({"values_2": "1, 2"}, "setting_2"),
        ({"setting_1": ""}, "setting_1"),
        ({"name": ""}, "name"),
        ({"setting_2": "soft_labels", "values_2": "perhaps"}, "values_2"),
    ],
)
def test_what_is_wrong_stands_at_its_field(boss, form, changes, field):
    answer = boss.post(ADDRESS, {**form, **changes})
    assert field in answer.context["form"].errors
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "values", ["0.1", "0.1, 0.10", "0.1, -1", ", ".join(map(str, range(1, 40)))]
)
def test_what_the_queue_refuses_is_shown_and_nothing_is_queued(boss, form, values):
    answer = boss.post(ADDRESS, {**form, "values_1": values})
    assert list(answer.context["form"].errors) == ["values_1"]
    assert f'value="{values}"' in answer.content.decode()
    assert not Run.objects.exists()
    assert not Sweep.objects.exists()


def test_all_of_it_is_cancelled_by_one_button(boss, form):
    boss.post(ADDRESS, form)
    sweep = Sweep.objects.get()
    address = reverse("training:sweep_cancel", args=[sweep.public_id])
    page = boss.post(address, follow=True).content.decode()
    assert "3 runs are cancelled" in page
    assert set(sweep.runs.values_list("state", flat=True)) == {RunState.CANCELLED}
    assert "Cancel all" not in page
    assert "have already ended" in boss.post(address, follow=True).content.decode()
