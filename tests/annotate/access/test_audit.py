import pytest

from annotate.access.audit import chain_events, record_event, verify_chain
from annotate.models import AuditEvent
from tests.factories import make_annotator, make_project

pytestmark = pytest.mark.django_db


def record(n_events: int) -> None:
    for number in range(n_events):
        record_event(actor=None, action="thing.done", target=f"thing:{number}", after={"n": 1.5})


def test_events_are_chained_once_and_in_order():
    record(3)
    assert chain_events() == 3
    record(2)
    assert (chain_events(), chain_events()) == (2, 0)
    report = verify_chain()
    assert (report.n_chained, report.n_waiting, report.broken_at) == (5, 0, None)
    events = AuditEvent.objects.order_by("position")
    assert [event.target[-1] for event in events] == ["0", "1", "2", "0", "1"]
    assert report.head == events.last().hash


def test_events_that_are_not_chained_yet_are_counted_and_not_an_alarm():
    record(2)
    report = verify_chain()
    assert (report.n_chained, report.n_waiting, report.broken_at) == (0, 2, None)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody"},
        {"action": "other"},
        {"target": "thing:9"},
        {"after": {"n": 2}},
        {"before": {}},
    ],
)
def test_a_changed_event_is_found(change):
    record(4)
    chain_events()
    AuditEvent.objects.filter(position=3).update(**change)
    report = verify_chain()
    assert report.broken_at == 3
    assert "changed" in report.reason


def test_a_removed_event_is_found():
    record(4)
    chain_events()
    AuditEvent.objects.filter(position=2).delete()
    assert (verify_chain().broken_at, verify_chain().reason) == (2, "an event is missing")


def test_an_event_whose_hash_was_made_anew_breaks_the_next():
    record(3)
    chain_events()
    event = AuditEvent.objects.get(position=2)
    event.action, event.position, event.hash = "forged", None, ""
    event.save()
    AuditEvent.objects.filter(pk=event.pk).update(position=2, hash="f" * 64)
    assert verify_chain().broken_at == 2


def test_the_actor_is_a_pseudonym_and_deleting_a_project_breaks_nothing():
    annotator, project = make_annotator(), make_project()
    event = record_event(actor=annotator, action="a", target="b", project=project)
    assert event.actor == annotator.pseudonym
    chain_events()
    project.delete()
    assert verify_chain().broken_at is None
