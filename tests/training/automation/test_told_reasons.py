"""Why a round ended is told to those who may see all that it worked on."""

import pytest
from django.urls import reverse

from annotate.models import Role
from tests.factories import make_admin, make_member, make_user
from tests.training.api.calls import V1
from tests.training.automation.rounds import begin, dpo_steps, fail, go_on, make_recipe, succeed
from training.automation.advancing import advance_round
from training.models import Checkpoint, Round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bells")]

SECRET = "The files of “SECRET” are gone."


def failed_round(project, start: Checkpoint) -> Round:
    round_ = begin(make_recipe(project, start, steps=dpo_steps(start)[:2]))
    go_on(round_)
    advance_round(round_.pk)
    fail(round_.steps.get(number=2).run, SECRET)
    advance_round(round_.pk)
    round_.refresh_from_db()
    assert round_.reason.endswith(SECRET)
    return round_


def reading(client, round_: Round, user) -> str:
    """All that somebody reads of a round, on pages and by the API."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    recipe, here = round_.recipe.public_id, round_.public_id
    addresses = [
        reverse("training:round", args=[here]),
        reverse("training:rounds"),
        reverse("training:recipe_rounds", args=[recipe]),
        reverse("training:recipe", args=[recipe]),
        f"{V1}rounds/",
        f"{V1}rounds/{here}/",
    ]
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.content.decode() for answer in answers)


@pytest.fixture
def lead_of():
    def made(project):
        lead = make_user()
        make_member(project, user=lead, role=Role.LEAD)
        return lead

    return made


def test_a_lead_reads_no_reason_that_may_name_what_others_made(
    client, judged_project, queued_run, lead_of
):
    foreign = queued_run()  # on a project of its own
    succeed(foreign)
    round_ = failed_round(judged_project(6), foreign.checkpoints.get())
    told = reading(client, round_, lead_of(round_.recipe.project))
    assert "SECRET" not in told
    assert told.count("An admin can say why") >= 6
    assert reading(client, round_, make_admin()).count("SECRET") >= 6


def test_a_lead_reads_every_reason_of_what_is_theirs(client, judged_project, tiny_base, lead_of):
    round_ = failed_round(judged_project(6), tiny_base)
    assert reading(client, round_, lead_of(round_.recipe.project)).count("SECRET") >= 6
