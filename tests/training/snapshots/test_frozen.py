"""What one pass writes. A digest knows the order of the records, not that of what is named."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.preferences.edits import EditPairs
from tests.factories import make_project
from training.models import Split
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.frozen import Frozen, split_of
from training.snapshots.selected_preferences import selected_preferences
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_order_in_which_projects_kinds_and_cohorts_are_named_changes_no_digest(judged_project):
    judged = judged_project(2)
    other = make_project()
    projects, cutoff_at = [judged, other], timezone.now() + timedelta(hours=1)
    digests = {
        freeze_snapshot(
            name="Named",
            projects=named,
            selection=Selection(kinds=kinds, eval_share=0),
            cutoff_at=cutoff_at,
        ).digest
        for named, kinds in (
            (projects, ("person", "imported")),
            (projects[::-1], ("imported", "person", "person")),
        )
    }
    assert len(digests) == 1
    one, other = Selection(cohorts=("a", "b")), Selection(cohorts=("b", "a", "a"))
    assert one.as_json() == other.as_json()


def test_records_that_do_not_ascend_are_not_written(judged_project, tmp_path):
    selection, now = Selection(), timezone.now() + timedelta(hours=1)
    project = judged_project(2)
    preferences = selected_preferences([project], selection, now)
    edits = EditPairs([project], selection.edits)
    header = {"selection": selection.as_json(), "split_salt": "salt"}
    Frozen(tmp_path).write(preferences, edits=edits, header=header)
    with pytest.raises(ValueError, match="must ascend"):
        Frozen(tmp_path).write(preferences.order_by("-public_id"), edits=edits, header=header)


def test_the_side_follows_from_the_first_user_turn_and_the_salt_alone():
    prompt = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Bye"},
    ]
    # sha256("salt\nHello") begins with this share of 2^64
    drawn = int(hashlib.sha256(b"salt\nHello").hexdigest()[:16], 16) / 2**64
    assert split_of(prompt, salt="salt", eval_share=drawn + 1e-9) is Split.EVAL
    assert split_of(prompt, salt="salt", eval_share=drawn - 1e-9) is Split.TRAIN
    assert split_of(prompt, salt="salt", eval_share=drawn) is Split.TRAIN
    assert split_of(prompt[1:2], salt="salt", eval_share=drawn + 1e-9) is Split.EVAL
