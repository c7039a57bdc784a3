import stat
from itertools import islice

import pytest

from annotate.demo import load_demo_projects, loader, read_sign_ins
from annotate.demo.loader import language_of_replies
from annotate.imports.adding import add_comparisons
from annotate.models import AnnotatorKind, Comparison, Judgement, Membership, User
from annotate.people.members import create_user
from annotate.projects.progress import progress

pytestmark = pytest.mark.django_db


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.ACCORD_DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def few_rows(monkeypatch):
    """The first rows of each file, for tests that load more than once."""

    def add_few(*, project, rows):
        return add_comparisons(project=project, rows=islice(rows, 20))

    monkeypatch.setattr(loader, "add_comparisons", add_few)
    monkeypatch.setattr(loader, "LEFT_FOR_PEOPLE", 15)


def test_the_demonstration_loads_its_projects_and_three_sign_ins(data_dir, monkeypatch):
    monkeypatch.setattr(loader, "LEFT_FOR_PEOPLE", 400)  # the simulated ones stop sooner
    demo = load_demo_projects()
    helpful, votes = progress(demo.helpful), progress(demo.votes)
    assert (helpful.n_comparisons, helpful.n_simulated, helpful.n_people) == (420, 60, 0)
    assert (votes.n_comparisons, votes.n_imported, votes.n_annotators) == (502, 1506, 3)
    assert [sign_in.username for sign_in in demo.sign_ins] == ["admin", "lead", "annotator"]
    for sign_in in demo.sign_ins:
        user = User.objects.get(username=sign_in.username)
        assert user.check_password(sign_in.password)
        assert user.is_site_admin == (sign_in.username == "admin")
    assert demo.helpful.is_demo
    assert "Which answer helps more?" in demo.helpful.guidelines
    assert "MIT" in demo.helpful.attribution
    assert [progress(project).n_comparisons for project in demo.replies] == [540, 540]
    assert [project.overlap for project in demo.replies] == [1, 1]
    roles = Membership.objects.filter(project=demo.helpful, annotator__user__isnull=False)
    assert set(roles.values_list("annotator__user__username", "role")) == {
        ("admin", "lead"),
        ("lead", "lead"),
        ("annotator", "annotator"),
    }


def test_loading_it_again_changes_nothing(data_dir, few_rows):
    first = load_demo_projects()
    counts = (Comparison.objects.count(), Judgement.objects.count(), User.objects.count())
    again = load_demo_projects()
    assert counts == (Comparison.objects.count(), Judgement.objects.count(), User.objects.count())
    assert again.sign_ins == first.sign_ins


def test_cut_short_anywhere_it_can_be_loaded_again(data_dir, few_rows, monkeypatch):
    for step in ("create_project", "add_comparisons", "simulate_annotators"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(loader, step, _cut_short)
            load_demo_projects()
    assert progress(load_demo_projects().helpful).n_simulated == 15


def _cut_short(**_fields):
    raise KeyboardInterrupt


def test_the_sign_ins_are_kept_where_only_this_user_can_read_them(data_dir, monkeypatch):
    monkeypatch.setattr(loader, "create_user", _cut_short)
    with pytest.raises(KeyboardInterrupt):
        load_demo_projects()
    file = data_dir / "demo-sign-ins.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({sign_in.password for sign_in in read_sign_ins()}) == 3
    assert not User.objects.exists()


def test_without_the_demonstration_there_are_no_sign_ins(data_dir):
    assert read_sign_ins() == []


def test_a_user_who_was_there_before_keeps_their_password(data_dir, few_rows):
    create_user(username="admin", password="my own password 1", is_site_admin=True)
    load_demo_projects()
    assert User.objects.get(username="admin").check_password("my own password 1")


def test_the_data_names_no_annotator_of_ours_as_a_person(data_dir, few_rows):
    load_demo_projects()
    kinds = set(Judgement.objects.values_list("annotator__kind", flat=True))
    assert kinds == {AnnotatorKind.SIMULATED, AnnotatorKind.IMPORTED}


def test_only_a_demonstration_of_replies_has_a_language_of_replies(data_dir, few_rows):
    demo = load_demo_projects()
    assert [language_of_replies(project) for project in demo.replies] == ["en", "zh"]
    assert language_of_replies(demo.helpful) is None
    english = demo.replies[0]
    english.is_demo = False  # somebody's own project of that address
    assert language_of_replies(english) is None
