import pytest
from django.utils import timezone

from annotate.models import AuditEvent, Project
from tests.training.api.calls import V1, post
from tests.world import World
from training.models import Checkpoint, Run, RunState, Snapshot, Worker
from training.runs.advice import advice_on
from training.runs.budgets import set_budget
from training.runs.claimed import claim_run, fail_run

pytestmark = pytest.mark.django_db


def test_leads_list_what_came_from_their_projects_and_nothing_else(world, lead, admin):
    for name in ("snapshots", "runs", "checkpoints", "evaluations"):
        mine = {row["id"] for row in lead.get(f"{V1}{name}/").json()["results"]}
        everything = {row["id"] for row in admin.get(f"{V1}{name}/").json()["results"]}
        foreign = str(world.foreign.ids[name.removesuffix("s")])
        assert str(world.own.ids[name.removesuffix("s")]) in mine
        assert foreign in everything
        assert foreign not in mine


def test_annotators_find_no_training_at_all(world):
    client = world.client("annotator")
    for name in ("snapshots", "runs", "checkpoints", "evaluations"):
        assert client.get(f"{V1}{name}/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"projects": ["own"]}, "name"),
        ({"name": "x", "projects": []}, "projects"),
        ({"name": "x", "projects": ["nothing"]}, "projects"),
        (
            {"name": "x", "projects": ["own"], "selection": {"min_agreement": 2}},
            "selection.min_agreement",
        ),
        ({"name": "x", "projects": ["own"], "selection": {"kinds": ["cat"]}}, "selection.kinds.0"),
        ({"name": "x", "projects": ["own"], "selection": {"agreement": 1}}, "selection.agreement"),
        ({"name": "x", "projects": ["own"], "digest": "0"}, "digest"),
        ({"name": "x", "projects": ["own"], "n_pairs": 7}, "n_pairs"),
    ],
)
def test_a_wrong_selection_is_named_and_freezes_nothing(world, admin, body, field):
    before = Snapshot.objects.count()
    answer = post(admin, "snapshots/", body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert Snapshot.objects.count() == before


def train_body(world: World, **changes: object) -> dict:
    return {
        "method": "dpo",
        "snapshot": str(world.own.ids["snapshot"]),
        "base": str(base_of(world).public_id),
        "settings": {"beta": 0.2, "max_length": 64},
    } | changes


def base_of(world: World) -> Checkpoint:
    return Run.objects.get(public_id=world.own.ids["run"]).base


def test_a_training_run_is_queued_with_its_whole_config(world, admin):
    answer = post(admin, "runs/", train_body(world, name="try"))
    assert answer.status_code == 201, answer.content
    run = answer.json()
    assert (run["kind"], run["state"], run["name"]) == ("train", "queued", "try")
    assert run["settings"]["beta"] == 0.2
    assert len(run["settings"]) > 10  # what was not named has its default
    stored = Run.objects.get(public_id=run["id"])
    assert stored.requested_by == world.users["admin"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "magic"}, "method"),
        ({"settings": {"beta": -1}}, "beta"),
        ({"settings": {"betta": 0.1}}, "betta"),
        ({"snapshot": "00000000-0000-4000-8000-000000000000"}, "snapshot"),
        ({"base": None}, "base"),
        ({"kind": "guess"}, "kind"),
        ({"kind": []}, "kind"),
        ({"kind": {"train": 1}}, "kind"),
        ({"state": "succeeded"}, "state"),
        ({"requested_by": 1}, "requested_by"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_wrong_run_is_named_with_its_field_and_queues_nothing(world, admin, changes, field):
    before = Run.objects.count()
    answer = post(admin, "runs/", train_body(world, **changes))
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert Run.objects.count() == before


def test_a_sample_run_takes_a_project_and_a_checkpoint(world, admin):
    body = {
        "kind": "sample",
        "project": "own",
        "checkpoint": str(world.own.ids["checkpoint"]),
        "against_base": True,
        "n_prompts": 2,
        "settings": {"max_new_tokens": 8},
    }
    answer = post(admin, "runs/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["settings"]["n_prompts"] == 2
    assert answer.json()["project"] == "own"


def test_an_evaluation_of_a_snapshot_that_holds_nothing_out_is_refused(world, admin):
    body = {
        "kind": "evaluate",
        "checkpoint": str(world.own.ids["checkpoint"]),
        "snapshot": str(world.own.ids["snapshot"]),
    }
    answer = post(admin, "runs/", body)
    assert answer.status_code == 400
    assert answer.json()["field"] == "snapshot"


def test_runs_are_cancelled_and_resumed_once(world, admin):
    waiting = f"runs/{world.own.ids['waiting_run']}"
    cancelled = post(admin, f"{waiting}/cancel/")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    again = post(admin, f"{waiting}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "not_cancellable")
    resumed = post(admin, f"{waiting}/resume/")
    assert (resumed.status_code, resumed.json()["state"]) == (202, "queued")
    again = post(admin, f"{waiting}/resume/")
    assert (again.status_code, again.json()["code"]) == (409, "not_resumable")


def test_starting_runs_is_limited_but_cancelling_never(world, admin):
    run = Run.objects.get(public_id=world.own.ids["run"])
    Run.objects.bulk_create(
        Run(
            kind="train",
            method="dpo",
            snapshot=run.snapshot,
            base=run.base,
            requested_by=world.users["admin"],
            state=RunState.CANCELLED,
        )
        for _number in range(120)
    )
    assert post(admin, "runs/", train_body(world)).status_code == 429
    assert post(admin, f"runs/{world.own.ids['waiting_run']}/cancel/").status_code == 202


def test_metrics_come_by_step_and_only_what_is_new(world, lead):
    run = Run.objects.get(public_id=world.own.ids["run"])
    for step in (2, 3):
        for phase in ("eval", "train"):
            run.metrics.create(
                phase=phase, step=step, logged_at=timezone.now(), values={"loss": 1 / step}
            )
    address = f"{V1}runs/{run.public_id}/metrics/"
    seen, following = [], f"{address}?page_size=2"
    while following:
        body = lead.get(following).json()
        seen += [(row["step"], row["phase"]) for row in body["results"]]
        following = body["next"]
    assert seen == [(1, "train"), (2, "eval"), (2, "train"), (3, "eval"), (3, "train")]
    new = lead.get(f"{address}?after_step=2&phase=train").json()["results"]
    assert [(row["step"], row["values"]) for row in new] == [(3, {"loss": pytest.approx(1 / 3)})]
    assert lead.get(f"{address}?cursor=x").status_code == 400
    assert lead.get(f"{address}?run__requested_by__password__startswith=m").status_code == 400


def test_the_log_and_the_details_of_a_run(world, lead):
    Run.objects.filter(public_id=world.own.ids["run"]).update(log="step 1", plan={"dtype": "f32"})
    address = f"{V1}runs/{world.own.ids['run']}/"
    assert lead.get(f"{address}log/").json() == {"log": "step 1", "reason": ""}
    assert lead.get(address).json()["plan"] == {"dtype": "f32"}
    listed = lead.get(f"{V1}runs/?state=succeeded&kind=train").json()["results"]
    assert [row["id"] for row in listed] == [str(world.own.ids["run"])]
    assert "log" not in listed[0]


def test_workers_are_listed_for_site_admins(world, admin):
    Worker.objects.create(name="gpu-1", heartbeat_at=timezone.now(), devices=[{"kind": "cpu"}])
    row, *_others = admin.get(f"{V1}workers/").json()["results"]
    assert (row["name"], row["run"]) == ("gpu-1", None)


def test_a_worker_is_drained_and_let_go_on(world, admin, lead):
    address = f"workers/{world.own.ids['worker']}"
    assert post(admin, f"{address}/drain/").json()["drained_at"] is not None
    assert admin.get(f"{V1}{address}/").json()["drained_at"] is not None
    assert post(admin, f"{address}/go-on/").json()["drained_at"] is None
    assert post(lead, f"{address}/drain/").status_code == 403
    nobody = "workers/00000000-0000-4000-8000-000000000000/drain/"
    assert post(admin, nobody).status_code == 404


def test_a_dry_run_checks_everything_advises_and_queues_nothing(world, admin):
    before = (Run.objects.count(), AuditEvent.objects.count())
    answer = post(admin, "runs/", train_body(world, name="try", dry_run=True))
    assert answer.status_code == 200, answer.content
    planned = answer.json()
    assert (planned["name"], planned["settings"]["beta"]) == ("try", 0.2)
    assert planned["base"] == str(base_of(world).public_id)
    assert "fine-tuned (SFT)" in planned["advice"][0]
    assert planned["estimates"][0]["steps"] == 1
    assert "id" not in planned
    assert (Run.objects.count(), AuditEvent.objects.count()) == before
    refused = post(admin, "runs/", train_body(world, dry_run=True, settings={"beta": -1}))
    assert (refused.status_code, refused.json()["field"]) == (400, "beta")
    queued = post(admin, "runs/", train_body(world))
    assert queued.json()["advice"] == planned["advice"]


def test_what_is_sent_comes_back_under_the_same_name(world, admin):
    sample = {
        "kind": "sample",
        "project": "own",
        "checkpoint": str(world.own.ids["checkpoint"]),
        "against_base": True,
        "n_prompts": 2,
        "unanswered_only": False,
        "name": "again",
    }
    answer = post(admin, "runs/", sample).json()
    assert {name: answer[name] for name in sample} == sample
    assert answer["base"] is None
    shown = admin.get(f"{V1}runs/{answer['id']}/").json()
    assert {name: shown[name] for name in sample} == sample


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), ([1, None], "[1, null]"), ({"a": 1}, '{"a": 1}')]
)
def test_a_wrong_setting_is_shown_as_it_was_sent(world, admin, value, shown):
    answer = post(admin, "runs/", train_body(world, settings={"beta": value})).json()
    assert answer["detail"].endswith(f"not {shown}.") or answer["detail"].endswith(f"not {shown}")


def test_the_advice_on_a_snapshot_is_that_of_the_page(world, lead):
    answer = lead.get(f"{V1}snapshots/{world.own.ids['snapshot']}/advice/")
    assert answer.status_code == 200, answer.content
    snapshot = Snapshot.objects.get(public_id=world.own.ids["snapshot"])
    assert answer.json()["reasons"] == advice_on(snapshot).reasons


def test_a_run_tells_its_place_and_its_attempts(world, admin):
    waiting = Run.objects.get(public_id=world.own.ids["waiting_run"])
    assert admin.get(f"{V1}runs/{waiting.public_id}/").json()["place"] == 1
    fail_run(run=claim_run(run_id=waiting.public_id, worker="w"), reason="It broke.")
    post(admin, f"runs/{waiting.public_id}/resume/")
    fail_run(run=claim_run(run_id=waiting.public_id, worker="w"), reason="Again.")
    told = admin.get(f"{V1}runs/{waiting.public_id}/").json()
    assert (told["attempt"], told["place"]) == (2, None)
    keys = ("number", "worker", "start", "resumed_by", "ending", "reason")
    assert [tuple(one[key] for key in keys) for one in told["attempts"]] == [
        (1, "w", "queued", None, "failed", "It broke."),
        (2, "w", "resumed", "admin", "failed", "Again."),
    ]


def test_a_run_tells_why_it_waits_as_its_page_does(world, admin):
    waiting = Run.objects.get(public_id=world.own.ids["waiting_run"])
    project = Project.objects.get(slug=world.own.project.slug)
    Run.objects.filter(pk=waiting.pk).update(charged_to=project)
    set_budget(project=project, weekly_seconds=0, most_runs=None, priority=1)
    told = admin.get(f"{V1}runs/{waiting.public_id}/").json()["why_waits"]
    assert told == "The project has used up its machine time of seven days."


@pytest.mark.parametrize(
    "query", ["kind=", "kind=train&kind=sample", "is_finale=true", "state=Running", "page_size="]
)
def test_a_filter_that_says_nothing_is_refused_and_not_ignored(world, admin, query):
    assert admin.get(f"{V1}runs/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["is_final=yes", "is_final=1", "is_final=", "is_final=null"])
def test_a_filter_of_true_and_false_takes_nothing_else(world, admin, query):
    assert admin.get(f"{V1}checkpoints/?{query}").status_code == 400
    assert admin.get(f"{V1}checkpoints/?is_final=true").status_code == 200


@pytest.mark.parametrize(
    "changes", [{"name": 7}, {"dry_run": "yes"}, {"base": 12}, {"settings": []}, {"method": {}}]
)
def test_no_value_is_guessed_from_another_type(world, admin, changes):
    answer = post(admin, "runs/", train_body(world, **changes))
    assert answer.status_code == 400
    assert answer.json()["field"] in changes
    assert "dict" not in answer.json()["detail"]


def test_a_body_that_is_no_json_is_told_without_words_of_python(admin):
    answer = admin.post(f"{V1}runs/", "{'a': 1}", content_type="application/json")
    assert answer.json()["detail"] == "The body is no JSON, from line 1, column 2 on."
