"""The agreement page: who sees it, what it shows, and that it only reads."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.agreement import counts
from annotate.agreement.reports import REFRESH, refresh_report
from annotate.models import AgreementReport, Annotator, AnnotatorKind, Role
from tests.bells import listen
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_completion,
    make_member,
    make_project,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(overlap=3)


@pytest.fixture
def reviewer(client, project):
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The projects that a worker was rung for."""
    return listen(monkeypatch, REFRESH)


def address(project, query=""):
    return reverse("annotate:agreement", args=[project.slug]) + query


def text_of(client, project, query="", **headers):
    answer = client.get(address(project, query), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def make_simulated(*judgements):
    pks = [judgement.annotator_id for judgement in judgements]
    Annotator.objects.filter(pk__in=pks).update(kind=AnnotatorKind.SIMULATED)


def test_an_annotator_is_not_shown_how_others_judge(client, project):
    user = make_user()
    make_member(project, user=user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address(project)).status_code == 403


def test_without_judgements_the_page_says_what_to_do_and_waits_for_nothing(reviewer, project):
    page = text_of(reviewer, project)
    assert "Nothing was judged yet" in page
    assert "hx-get" not in page


def test_until_the_first_figures_are_stored_the_page_asks_again(reviewer, project):
    judge_comparison(make_comparison(project), "first", "second")
    assert "hx-get" in text_of(reviewer, project)
    refresh_report(project)
    part = text_of(reviewer, project, **{"HX-Request": "true"})
    assert "hx-get" not in part
    assert "<html" not in part
    assert "Krippendorff" in part


def test_the_page_never_computes(reviewer, project, monkeypatch):
    judge_comparison(make_comparison(project), "first", "second")
    monkeypatch.setattr(counts, "read_counts", lambda project: pytest.fail("computed"))
    text_of(reviewer, project)
    assert not AgreementReport.objects.exists()


def test_figures_come_with_interval_count_and_word(reviewer, project):
    for comparison in make_comparisons(project, 3):
        judge_comparison(comparison, "first", "first", "first")
    judge_comparison(make_comparison(project), "first", "second", "first")
    refresh_report(project)
    page = text_of(reviewer, project)
    assert "83.3 %" in page  # 10 of 12 pairs
    assert "12 judgements of 4 shared comparisons" in page
    assert "more than usual for preferences" in page


def test_what_cannot_be_computed_says_why(reviewer, project):
    judge_comparison(make_comparison(project), "first")
    refresh_report(project)
    page = text_of(reviewer, project)
    assert "because one person made all of the judgements" in page
    assert "nan" not in page.lower().replace("annotat", "")


def test_a_refresh_rings_the_worker_and_the_page_waits_until_it_is_done(
    reviewer, project, rung, django_capture_on_commit_callbacks
):
    judge_comparison(make_comparison(project), "first", "second")
    refresh_report(project)
    with django_capture_on_commit_callbacks(execute=True):
        answer = reviewer.post(address(project), {"who": "all"})
    assert rung == [project.pk]
    assert "hx-get" in reviewer.get(answer.url).content.decode()
    refresh_report(project)
    assert "hx-get" not in reviewer.get(answer.url).content.decode()


def test_simulated_judgements_are_named_marked_and_can_be_left_out(reviewer, project):
    *_people, machine = judge_comparison(make_comparison(project), "first", "first", "second")
    make_simulated(machine)
    refresh_report(project)

    people, everybody = (text_of(reviewer, project, f"?who={who}") for who in ("people", "all"))

    assert "1 judgement (33.3 %) was made by a program" in people
    assert "They are left out of the figures below." in people
    assert "They are part of the figures below" in everybody
    assert machine.annotator.pseudonym in everybody
    assert machine.annotator.pseudonym not in people
    chip = everybody.split(f"<code>{machine.annotator.pseudonym}</code>")[1][:400]
    assert "simulated" in chip
    assert text_of(reviewer, project).count("People and imported votes") == 1
    assert "They are left out" in text_of(reviewer, project)


def test_people_and_machines_are_set_beside_each_other(reviewer, project):
    *_people, machine = judge_comparison(make_comparison(project), "first", "first", "first")
    make_simulated(machine)
    refresh_report(project)
    groups = text_of(reviewer, project).split('id="groups-heading"')[1].split("</section>")[0]
    assert "people · simulated" in groups
    assert "100.0 %" in groups


def test_where_only_machines_judged_they_are_shown_at_once(reviewer, project):
    make_simulated(*judge_comparison(make_comparison(project), "first", "second"))
    refresh_report(project)
    assert "They are part of the figures below" in text_of(reviewer, project)


def test_a_pair_leads_to_the_comparisons_on_which_it_differs(reviewer, project):
    agreed, disputed = make_comparisons(project, 2)
    first, second = judge_comparison(disputed, "first", "second")
    judge_comparison(agreed, "tie", "tie")
    refresh_report(project)
    names = [first.annotator.pseudonym, second.annotator.pseudonym]
    query = f"differ={names[0]}%2C{names[1]}"
    assert query in text_of(reviewer, project)

    listed = reviewer.get(
        reverse("annotate:comparisons", args=[project.slug]) + "?" + query
    ).content.decode()

    assert str(disputed.public_id) in listed
    assert str(agreed.public_id) not in listed


def test_the_page_shows_reliability_biases_and_what_people_divide_on(reviewer, project):
    agreed, disputed = make_comparisons(project, 2)
    first, _second, _third = judge_comparison(disputed, "first", "second", "first")
    judge_comparison(agreed, "first", "first", "first")
    refresh_report(project)

    page = text_of(reviewer, project)

    section = page.split('id="annotators-heading"')[1].split("</section>")[0]
    assert first.annotator.pseudonym in section
    assert "not told apart from chance" in section
    assert "Share of longer answers chosen" in page
    divided = page.split('id="contested-heading"')[1].split("</section>")[0]
    assert str(disputed.public_id) in divided
    assert str(agreed.public_id) not in divided
    assert "67 %" in divided  # two of three pairs differ
    assert "is better" not in divided  # no verdict is given away


def test_a_lean_is_marked_only_if_it_is_none_of_many_by_luck(reviewer, project):
    judge_comparison(make_comparison(project), "first", "second")
    stored = refresh_report(project)
    one, other = stored.report["without_simulated"]["annotators"]
    reading = {"key": "position_left", "low_key": None, "high_key": None}
    reading |= {"source": "even_sides", "limits": "limits_even_sides"}
    leaning = {"low": 0.6, "high": 0.9, "interval_undefined": None, "reading": reading}
    for entry, adjusted in ((one, 0.03), (other, 0.2)):
        entry["position"] |= leaning
        entry["position_adjusted_p"] = adjusted
    stored.save()
    sides = text_of(reviewer, project).split('id="sides-heading"')[1].split("</section>")[0]
    assert sides.count('class="row--leans"') == 1
    assert sides.count("leans to the left</span>") == 1


def test_names_that_cannot_be_stored_are_refused(reviewer, project):
    make_comparison(project)
    address = reverse("annotate:comparisons", args=[project.slug])
    answer = reviewer.get(address, {"differ": "a\0,b"})
    assert "Null characters are not allowed" in answer.content.decode()


def n_queries(client, project):
    with CaptureQueriesContext(connection) as captured:
        text_of(client, project)
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_judgements(reviewer, project):
    judge_comparison(make_comparison(project), "first", "second")
    refresh_report(project)
    few = n_queries(reviewer, project)
    for comparison in make_comparisons(project, 6):
        judge_comparison(comparison, "first", "second", "tie")
    refresh_report(project)
    assert n_queries(reviewer, project) == few
    assert few <= 9


def test_figures_that_verdicts_bent_are_marked_on_the_page(reviewer, project):
    judge_comparison(make_comparison(project), "first", "first")
    stored = refresh_report(project)
    assert "depended on its verdicts" not in text_of(reviewer, project)
    stored.report["without_simulated"]["redundancy"] |= {"depends_on_votes": True, "m": 2}
    stored.save()
    assert "bends every figure of agreement on this page" in text_of(reviewer, project)


def rate_two_models(project):
    prompt = make_prompt(project)
    answers = [make_completion(prompt, origin=name) for name in ("model-old", "model-<new>")]
    comparison = make_comparison(project, prompt=prompt, first=answers[0], second=answers[1])
    judge_comparison(comparison, "second", "second", "first")
    refresh_report(project)


def test_leads_see_models_beside_one_another_and_reviewers_do_not(client, project, reviewer):
    rate_two_models(project)
    assert "model-old" not in text_of(reviewer, project)
    lead = make_user()
    make_member(project, user=lead, role=Role.LEAD)
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    section = text_of(client, project).split('id="models-heading"')[1].split("</section>")[0]
    listed = section.split("table--plot")[1].split("</table>")[0]
    stronger, weaker = listed.split("<tr>")[2:]
    assert "model-&lt;new&gt;" in stronger
    assert "0.35" in stronger  # ½ ln 2
    assert "no interval, because all comparisons belong to one prompt" in stronger
    assert re.findall(r'<td class="num fit">(\d)</td>', stronger)[1:] == ["2", "0", "1"]
    assert "model-old" in weaker


def test_models_that_cannot_be_rated_are_listed_with_the_reason(client, project):
    prompt = make_prompt(project)
    answers = [make_completion(prompt, origin=name) for name in ("a", "b")]
    judge_comparison(
        make_comparison(project, prompt=prompt, first=answers[0], second=answers[1]), "first"
    )
    refresh_report(project)
    lead = make_user()
    make_member(project, user=lead, role=Role.LEAD)
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    text = text_of(client, project)
    assert "Undefined, because some models never lost to the others" in text
    assert "<li>a</li>" in text


def test_what_was_asked_beside_the_verdict_is_told_with_its_interval_or_reason(client):
    asks = {"verdicts": ["first", "second"], "reasons": {"choices": ["Clearer"], "required": False}}
    project = make_project(overlap=2, asks=asks)
    user = make_user()
    make_member(project, user=user, role=Role.REVIEWER)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for number in range(8):
        judgements = judge_comparison(make_comparison(project), "first", "first")
        for judgement in judgements[: 2 if number % 2 else 1]:
            type(judgement).objects.filter(pk=judgement.pk).update(reasons=["Clearer"])
    refresh_report(project)
    text = " ".join(re.sub(r"<[^>]*>", " ", text_of(client, project)).split())
    assert "What was asked beside the verdict" in text
    assert "Clearer version 1 · 16 of 16 answered Given by others too 66.7 %" in text
    assert "16 judgements of 8 shared comparisons" in text
    chinese = text_of(client, project, **{"accept-language": "zh-hans"})
    assert "结论之外所问的内容" in chinese
    nothing = make_project(asks={"verdicts": ["first", "second"]})
    make_member(nothing, user=user, role=Role.REVIEWER)
    judge_comparison(make_comparison(nothing), "first", "first")
    refresh_report(nothing)
    assert "What was asked beside the verdict" not in text_of(client, nothing)
