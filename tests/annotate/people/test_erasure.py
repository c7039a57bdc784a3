import pytest
from axes.models import AccessAttempt
from django.core.management import call_command

from annotate.errors import InvalidInput
from annotate.exports.exporting import queue_export, run_export
from annotate.models import (
    Annotator,
    ApiToken,
    AuditEvent,
    Comparison,
    Export,
    Flag,
    Judgement,
    Membership,
    Preference,
    Skip,
    User,
)
from annotate.people.erasure import erase_person
from annotate.people.members import issue_token
from annotate.preferences.trainable import trainable_preferences
from tests.factories import (
    everything_asked,
    hold,
    judge,
    judge_comparison,
    make_admin,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe():
    return make_user(username="zoe.secret", email="zoe@example.org", first_name="Zoe")


def test_the_account_and_the_words_go_and_the_verdict_stays_under_the_pseudonym(zoe):
    project = make_project(overlap=1, asks=everything_asked())
    _judged, other = make_comparisons(project, 2)
    annotator = make_member(project, user=zoe)
    judge(annotator, hold(annotator, project).current, "first", note="I am Zoe.", edited_text="x")
    Skip.objects.create(comparison=other, annotator=annotator, reason="other", note="Zoe here")
    Flag.objects.create(comparison=other, annotator=annotator, reason="other", note="Zoe here")
    issue_token(user=zoe, name="Zoe's laptop")
    AccessAttempt.objects.create(
        username="zoe.secret", ip_address="203.0.113.7", failures_since_start=1
    )

    erased = erase_person(user=zoe)

    assert erased.n_withdrawn == 0
    assert not User.objects.exists()
    assert not ApiToken.objects.exists()
    assert not AccessAttempt.objects.exists()
    judgement = Judgement.objects.get()
    assert judgement.annotator == annotator
    assert (judgement.verdict, judgement.note, judgement.edited_text) == ("first", "", "")
    assert (Skip.objects.get().note, Flag.objects.get().note) == ("", "")
    assert Annotator.objects.get(pk=annotator.pk).user is None
    assert not Membership.objects.get(annotator=annotator).is_active
    assert Preference.objects.get().superseded_at is None


def test_no_table_holds_the_name_afterwards(zoe, tmp_path, capsys):
    project = make_project(overlap=1, asks=everything_asked())
    make_comparison(project)
    annotator = make_member(project, user=zoe)
    judge(annotator, hold(annotator, project).current, note="zoe.secret")
    erase_person(user=zoe, erased_by=make_admin())
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump), verbosity=0)
    assert annotator.pseudonym in dump.read_text()
    assert "zoe" not in dump.read_text().lower()


def test_on_request_the_verdicts_are_withdrawn_and_their_preferences_superseded(zoe):
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    annotator = make_member(project, user=zoe)
    judge(annotator, hold(annotator, project).current)
    before = Preference.objects.get()
    assert erase_person(user=zoe, withdraw_judgements=True).n_withdrawn == 1
    comparison.refresh_from_db()
    assert (comparison.n_counted, comparison.is_open) == (0, True)
    assert Preference.objects.get().superseded_at is not None
    again = trainable_preferences(projects=[project], cutoff_at=before.resolved_at)
    assert not again.exists()  # not even a snapshot of an instant before brings it back


def test_other_peoples_verdicts_still_count_after_a_withdrawal(zoe):
    project = make_project(overlap=3)
    comparison = make_comparison(project)
    annotator = make_member(project, user=zoe)
    judge(annotator, hold(annotator, project).current, "first")
    judge_comparison(comparison, "second", "second")
    erase_person(user=zoe, withdraw_judgements=True)
    preference = Preference.objects.get(superseded_at=None)
    assert (preference.n_first, preference.n_second) == (0, 2)


def test_export_files_that_hold_their_words_are_removed(zoe):
    project, untouched = make_project(overlap=1, asks=everything_asked()), make_project()
    make_comparison(project)
    annotator = make_member(project, user=zoe)
    judge(annotator, hold(annotator, project).current, note="Mine.")
    for target in (project, untouched):
        run_export(
            export_id=queue_export(project=target, requested_by=None, format="judgements_jsonl").pk
        )
    assert erase_person(user=zoe).n_exports_removed == 1
    assert not Export.objects.get(project=project).file
    assert Export.objects.get(project=untouched).file


def test_what_they_held_goes_back_to_the_queue(zoe):
    project = make_project(overlap=1)
    make_comparison(project)
    hold(make_member(project, user=zoe), project)
    erase_person(user=zoe)
    assert Comparison.objects.get().n_leased == 0


def test_the_erasure_itself_is_in_the_audit_by_pseudonym(zoe):
    admin = make_admin()
    pseudonym = erase_person(user=zoe, erased_by=admin).pseudonym
    event = AuditEvent.objects.get(action="person.erased")
    assert (event.target, event.actor) == (f"annotator:{pseudonym}", admin.annotator.pseudonym)


def test_the_last_admin_cannot_be_erased():
    admin = make_admin()
    with pytest.raises(InvalidInput, match="last site admin"):
        erase_person(user=admin)
    make_admin()
    erase_person(user=admin)
    assert User.objects.count() == 1
