"""Two of one name are told apart wherever somebody chooses among them."""

import pytest

from tests.factories import make_project
from tests.training.promotion.conftest import make_base, make_policy, make_snapshot
from training.forms.evaluations import EvaluationForm
from training.forms.runs import RunForm

pytestmark = pytest.mark.django_db


def test_rows_that_share_a_name_bring_when_how_many_and_their_digest():
    project = make_project()
    twice = [make_snapshot(project, name="All") for _number in range(2)]
    make_snapshot(project, name="Alone")
    labels = [label for _value, label in RunForm(method="dpo").fields["snapshot"].choices]
    assert "Alone" in labels
    for snapshot in twice:
        (label,) = [one for one in labels if snapshot.digest[:8] in str(one)]
        assert str(label).startswith("All · ") and "100 pairs" in str(label)


def test_checkpoints_of_one_name_are_told_apart_in_every_form():
    snapshot = make_snapshot(make_project())
    base = make_base()
    twice = [make_policy(base, snapshot, name="Same") for _number in range(2)]
    starts = dict(RunForm(method="dpo").fields["start"].choices[1][1])
    measured = [str(label) for _value, label in EvaluationForm().fields["checkpoint"].choices]
    for checkpoint in twice:
        assert checkpoint.digest[:8] in starts[f"checkpoint:{checkpoint.public_id}"]
        assert any(checkpoint.digest[:8] in label for label in measured)
    assert starts[f"checkpoint:{base.public_id}"] == "Base"
