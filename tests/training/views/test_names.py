"""Free names by form: whoever would overwrite another's is told whose, and says it twice."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_admin, make_project
from tests.training.promotion.conftest import make_base
from training.models import Alias
from training.promotion.aliases import set_alias

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(
        make_admin(username="boss"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def project():
    return make_project(name="Letters", slug="letters")


@pytest.fixture
def bases():
    return [make_base(name) for name in ("Old", "New", "Newer")]


def call(client, checkpoint, name="stable", **fields):
    address = reverse("training:in_use_of", args=["letters"])
    return client.post(address, {"name": name, "checkpoint": checkpoint.public_id, **fields})


def meant():
    return [(line.name, line.number, line.checkpoint.name) for line in Alias.objects.order_by("pk")]


def held(answer) -> str:
    """What the form has to send along to say yes."""
    return answer.context["form"]["replaces"].value()


def test_a_free_name_is_given_at_once(boss, project, bases):
    assert call(boss, bases[0]).status_code == 302
    assert meant() == [("stable", 1, "Old")]


def test_a_name_that_another_holds_is_given_after_that_was_said(boss, project, bases):
    call(boss, bases[0])
    asked = call(boss, bases[1])
    assert meant() == [("stable", 1, "Old")]
    (error,) = asked.context["form"].errors["name"]
    assert error.startswith("“stable” means “Old” now, since ")
    assert "by boss" in error
    assert call(boss, bases[1], replaces=held(asked)).status_code == 302
    assert meant() == [("stable", 1, "Old"), ("stable", 2, "New")]


def test_a_yes_is_to_the_holder_that_was_named_and_to_no_other(boss, project, bases):
    call(boss, bases[0])
    asked = call(boss, bases[1])
    set_alias(project=project, name="stable", checkpoint=bases[2], seen=1, user=None)  # another tab
    again = call(boss, bases[1], replaces=held(asked))
    assert "means “Newer” now" in again.content.decode()
    assert len(meant()) == 2
    call(boss, bases[0], name="teacher")
    other = call(boss, bases[1], name="teacher", replaces=held(again))  # a yes to another name
    assert "“teacher” means “Old” now" in other.content.decode()


@pytest.mark.parametrize("name", ["champion", "Champion", "CHAMPION"])
def test_the_champion_is_named_by_nobody(boss, project, bases, name):
    assert "changes by a proposal" in call(boss, bases[0], name=name).content.decode()
    assert not Alias.objects.exists()


def test_what_it_means_already_and_what_was_taken_back(boss, project, bases):
    call(boss, bases[0], name="Stable")
    assert "It means that already." in call(boss, bases[0]).content.decode()
    set_alias(project=project, name="stable", checkpoint=None, role="policy", seen=1, user=None)
    assert call(boss, bases[1]).status_code == 302  # nobody holds it
    assert Alias.objects.current().get().checkpoint == bases[1]
