"""Rules on hand-made figures: told where the whole interval is beyond the bound, and not before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.models import (
    AgreementReport,
    AuditEvent,
    Comparison,
    Import,
    Judgement,
    Notice,
    NoticeKind,
    WorkState,
)
from annotate.notices.changed_rules import change_rules
from annotate.notices.looking_at_rules import find_failed_imports, look_at, look_at_projects
from annotate.notices.notice_rules.rule import beyond
from annotate.notices.notice_words import path_of, sentence_of, title_of
from tests.factories import (
    hold,
    judge,
    make_annotator,
    make_comparisons,
    make_member,
    make_project,
)

pytestmark = pytest.mark.django_db


def figure(low, high):
    return {"value": (low + high) / 2, "low": low, "high": high}


def figures_of(project, **given):
    people = {
        "figures": {"krippendorff_alpha": given.get("alpha")},
        "position": given.get("position"),
        "haste": given.get("haste"),
        "annotators": given.get("annotators", []),
    }
    report = {"schema": AgreementReport.SCHEMA, "without_simulated": people}
    AgreementReport.objects.update_or_create(
        project=project,
        defaults={"report": report, "n_judgements": 100, "computed_at": timezone.now()},
    )


def standing(project):
    return set(
        Notice.objects.filter(project=project, resolved_at=None).values_list("kind", "subject")
    )


def test_an_end_just_short_of_its_bound_changes_nothing():
    assert beyond(0.21, 0.2, 0.02) is True
    assert beyond(0.19, 0.2, 0.02) is None
    assert beyond(0.18, 0.2, 0.02) is False


@pytest.mark.parametrize(
    ("kind", "name", "told", "kept", "over"),
    [
        (NoticeKind.ALPHA_LOW, "alpha", (0.0, 0.19), (0.0, 0.21), (0.1, 0.22)),
        (NoticeKind.POSITION, "position", (0.56, 0.7), (0.54, 0.7), (0.52, 0.7)),
        (NoticeKind.POSITION, "position", (0.3, 0.44), (0.3, 0.46), (0.3, 0.48)),
        (NoticeKind.HASTE, "haste", (0.21, 0.3), (0.19, 0.3), (0.1, 0.3)),
    ],
)
def test_it_is_told_where_the_whole_interval_is_beyond_and_ends_with_a_margin(
    kind, name, told, kept, over
):
    project = make_project()
    figures_of(project, **{name: figure(*kept)})
    look_at(project)
    assert standing(project) == set()  # not sure enough to begin
    figures_of(project, **{name: figure(*told)})
    look_at(project)
    look_at(project)
    assert standing(project) == {(kind, "")} and Notice.objects.count() == 1
    figures_of(project, **{name: figure(*kept)})
    look_at(project)
    assert standing(project) == {(kind, "")}  # nor to end
    figures_of(project)
    look_at(project)
    assert standing(project) == {(kind, "")}  # nothing is known: it goes on standing
    figures_of(project, **{name: figure(*over)})
    look_at(project)
    assert standing(project) == set()


def person(name, low, high, *, n=50, chance=0.5):
    return {
        "annotator": name,
        "reliability": figure(low, high),
        "chance": chance,
        "n_shared": n,
    }


def test_people_are_told_of_one_by_one_and_never_from_few_comparisons():
    project = make_project()
    people = [
        person("below", 0.2, 0.45),
        person("unclear", 0.3, 0.55),
        person("few", 0.1, 0.3, n=19),
    ]
    figures_of(project, annotators=people)
    look_at(project)
    assert standing(project) == {(NoticeKind.PERSON_LOW, "below")}
    figures_of(project, annotators=people[1:])  # they are gone
    look_at(project)
    assert standing(project) == set()


def test_the_queue_is_told_of_at_the_slowest_likely_pace():
    project = make_project(overlap=1)
    make_comparisons(project, 20)
    annotator = make_member(project)
    for _number in range(16):
        judge(annotator, hold(annotator, project).current)
    look_at(project)  # 4 left; 16 - 1.96 × 4 = 8.16 a day: 11.8 hours
    (notice,) = Notice.objects.all()
    assert (notice.kind, notice.facts["n_left"]) == (NoticeKind.QUEUE, 4)
    assert notice.facts["hours"] == pytest.approx(11.8)
    assert "4 judgements are left" in sentence_of(notice)
    make_comparisons(project, 10)  # 14 left: 41 hours, more than a quarter beyond a day
    look_at(project)
    assert standing(project) == set()
    Comparison.objects.filter(project=project).update(is_open=False)
    Judgement.objects.update(judged_at=timezone.now() - timedelta(days=2))
    look_at(project)  # empty, and nobody is at it
    assert standing(project) == set()


def test_a_project_has_its_own_word():
    project = make_project()
    figures_of(project, alpha=figure(0.1, 0.3))
    change = {"alpha_low": (True, 0.4)}
    change_rules(project=project, changed_by=make_annotator(), rules=change)
    look_at_projects()
    assert standing(project) == {(NoticeKind.ALPHA_LOW, "")}
    change_rules(project=project, changed_by=make_annotator(), rules={"alpha_low": (False, None)})
    look_at_projects()
    assert standing(project) == set()
    assert AuditEvent.objects.filter(action="notices.rules_changed").count() == 2
    for wrong in (
        {"alpha_low": (True, 1.5)},
        {"disk": (True, None)},
        {"import_failed": (True, 1.0)},
    ):
        with pytest.raises(InvalidInput):
            change_rules(project=project, changed_by=make_annotator(), rules=wrong)


def test_each_failed_import_is_told_of_once():
    project = make_project()
    row = Import.objects.create(
        project=project,
        file_name="<b>rows</b>.jsonl",
        state=WorkState.FAILED,
        finished_at=timezone.now(),
        reason="Row 3 is empty.",
    )
    Import.objects.create(
        project=project,
        file_name="old",
        state=WorkState.FAILED,
        finished_at=timezone.now() - timedelta(days=3),
    )
    assert (find_failed_imports(), find_failed_imports()) == (1, 0)
    (notice,) = Notice.objects.all()
    assert sentence_of(notice) == "“<b>rows</b>.jsonl” was not imported: Row 3 is empty."
    assert path_of(notice) == f"/projects/{project.slug}/imports/{row.public_id}/"
    assert title_of(notice) == f"{project.name}: an import failed"
    Notice.objects.update(resolved_at=timezone.now())
    assert find_failed_imports() == 0


def test_every_kind_has_words_whatever_its_facts():
    project = make_project()
    facts = {
        **dict.fromkeys(("value", "low", "high", "bound", "chance", "hours"), 0.5),
        **dict.fromkeys(("n", "n_left", "n_judged", "free", "total"), 3),
        "name": "100 % (%s)",
        "reason": "%(why)s",
    }
    for kind in NoticeKind:
        notice = Notice.objects.create(project=project, kind=kind, subject="x", facts=facts)
        assert sentence_of(notice) and "%(" not in sentence_of(notice).replace("%(why)s", "")
        if kind != NoticeKind.IMPORT_FAILED:
            assert path_of(notice).startswith("/")
