"""Whose withdrawn judgements mark what was made from them."""

import pytest
from django.db.models.functions import Now

from annotate.models import Annotator, Judgement
from tests.factories import make_user
from tests.training.conftest import freeze
from training.snapshots.erasure import mark_erased_pairs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("kind", "has_account", "is_withdrawn", "n_marked"),
    [
        ("person", False, True, 1),
        ("person", True, True, 0),  # changed their mind, and is still there
        ("person", False, False, 0),  # went, and left their verdicts
        ("imported", False, True, 0),  # never had an account
    ],
)
def test_only_the_withdrawn_verdicts_of_a_person_who_went_mark_a_pair(
    judged_project, kind, has_account, is_withdrawn, n_marked
):
    project = judged_project(2)
    freeze(project, eval_share=0)
    judgement = Judgement.objects.filter(project=project).first()
    user = make_user() if has_account else None
    Annotator.objects.filter(pk=judgement.annotator_id).update(kind=kind, user=user)
    if is_withdrawn:
        Judgement.objects.filter(pk=judgement.pk).update(withdrawn_at=Now())
    assert mark_erased_pairs() == n_marked
    assert mark_erased_pairs() == 0  # once is enough
