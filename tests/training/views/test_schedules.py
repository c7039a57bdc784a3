"""The pages on schedules: form, page, press, pause, back-test, token."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_admin
from tests.training.automation.scheduling import know, make_recipe, schedule_of
from training.forms.schedules import PRESETS, ScheduleForm
from training.models import Round, Schedule

pytestmark = pytest.mark.django_db
ALPHA = {"all": [{"fact": "alpha.lower", "at_least": 0.4, "for_hours": 24.0}]}


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(
        make_admin(username="boss"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def filled(recipe=None, **changes):
    values = {
        "name": "Nightly",
        "trigger": "calendar",
        "at": "02:30",
        "time_zone": "Asia/Shanghai",
        "conditions_as": "rows",
        "patience_hours": "0",
        "cooldown_hours": "0",
        "fact_0": "alpha.lower",
        "comparison_0": "at_least",
        "wanted_0": "0.4",
        "for_hours_0": "24",
        **changes,
    }
    return values if recipe is None else {**values, "recipe": str(recipe.public_id)}


def test_a_schedule_is_made_from_the_form(admin_client):
    recipe = make_recipe()
    answer = admin_client.post(
        reverse("training:schedule_new"), filled(recipe, days=["SAT", "SUN"])
    )
    schedule = Schedule.objects.get()
    assert answer.url == reverse("training:schedule", args=[schedule.public_id])
    assert (schedule.rule, schedule.time_zone) == ("30 2 * * SAT,SUN", "Asia/Shanghai")
    assert schedule.conditions == ALPHA
    assert schedule.created_by.username == "boss"
    page = admin_client.get(answer.url).content.decode()
    assert "every Saturday, Sunday at 02:30 (Asia/Shanghai)" in page
    assert "not known yet" in page


def test_conditions_as_json_take_the_place_of_the_rows(admin_client):
    recipe = make_recipe()
    written = {"any": [{"fact": "worker_free", "is": True}, {"fact": "judgements", "above": 10}]}
    address = reverse("training:schedule_new")
    wrong = filled(recipe, conditions_as="json", conditions_json="{nothing")
    assert "This is not JSON." in admin_client.post(address, wrong).content.decode()
    right = filled(recipe, conditions_as="json", conditions_json=json.dumps(written))
    admin_client.post(address, right)
    schedule = Schedule.objects.get()
    assert schedule.conditions == written
    form = ScheduleForm(schedule=schedule)
    assert form["conditions_as"].value() == "json"


@pytest.mark.parametrize(
    ("rule", "at", "days", "written"),
    [
        ("30 2 * * MON,SAT", "02:30", ["MON", "SAT"], ""),
        ("0 14 * * *", "14:00", [], ""),
        ("0 2 1 * *", None, None, "0 2 1 * *"),
        ("*/5 2 * * MON", None, None, "*/5 2 * * MON"),
    ],
)
def test_a_schedule_is_changed_as_it_was_made(rule, at, days, written):
    plain = {"all": [{"fact": "new_preferences", "at_least": 50.0, "for_hours": 1.5}]}
    schedule = schedule_of(trigger="calendar", rule=rule, conditions=plain)
    form = ScheduleForm(schedule=schedule)
    assert (form["at"].value(), form["days"].value(), form["rule"].value()) == (at, days, written)
    assert str(form["wanted_0"].value()) == "50" and str(form["for_hours_0"].value()) == "1.5"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wanted_0": "40"}, "wanted_0"),
        ({"wanted_0": ""}, "wanted_0"),
        (
            {"fact_0": "", "fact_2": "worker_free", "comparison_2": "at_least", "wanted_2": "1"},
            "wanted_2",
        ),
        ({"of_0": "champion"}, "of_0"),
        ({"fact_0": "calibration_error.upper", "of_0": "champion"}, "of_0"),
        ({"fact_0": "accuracy.lower", "of_0": "nobody-knows"}, "of_0"),
        (
            {
                "wanted_0": "0.5",
                "fact_1": "alpha.upper",
                "comparison_1": "below",
                "wanted_1": "0.4",
            },
            "fact_0",
        ),
        ({"wanted_0": "nan"}, "wanted_0"),
        ({"for_hours_0": "1e9"}, "for_hours_0"),
        ({"every_n": "2.5", "trigger": "preferences"}, "every_n"),
        ({"every_n": "0", "trigger": "preferences"}, "every_n"),
        ({"every_n": "99999999999999", "trigger": "preferences"}, "every_n"),
        ({"rule": "0 0 30 2 *"}, "rule"),
        ({"rule": "0 0 31 4,6 *"}, "rule"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"cooldown_hours": "-1"}, "cooldown_hours"),
        ({"at": ""}, "at"),
        ({"rule": "every night"}, "rule"),
        ({"trigger": "preferences", "every_n": ""}, "every_n"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"conditions_as": "json", "conditions_json": '{"fact": "moon"}'}, "conditions_json"),
    ],
)
def test_a_refusal_stands_at_its_field(admin_client, changes, field):
    answer = admin_client.post(reverse("training:schedule_new"), filled(make_recipe(), **changes))
    assert list(answer.context["form"].errors) == [field]
    assert not Schedule.objects.exists()


def test_a_stored_schedule_fills_the_form_in_again(admin_client):
    schedule = schedule_of(trigger="calendar", rule="30 2 * * *", conditions=ALPHA)
    form = ScheduleForm(schedule=schedule)
    assert form["fact_0"].value() == "alpha.lower"
    assert form["wanted_0"].value() == 0.4
    address = reverse("training:schedule_change", args=[schedule.public_id])
    admin_client.post(address, filled(at="", rule=schedule.rule, name="Renamed"))
    schedule.refresh_from_db()
    assert (schedule.name, schedule.conditions) == ("Renamed", ALPHA)


def test_a_zone_that_nobody_is_offered_stays_when_something_else_is_changed(admin_client):
    schedule = schedule_of(trigger="hand", time_zone="Etc/GMT+5")
    address = reverse("training:schedule_change", args=[schedule.public_id])
    form = admin_client.get(address).context["form"]
    assert form["time_zone"].value() == "Etc/GMT+5"
    assert '<option value="Etc/GMT+5" selected>' in str(form["time_zone"])
    sent = filled(name="Renamed", trigger="hand", time_zone="Etc/GMT+5", fact_0="")
    admin_client.post(address, sent)
    schedule.refresh_from_db()
    assert (schedule.name, schedule.time_zone) == ("Renamed", "Etc/GMT+5")


def test_a_fact_of_a_model_is_chosen_with_its_model_and_comes_back(admin_client):
    recipe = make_recipe()
    chosen = filled(
        recipe, fact_0="accuracy.lower", of_0="challenger", wanted_0="0.6", for_hours_0=""
    )
    admin_client.post(reverse("training:schedule_new"), chosen)
    schedule = Schedule.objects.get()
    assert schedule.conditions == {
        "all": [{"fact": "accuracy.lower", "of": "challenger", "at_least": 0.6}]
    }
    assert ScheduleForm(schedule=schedule)["of_0"].value() == "challenger"
    page = admin_client.get(reverse("training:schedule", args=[schedule.public_id]))
    words = "the lower end of the held-out accuracy of the challenger is at least 60 %"
    assert words in page.content.decode()


def test_the_history_says_what_came_of_a_round(admin_client):
    schedule = schedule_of()
    run = reverse("training:schedule_run", args=[schedule.public_id])
    admin_client.post(run)
    begun = Round.objects.get()
    begun.steps.update(state="skipped", reason="Nobody has judged <b>anything</b>.")
    page = admin_client.get(reverse("training:schedule", args=[schedule.public_id]))
    words = "Step 1 (freeze a snapshot): Nobody has judged &lt;b&gt;anything&lt;/b&gt;."
    assert words in page.content.decode()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_schedule(admin_client, preset):
    address = reverse("training:schedule_new") + f"?preset={preset}"
    form = admin_client.get(address).context["form"]
    values = {field.html_name: field.value() for field in form if field.value() not in (None, "")}
    values |= {"name": "Ours", "recipe": str(make_recipe().public_id)}
    admin_client.post(address, values)
    assert Schedule.objects.get().name == "Ours"


def test_the_page_says_what_is_missing_and_starts_it_all_the_same(admin_client):
    recipe = make_recipe()
    know(recipe.project, alpha=(0.5, 0.36, 0.62, 120))
    schedule = schedule_of(recipe, conditions={"all": [{"fact": "alpha.lower", "at_least": 0.4}]})
    address = reverse("training:schedule", args=[schedule.public_id])
    page = admin_client.get(address).content.decode()
    assert "It would not start now" in page
    assert "alpha is 0.36 (n = 120); wanted: at least 0.4." in page
    run = reverse("training:schedule_run", args=[schedule.public_id])
    page = admin_client.post(run, follow=True).content.decode()
    assert not Round.objects.exists()
    page = admin_client.post(run, {"anyway": "1"}, follow=True).content.decode()
    assert Round.objects.get().requested_by.username == "boss"
    assert "boss" in page


def test_pause_go_on_back_test_and_list(admin_client):
    schedule = schedule_of(trigger="calendar", rule="30 2 * * *")
    pause = reverse("training:schedule_pause", args=[schedule.public_id])
    admin_client.post(pause)
    schedule.refresh_from_db()
    assert schedule.is_paused
    assert "paused" in admin_client.get(reverse("training:schedules")).content.decode()
    admin_client.post(pause, {"go_on": "1"})
    schedule.refresh_from_db()
    assert not schedule.is_paused
    address = reverse("training:schedule_back_test", args=[schedule.public_id])
    assert "it would have started 90 times" in admin_client.get(address).content.decode()


def test_a_token_is_shown_once(admin_client):
    schedule = schedule_of(trigger="webhook")
    address = reverse("training:schedule_token", args=[schedule.public_id])
    answer = admin_client.post(address)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    token = answer.context["plain_token"]
    assert token in answer.content.decode()
    page = admin_client.get(reverse("training:schedule", args=[schedule.public_id]))
    assert token not in page.content.decode()
    assert token[:16] in page.content.decode()
