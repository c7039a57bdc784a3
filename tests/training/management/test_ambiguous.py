"""A command that meets several rows of a name takes none of them."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_project
from tests.training.promotion.conftest import make_base, make_snapshot
from training.models import Run

pytestmark = pytest.mark.django_db


def test_queue_run_refuses_a_name_that_two_snapshots_have_and_lists_their_ids():
    project = make_project()
    twice = [make_snapshot(project, name="All") for _number in range(2)]
    base = make_base()
    with pytest.raises(CommandError, match="More than one snapshot is called 'All'") as refused:
        call_command("queue_run", "sft", "--snapshot", "All", "--base", "Base")
    assert all(str(snapshot.public_id) in str(refused.value) for snapshot in twice)
    make_base()
    with pytest.raises(CommandError, match="More than one checkpoint is called 'Base'"):
        call_command("queue_run", "sft", "--snapshot", str(twice[0].public_id), "--base", base.name)
    assert not Run.objects.exists()
