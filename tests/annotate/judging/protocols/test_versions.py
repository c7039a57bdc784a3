import pytest

from annotate.errors import InvalidInput, VerdictNotOffered
from annotate.judging.protocols.presets import PRESETS
from annotate.models import AuditEvent, Lease, Protocol, RuleChange, Verdict
from annotate.projects.protocols import change_protocol
from tests.factories import (
    everything_asked,
    hold,
    judge,
    make_admin,
    make_comparisons,
    make_member,
    make_project,
)

TWO = PRESETS["two_way"].declaration


def changed(project, declaration=TWO):
    return change_protocol(project=project, changed_by=None, declaration=declaration)


@pytest.mark.django_db
def test_an_answer_is_checked_against_what_its_lease_was_shown_under():
    project = make_project()
    make_comparisons(project, 3)
    annotator = make_member(project)
    held = hold(annotator, project, ahead=True)
    changed(project)

    tie = judge(annotator, held.current, Verdict.TIE)
    assert tie.protocol_version == 1
    now = hold(annotator, project, ahead=True)
    assert [lease.protocol.version for lease in (now.current, now.ahead)] == [1, 2]
    with pytest.raises(VerdictNotOffered):
        judge(annotator, now.ahead, Verdict.TIE)
    assert judge(annotator, now.ahead, Verdict.SECOND).protocol_version == 2


@pytest.mark.django_db
def test_a_lease_from_before_there_were_versions_is_answered_under_the_first():
    project = make_project()
    make_comparisons(project, 1)
    annotator = make_member(project)
    held = hold(annotator, project).current
    Lease.objects.update(protocol=None)
    changed(project)

    assert judge(annotator, held, Verdict.TIE).protocol_version == 1


@pytest.mark.django_db
def test_a_version_is_never_changed_and_the_same_again_is_none():
    project = make_project()
    assert changed(project, {"verdicts": list(Verdict.values)}).version == 1
    assert not AuditEvent.objects.exists()
    second = changed(project, everything_asked())
    assert second.version == 2
    assert second.declaration["note"] == {"required": False}
    with pytest.raises(TypeError):
        second.save()
    project.refresh_from_db()
    assert project.protocol == second
    assert [one.version for one in Protocol.objects.order_by("version")] == [1, 2]


@pytest.mark.django_db
def test_the_audit_says_who_changed_which_part():
    project = make_project(asks=PRESETS["strength_four"].declaration)
    admin = make_admin()
    declaration = {**TWO, "strength": {"scale": "three", "required": True}}
    change_protocol(project=project, changed_by=admin, declaration=declaration)

    event = AuditEvent.objects.get(action="protocol.changed")
    assert event.actor == admin.annotator.pseudonym
    assert event.before == {"version": 1, "strength": {"scale": "four", "required": True}}
    assert event.after == {"version": 2, "strength": {"scale": "three", "required": True}}


@pytest.mark.django_db
def test_a_refused_declaration_changes_nothing():
    project = make_project()
    with pytest.raises(InvalidInput):
        changed(project, {"verdicts": ["first"]})
    assert Protocol.objects.get().version == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "declaration", "n_afresh"),
    [
        ("posterior", TWO, 1),
        ("posterior", everything_asked(), 0),  # the verdicts are the same
        ("majority", TWO, 0),
    ],
)
def test_other_verdicts_resolve_afresh_where_the_rule_looks_at_them(rule, declaration, n_afresh):
    changed(make_project(resolution_rule=rule), declaration)
    assert RuleChange.objects.count() == n_afresh


@pytest.mark.django_db
def test_what_was_on_the_screen_before_there_were_versions_is_judged_under_the_first():
    project = make_project(asks={"verdicts": ["first", "second", "tie"]})
    make_comparisons(project, 1)
    annotator = make_member(project)
    lease = hold(annotator, project).current
    Lease.objects.filter(pk=lease.pk).update(protocol=None)
    lease.refresh_from_db()
    changed(project)
    assert judge(annotator, lease, Verdict.TIE).protocol_version == 1
