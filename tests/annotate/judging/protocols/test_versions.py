import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotate.errors import InvalidInput, VerdictNotOffered
from annotate.judging.protocols.presets import PRESETS
from annotate.models import AuditEvent, Judgement, Lease, Protocol, RuleChange, Verdict
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


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_projects_from_before_get_their_verdicts_as_the_first_version():
    held = make_project(slug="held", asks={"verdicts": ["first", "second", "tie"]})
    comparison, _other = make_comparisons(held, 2)
    annotator = make_member(held)
    judged = judge(annotator, hold(annotator, held).current)
    lease = hold(annotator, held).current  # on somebody's screen, meanwhile
    imported = Judgement.objects.create(
        project=held, comparison=comparison, annotator=make_member(held), verdict="tie", key="i"
    )
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("annotate", "0006_keep_what_exports_left_out")])
    try:
        old = executor.loader.project_state([("annotate", "0006_keep_what_exports_left_out")]).apps
        for slug, tie, both in (("all", True, True), ("two", False, False), ("tie", True, False)):
            old.get_model("annotate", "Project").objects.create(
                slug=slug, name=slug, allows_tie=tie, allows_both_bad=both
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)
    found = {one.project.slug: (one.version, one.verdicts) for one in Protocol.objects.all()}
    assert json.loads(json.dumps(found)) == {
        "held": [1, ["first", "second", "tie"]],
        "all": [1, ["first", "second", "tie", "both_bad"]],
        "two": [1, ["first", "second"]],
        "tie": [1, ["first", "second", "tie"]],
    }
    for protocol in Protocol.objects.all():
        assert protocol.project.protocol == protocol
    versions = dict(Judgement.objects.values_list("pk", "protocol_version"))
    assert versions == {judged.pk: 1, imported.pk: None}
    lease = Lease.objects.get(pk=lease.pk)
    assert lease.protocol is None
    changed(lease.project)
    assert judge(annotator, lease, Verdict.TIE).protocol_version == 1
