"""The pages of arenas: opened, read, closed by leads."""

import pytest
from django.urls import reverse

from annotate.arena import offered_origins
from annotate.arena.tending import tend_arena
from annotate.models import AnnotatorKind, Arena, Role
from tests.annotate.arena.arenas import answer, by_chance, judge_all, make_answered, make_arena
from tests.factories import make_member, make_prompt, make_user

pytestmark = pytest.mark.django_db


def lead_of(project, client):
    user = make_user()
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_lead_opens_an_arena_reads_it_and_closes_it(client):
    project = make_answered(20, ("<b>small</b>", "large"))
    lead_of(project, client)
    address = reverse("annotate:arenas", args=[project.slug])
    page = client.get(address).content.decode()
    assert "&lt;b&gt;small&lt;/b&gt; · 20 prompts" in page
    sent = {
        "name": "Small or large",
        "contestants": ["<b>small</b>", "large"],
        "n_prompts": 20,
        "target": 300,
        "wanted": 1,
        "eval_share": 0.999999,
    }
    answered = client.post(address, sent)
    arena = Arena.objects.get()
    own = reverse("annotate:arena", args=[project.slug, arena.public_id])
    assert answered.headers["Location"] == own
    assert arena.stops_when_decided is False  # the box was not ticked
    assert "Nothing has been counted yet" in client.get(own).content.decode()
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance(2))
    tend_arena(arena_id=arena.pk)
    page = client.get(own).content.decode()
    for words in ("Standings", "Pair by pair", "What else sways a vote", "leads."):
        assert words in page
    assert "<b>small</b>" not in page
    assert "Small or large" in client.get(address).content.decode()
    arena.refresh_from_db()
    reopen = reverse("annotate:arena_reopen", args=[project.slug, arena.public_id])
    assert arena.closed_at is not None  # all have met
    assert "Nothing is left to judge" in client.post(reopen, follow=True).content.decode()
    Arena.objects.update(is_drawn_out=False)
    assert "The arena goes on." in client.post(reopen, follow=True).content.decode()
    close = reverse("annotate:arena_close", args=[project.slug, arena.public_id])
    assert "The arena is closed." in client.post(close, follow=True).content.decode()


def test_what_is_not_known_and_what_machines_said_stands_there(client):
    arena = make_arena(n_prompts=3)
    tend_arena(arena_id=arena.pk)
    machine = make_member(arena.project)
    type(machine).objects.filter(pk=machine.pk).update(kind=AnnotatorKind.SIMULATED)
    judge_all(arena, by_chance(), [machine])
    own = reverse("annotate:arena", args=[arena.project.slug, arena.public_id])
    page = lead_of(arena.project, client).get(own)
    assert (page.context["n_votes"], page.context["n_others"]) == (0, 3)
    words = page.content.decode()
    assert "3 judgements of machines stand apart" in words
    assert "What imported models were trained on is not known here." in words
    assert words.count("<td>not known</td>") == 2
    arena.contestants.update(has_seen_prompts=False)
    words = client.get(own).content.decode()
    assert "is not known here" not in words
    assert words.count("<td>not here</td>") == 2


def test_of_a_large_project_models_can_be_named_that_are_not_offered(client, monkeypatch):
    project = make_answered(2, ("old", "older"))
    make_answered(2, ("new",), project=project)
    monkeypatch.setattr(offered_origins, "LOOKED_AT", 2)
    address = reverse("annotate:arenas", args=[project.slug])
    page = lead_of(project, client).get(address).content.decode()
    assert "new · 2 prompts" in page
    assert "older" not in page
    sent = {"n_prompts": 20, "target": 9, "wanted": 1, "eval_share": 0.999999, "name": "Old"}
    client.post(address, {**sent, "others": " old \n\nolder\n"})
    assert set(Arena.objects.get().contestants.values_list("origin", flat=True)) == {
        "old",
        "older",
    }
    page = client.post(address, {**sent, "others": "old\nnobody"})
    assert page.context["form"].errors["contestants"]


def test_curves_are_drawn_with_names_of_others_making(client):
    arena = make_arena(n_prompts=12, origins=("<b>a</b>", 'b" onload="x'))
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance(2))
    tend_arena(arena_id=arena.pk)
    own = reverse("annotate:arena", args=[arena.project.slug, arena.public_id])
    page = lead_of(arena.project, client).get(own).content.decode()
    assert page.count('class="evidence__line"') == 1
    assert "&lt;b&gt;a&lt;/b&gt; against b&quot; onload=&quot;x: the stake is" in page
    assert 'b" onload' not in page
    stored = Arena.objects.get()
    stored.standings["overall"]["pairs"][0].pop("stakes")  # counted before there were curves
    stored.save()
    assert "evidence__line" not in client.get(own).content.decode()


def test_a_form_that_makes_no_arena_says_so_at_its_field(client):
    project = make_answered(3)
    lead_of(project, client)
    address = reverse("annotate:arenas", args=[project.slug])
    sent = {"name": "One", "contestants": ["a"], "n_prompts": 5, "target": 5, "wanted": 1}
    page = client.post(address, {**sent, "eval_share": 0.999999})
    assert page.context["form"].errors["contestants"] == ["An arena has from 2 to 8 contestants."]
    page = client.post(address, {**sent, "eval_share": 2})
    assert "eval_share" in page.context["form"].errors


def test_a_project_without_two_models_says_what_to_do(client):
    project = make_answered(0)
    answer(make_prompt(project, awaits_answers=True), ("alone",))
    page = lead_of(project, client).get(reverse("annotate:arenas", args=[project.slug]))
    assert "There are no two models here yet" in page.content.decode()


def test_the_page_is_whole_in_chinese_too(client):
    arena = make_arena(n_prompts=20)
    tend_arena(arena_id=arena.pk)
    judge_all(arena, by_chance(1))
    tend_arena(arena_id=arena.pk)
    lead_of(arena.project, client)
    address = reverse("annotate:arena", args=[arena.project.slug, arena.public_id])
    page = client.get(address, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "擂台" in page
    for words in ("Standings", "Pair by pair", "leads.", "more votes"):
        assert words not in page
