"""Pages and the API where a stored document lacks what today's readers ask for."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from annotate.models import Project
from tests.factories import make_admin
from tests.training.automation.rounds import begin, make_recipe
from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from tests.training.promotion.conftest import measure, project, rivals  # noqa: F401
from training.models import Evaluation, Proposal, RoundStep, Run, RunState, Sweep
from training.models.stored_document import NOT_WHOLE
from training.promotion.proposals import propose

pytestmark = pytest.mark.django_db

PROMPT = [{"role": "user", "content": "Tea?"}]


def figure(**beside: Any) -> dict[str, Any]:
    return {"value": 0.5, "low": 0.4, "high": 0.6, "n": 80, "level": 0.95, **beside}


FIGURES = {
    "accuracy": figure(),
    "accuracy_by_length": {"chosen_longer": figure()},
    "mean_reward": figure(),
    "kl_k1": figure(),
    "left_out": {"over_length": 2},
    "scored_by": "log-ratio to the reference",
    "pairs": "a" * 64,
    "ties": 0,
}
SECTIONS = {
    "win_rate": {"raw": figure(), "length_controlled": figure()},
    "kl": {"k1": figure()},
    "calibration": {"outcomes": {"ece": figure()}},
    "safety": {
        "harm_given": figure(),
        "before": {"harm_given": figure()},
        "detectors": {"harm_given": {"missed": figure(), "false_alarms": figure()}},
    },
}
SUMMARY = {
    "seconds": {"prepare": 2.5, "train": 60.0},
    "tokens_per_second": 1234.5,
    "peak_rss_mib": 512.0,
    "wins_by_pair": right_on(60),
    "wins_by_cohort": {"north": {"a" * 16: 1.0}},
    "by_prompt": {
        "rewards": {"a" * 8: 0.5},
        "rewarded_by": "taste",
        "lengths": {"a" * 8: 12},
        "safety": {"harm_given": {"bomb|en": 0.0}},
        "answers": {"a" * 8: {"prompt": PROMPT, "answer": "Yes."}},
    },
    "alarms": [{"name": "kl_budget", "figures": {"kl": 3.0, "budget": 1.0}, "message": "Far."}],
    "report": {"sections": SECTIONS},
}
SAMPLES = [{"prompt": PROMPT, "checkpoint": "Yes.", "base": "No."}]
PREFLIGHT = {
    "train": {
        "n_records": 3,
        "n_used": 2,
        "dropped": {"tie": 1},
        "tokens": {"total": 9},
        "left_out": [],
    },
    "eval": {"n_records": 3, "n_used": 2, "dropped": {}, "tokens": {"total": 9}},
    "warnings": [{"name": "records_repeated", "figures": {"n": 3}, "message": "3 repeat."}],
    "samples": [{"read": "Tea?", "learnt": ["Yes."]}],
}
COMPARED = {
    "candidate": "a",
    "champion": "b",
    "said": "better",
    "n": 60,
    "n_prompts": 60,
    "first": 0.8,
    "second": 0.5,
    "difference": 0.3,
    "low": 0.1,
    "high": 0.4,
}
MET = {"said": "better", "n_first": 9, "n_second": 2, "winner": 0, "n_more": None}
DOCUMENTS: dict[tuple[type, str], Any] = {
    (Run, "summary"): SUMMARY,
    (Run, "plan"): {"device": "cuda", "device_name": "H200", "world_size": 2},
    (Run, "preflight"): PREFLIGHT,
    (Run, "estimate"): {"worker": "here", "steps": 9, "tokens": 99, "seconds": 5.0, "n_runs": 1},
    (Run, "live_samples"): [{"prompt": PROMPT, "text": "Yes.", "step": 1, "reward": 0.5}],
    (Evaluation, "figures"): FIGURES,
    (Evaluation, "baselines"): {"longer_wins": figure(), "human_agreement": figure()},
    (Evaluation, "samples"): SAMPLES,
    (RoundStep, "result"): {**COMPARED, **MET},
}


IDS = [f"{model.__name__}.{field}" for model, field in DOCUMENTS]


def mutilated(document: Any) -> Iterator[tuple[str, Any]]:
    """The document without each of its parts in turn, and with nothing in each part's place."""
    for path in _paths(document):
        for drop in (True, False):
            odd = copy.deepcopy(document)
            holder = odd
            for place in path[:-1]:
                holder = holder[place]
            if drop:
                del holder[path[-1]]
            else:
                holder[path[-1]] = None
            yield f"{'/'.join(map(str, path))} {'is not there' if drop else 'is null'}", odd


def _paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = enumerate(document[:1]) if isinstance(document, list) else ()
    if isinstance(document, dict):
        parts = list(document.items())[:12]
    for place, value in parts:
        yield (*path, place)
        yield from _paths(value, (*path, place))


@pytest.fixture
def admin(client):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def addresses(project: Project) -> dict[type, list[str]]:  # noqa: F811
    """Whatever reads a document, by the model that holds it."""
    snapshot, base = make_snapshot(project), make_base()
    sweep = Sweep.objects.create(name="Betas", method="dpo", varied={"beta": [0.1, 0.2]})
    runs = [trained_run(f"{n}", snapshot=snapshot, base=base, wins=right_on(60)) for n in (1, 2)]
    sweep.runs.set(runs)
    (run, _other), round_ = runs, begin(make_recipe(project, base))
    evaluation = Evaluation.objects.get(run=run)
    Evaluation.objects.filter(pk=evaluation.pk).update(report="no such file")
    own, made = run.public_id, run.checkpoints.get().public_id
    beside = f"?run={own}&run={_other.public_id}"
    of_run = [
        reverse("training:run", args=[own]),
        reverse("training:run_live", args=[own]),
        reverse("training:compare") + beside,
        reverse("training:sweep", args=[sweep.public_id]),
        reverse("training:sweep", args=[sweep.public_id]) + "?by=mean_reward",
        reverse("training:checkpoint", args=[made]),
        reverse("training:checkpoints"),
        reverse("admin:training_run_change", args=[run.pk]),
        reverse("api:run", args=[own]),
        reverse("api:compare") + beside,
        reverse("api:evaluation", args=[evaluation.public_id]),
    ]
    return {
        Run: of_run,
        Evaluation: of_run,
        RoundStep: [
            reverse("training:round", args=[round_.public_id]),
            reverse("training:rounds"),
            reverse("api:round", args=[round_.public_id]),
        ],
    }


@pytest.mark.any_database
@pytest.mark.parametrize(("model", "field"), DOCUMENTS, ids=IDS)
def test_every_reader_survives_a_document_without_a_part(admin, addresses, model, field):
    Evaluation.objects.update(figures=FIGURES, samples=SAMPLES)
    Run.objects.filter(state=RunState.SUCCEEDED).update(summary=SUMMARY)
    failed = []
    for what, odd in mutilated(DOCUMENTS[model, field]):
        model.objects.update(**{field: odd})
        is_null = what.endswith("is null")
        for address in addresses[model][:: 3 if is_null else 1]:
            answer = admin.get(address)
            if answer.status_code != 200:
                failed.append((what, address, answer.status_code))
    assert not failed


@pytest.mark.any_database
def test_every_reader_survives_evidence_without_a_part(admin, rivals):  # noqa: F811
    project, policy, base = rivals  # noqa: F811
    answers = {"a" * 8: {"prompt": PROMPT, "answer": "Yes."}}
    for one in (base, policy):
        measure(one, policy.run.snapshot, by_prompt={"answers": answers})
    made = propose(project=project, checkpoint=policy)
    evidence = Proposal.objects.get().evidence
    for state in ("open", "rejected"):
        for what, odd in mutilated({**evidence, "people": {**evidence["people"], **MET}}):
            decided_at = None if state == "open" else made.proposed_at
            Proposal.objects.update(evidence=odd, state=state, decided_at=decided_at)
            for address in (
                reverse("training:proposal", args=[made.public_id]),
                reverse("training:in_use"),
                reverse("training:in_use_of", args=[project.slug]),
                reverse("api:proposal", args=[made.public_id]),
                reverse("api:proposals"),
            ):
                assert admin.get(address).status_code == 200, (what, address)


def test_a_figure_that_is_not_whole_says_so_in_words(admin, addresses):
    (page, *_others) = addresses[Run]
    Evaluation.objects.update(figures={"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}})
    assert NOT_WHOLE in admin.get(page).content.decode()
    Evaluation.objects.update(figures={"accuracy": {"value": 0.5, "n": 80}})
    page_now = admin.get(page).content.decode()
    assert NOT_WHOLE not in page_now
    assert "50" in page_now


def test_a_gate_stays_shut_where_it_is_not_known_what_stands_against_it(rivals):  # noqa: F811
    project, policy, _base = rivals  # noqa: F811
    propose(project=project, checkpoint=policy)
    evidence = Proposal.objects.get().evidence
    assert evidence["obstacles"] == []
    for odd in ({k: v for k, v in evidence.items() if k != "obstacles"}, {}, [], {"gate": {}}):
        Proposal.objects.update(evidence=odd)
        found = Proposal.objects.get().evidence
        assert [one["code"] for one in found["obstacles"]] == ["not_whole"]
    assert found["gate"]["needs_second"]  # the stricter, where nobody knows
