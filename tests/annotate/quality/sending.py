"""Judging as the page does: one is sent, and the next ones are held with the answer."""

from uuid import uuid4

from annotate.judging.answers import Answer
from annotate.judging.round_trip import Judged, judge_and_hold_next
from annotate.models import Annotator, Project
from tests.factories import hold, side_of


def send_on_screen(annotator: Annotator, project: Project, verdict: str) -> Judged:
    lease = hold(annotator, project, ahead=True).current
    assert lease is not None
    return judge_and_hold_next(
        annotator=annotator,
        project=project,
        lease_id=lease.public_id,
        answer=Answer(side=side_of(verdict, lease)),
        key=str(uuid4()),
        n_next=2,
    )
