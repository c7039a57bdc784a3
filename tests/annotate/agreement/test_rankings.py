"""A ranking counts once in every figure, and whole orders have figures of their own."""

import pytest

from alignment_core.agreement.biases.length_haste_drift import measure_haste
from annotate.agreement.counts import read_counts, report_of
from annotate.agreement.reports import refresh_report
from annotate.judging.undo import undo_action
from annotate.models import Completion, Role
from tests.factories import (
    hold,
    make_member,
    make_project,
    make_set,
    make_user,
    ranking_asked,
    send_ranking,
)

pytestmark = pytest.mark.django_db


def ranked(n_sets: int = 3, orders=((1, 2, 3, 4), (1, 2, 4, 3))):
    """Each of the orders is somebody's, of every set."""
    project = make_project(asks=ranking_asked(), overlap=len(orders))
    for _number in range(n_sets):
        make_set(project, 4)
    for ranks in orders:
        annotator = make_member(project)
        while (lease := hold(annotator, project).current) is not None:
            send_ranking(annotator, lease, list(ranks))
    return project


def test_every_figure_counts_a_ranking_once():
    report = report_of(read_counts(ranked()))["all"]
    assert report["counts"]["n_judgements"] == 6
    assert report["counts"]["n_comparisons"] == 3
    assert report["counts"]["comparisons_by_n_judgements"] == {"0": 0, "2": 3}
    assert report["figures"]["percent_agreement"]["n_judgements"] == 6


def test_haste_is_of_all_the_answers_that_were_ranked():
    project = make_project(asks=ranking_asked(), overlap=1)
    completion_set = make_set(project, 4)
    for member in completion_set.members.all():
        Completion.objects.filter(pk=member.completion_id).update(text="x" * 6000)
    annotator = make_member(project)
    # four answers of 1000 words each: two of them take 100 s at 1200 words a minute, all take 200
    send_ranking(annotator, hold(annotator, project).current, [1, 2, 3, 4], seconds=150)
    table = read_counts(project).everybody
    assert table.rows.words.tolist() == [4000]
    assert measure_haste(table, words_per_minute=1200).everybody.value == 1


def test_whole_orders_have_figures_of_their_own():
    section = report_of(read_counts(ranked()))["sections"]["all"]["rankings"]
    assert (section["n_sets"], section["n_rankings"]) == (3, 6)
    # five pairs of six alike: τ = 4/6; W = (12 · (4 + 16 + 49 + 49) - 1200) / (4 · 60) = 0.9
    assert section["tau_b"]["value"] == pytest.approx(2 / 3)
    assert section["kendall_w"]["value"] == pytest.approx(0.9)
    assert section["tau_b"]["n_judgements"] == 6


def test_what_was_taken_back_takes_no_part():
    project = ranked(n_sets=1)
    annotator = make_member(project)
    undo_of = project.judgements.filter(is_derived=False).first().annotator
    undo_action(annotator=undo_of, project=project)
    section = report_of(read_counts(project))["sections"]["all"]["rankings"]
    assert (section["n_rankings"], section["tau_b"]["undefined"]) == (1, "single_annotator")
    assert annotator is not undo_of


def test_a_project_that_compares_pairs_has_no_such_section():
    assert "rankings" not in report_of(read_counts(make_project()))["sections"]["all"]


def test_page_and_api_show_them(client):
    project = ranked()
    refresh_report(project)
    user = make_user()
    make_member(project, role=Role.LEAD, user=user)
    client.force_login(user)
    page = client.get(f"/projects/{project.slug}/agreement/").content.decode()
    assert "Kendall’s W" in page
    assert "6 rankings of 3 sets" in page
    address = f"/api/v1/projects/{project.slug}/agreement/?include=rankings"
    assert client.get(address).json()["sections"]["all"]["rankings"]["n_rankings"] == 6
