import uuid

from annotate.judging.answers import Answer
from annotate.models import Verdict

LEASE = uuid.UUID(int=1)
FULL = {
    "strength": 2,
    "criteria": {"helpful": 4},
    "reasons": ("clearer",),
    "note": "knapp – ä",
    "edited_text": "B",
    "seconds": 12.5,
}


def test_the_digest_of_a_body_is_the_one_that_is_stored_with_earlier_judgements():
    answer = Answer(side="left", **FULL)

    assert answer.digest(verdict=Verdict.SECOND, lease_id=LEASE) == (
        "714411c0ca472edc7e0718deccfc1bf55a02a8dbe27d8d99546e3033f47e7d15"
    )


def test_the_digest_depends_on_the_verdict_and_not_on_the_side_it_was_chosen_by():
    left, right = Answer(side="left", **FULL), Answer(side="right", **FULL)
    digest = left.digest(verdict=Verdict.FIRST, lease_id=LEASE)

    assert right.digest(verdict=Verdict.FIRST, lease_id=LEASE) == digest
    assert left.digest(verdict=Verdict.SECOND, lease_id=LEASE) != digest
    assert left.digest(verdict=Verdict.FIRST, lease_id=uuid.UUID(int=2)) != digest
