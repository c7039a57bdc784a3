"""The page with all figures of an evaluation, as it is handed out."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.alignment_core.reporting.full_report import FULL_REPORT
from tests.training.api.calls import V1
from tests.world import drained
from training.models import Evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(world) -> Client:
    return world.client("lead")


@pytest.fixture
def evaluation(lead) -> Evaluation:
    """One that the lead may read; its run kept no figures."""
    (found,) = lead.get(f"{V1}evaluations/").json()["results"]
    return Evaluation.objects.get(public_id=found["id"])


@pytest.fixture(params=["page", "API"])
def address(request, evaluation) -> str:
    if request.param == "page":
        return reverse("training:evaluation_report", args=[evaluation.public_id])
    return f"{V1}evaluations/{evaluation.public_id}/report/"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Evaluation of a policy"), ("zh-hans", "策略评估报告")]
)
def test_the_report_is_in_the_language_of_its_reader(lead, evaluation, address, language, title):
    evaluation.run.summary = {"report": FULL_REPORT}
    evaluation.run.save()
    answer = lead.get(address, headers={"accept-language": language})
    page = drained(answer)
    assert f'<html lang="{language}">' in page.decode()
    assert f"<h1>{title}</h1>" in page.decode()
    assert len(page) == int(answer["Content-Length"])


def test_the_report_never_opens_as_a_page_of_this_site(lead, evaluation, address):
    evaluation.run.summary = {"report": FULL_REPORT}
    evaluation.run.save()
    answer = lead.get(address)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith('attachment; filename="evaluation-')


def test_without_its_figures_a_report_is_as_the_run_wrote_it(lead, address):
    answer = lead.get(address, headers={"accept-language": "zh-hans"})
    assert drained(answer) == b"<!doctype html>"
