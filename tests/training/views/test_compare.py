"""The page that compares: what it shows, to whom, and that its link keeps the view."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from tests.world import drained
from training.models import Run, RunState

pytestmark = pytest.mark.django_db
PAGE = reverse("training:compare")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def boss() -> Client:
    return signed_in(make_admin(username="boss"))


@pytest.fixture
def two() -> list[Run]:
    ground = {"snapshot": make_snapshot(), "base": make_base()}
    losses = [0.9, 0.7, 0.5]
    return [
        trained_run("First", **ground, losses=losses, wins=right_on(60), beta=0.1),
        trained_run("Second", **ground, losses=losses, wins=right_on(40), beta=0.3),
    ]


def ids(runs: list[Run]) -> dict[str, list[str]]:
    return {"run": [str(run.public_id) for run in runs]}


def test_without_a_choice_there_is_what_to_choose_from(boss, two):
    page = boss.get(PAGE).content.decode()
    assert f'value="{two[0].public_id}"' in page
    assert "uplot" not in page


def test_two_runs_are_told_apart_with_what_differs_and_what_they_cost(boss, two):
    page = boss.get(PAGE, ids(two)).content.decode()
    assert "A and B can be told apart: A prefers what people preferred more often" in page
    assert '<th scope="row">Beta</th><td>0.1</td><td>0.3</td>' in page
    assert "1 min 2 s" in page  # 62.5 seconds, to the even second
    assert "1,234" in page  # tokens a second
    assert "vendor/uplot-1.6.32" in page
    assert "style=" not in page


def test_what_else_was_measured_has_its_own_interval(boss, two):
    assert "Measured beside that" not in boss.get(PAGE, ids(two)).content.decode()
    evaluation = two[0].evaluation
    evaluation.figures |= {
        "mean_length": {"value": 12.5, "low": 10.0, "high": 15.0, "n": 9},
        "win_rate": {"raw": {"value": 0.5, "low": None, "high": None, "n": 1}},
    }
    evaluation.save()
    page = boss.get(PAGE, ids(two)).content.decode()
    assert '<td class="fit">12.5 (10 – 15), n = 9</td><td class="fit">–</td>' in page
    assert '<td class="fit">0.5 (– – –), n = 1</td>' in page


def test_the_link_keeps_the_view(boss, two):
    view = {
        "across": "tokens",
        "smoothing": "0.5",
        "log": "on",
        "low": "150",
        "figure": "train/loss",
    }
    page = boss.get(PAGE, {**ids(two), **view}).content.decode()
    assert '<option value="tokens" selected>' in page
    assert re.search(r'name="smoothing" value="0.5"', page)
    assert re.search(r'name="low" value="150(.0)?"', page)
    assert page.count("<figure") == 1
    assert 'data-across="tokens" data-low="150.0" data-high=""' in page
    part = boss.get(reverse("training:compare_curves"), {**ids(two), **view}).content.decode()
    assert part.count("<figure") == 1
    assert "<html" not in part


def test_what_is_typed_wrong_is_said_and_the_rest_is_shown(boss, two):
    page = boss.get(PAGE, {**ids(two), "smoothing": "2", "low": "5", "high": "1"}).content.decode()
    assert "less than or equal to 0.99" in page
    assert "It must be above where the picture begins." in page
    assert "can be told apart" in page
    assert boss.get(PAGE, {"run": "no id"}).status_code == 200


def test_nine_are_refused_in_a_sentence(boss, two):
    ground = {"snapshot": two[0].snapshot, "base": two[0].base}
    many = [trained_run(f"{number}", **ground) for number in range(9)]
    page = boss.get(PAGE, ids(many)).content.decode()
    assert "At most 8 can be compared at once, not 9." in page


def test_all_values_come_as_csv_and_no_name_is_a_formula(boss, two):
    Run.objects.filter(pk=two[0].pk).update(name="=1+1")
    answer = boss.get(reverse("training:compare_download"), ids(two))
    lines = drained(answer).decode().splitlines()
    assert lines[0] == '"run","name","phase","step","tokens","logged_at","figure","value"'
    assert len(lines) == 1 + 2 * 3 * 2  # two runs, three steps, a loss and the tokens
    assert lines[1].startswith(f'"{two[0].public_id}","\'=1+1","train","1","100.0","2026-03-01T')
    assert lines[1].endswith('"loss","0.9"')


@pytest.mark.parametrize("name", ["compare", "compare_curves", "compare_download"])
def test_a_lead_finds_no_run_of_another_project(two, name):
    project = make_project()
    lead = make_user()
    make_member(project, user=lead, role=Role.LEAD)
    client, address = signed_in(lead), reverse(f"training:{name}")
    assert client.get(address, ids(two[:1])).status_code == 404
    own = trained_run("Own", snapshot=make_snapshot(project), base=two[0].base)
    assert client.get(address, ids([own])).status_code == 200
    assert client.get(address, ids([own, two[0]])).status_code == 404


def test_a_run_that_goes_on_is_asked_for_again(boss, two):
    assert b"data-live" not in boss.get(PAGE, ids(two)).content
    Run.objects.filter(pk=two[0].pk).update(state=RunState.QUEUED)
    assert b"data-live" in boss.get(PAGE, ids(two)).content


def test_names_of_runs_are_text(boss, two):
    Run.objects.filter(pk=two[0].pk).update(name='"><script>alert(1)</script>')
    page = boss.get(PAGE, ids(two)).content.decode()
    assert "<script>alert" not in page


def test_the_page_is_whole_in_chinese(boss, two):
    boss.post(reverse("set_language"), {"language": "zh-hans"})
    page = boss.get(PAGE, ids(two)).content.decode()
    for english in ("told apart", "Settings that differ", "What it cost", "Smoothing"):
        assert english not in page
