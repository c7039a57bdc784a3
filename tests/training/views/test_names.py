"""Free names by form: whoever would overwrite another's is told whose, and says it twice."""

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.promotion.conftest import make_base
from training.errors import AliasRefused
from training.models import Alias
from training.promotion.aliases import roll_back, set_alias

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


def take_back(client, **fields):
    address = reverse("training:in_use_take_back", args=["letters"])
    sent = {"name": "stable", "role": "policy", "reason": "", **fields}
    return client.post(address, sent, follow=True)


def meant():
    return [
        (line.name, line.number, line.checkpoint and line.checkpoint.name)
        for line in Alias.objects.order_by("pk")
    ]


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
    take_back(boss, seen=1)
    assert call(boss, bases[1]).status_code == 302  # nobody holds it
    assert Alias.objects.current().get().checkpoint == bases[1]


def test_a_name_is_taken_back_by_one_more_line_and_can_be_gone_back_to(boss, project, bases):
    call(boss, bases[0])
    page = take_back(boss, seen=1, reason="It loops.")
    assert "“stable” means nothing from now on; its history stays." in page.content.decode()
    assert meant() == [("stable", 1, "Old"), ("stable", 2, None)]
    line = Alias.objects.get(number=2)
    assert (line.origin, line.reason, line.set_by.username) == ("hand", "It loops.", "boss")
    text = page.content.decode()
    assert "Go back to “Old”" in text and "Take “stable” back" not in text
    first = Alias.objects.get(number=1)
    boss.post(
        reverse("training:in_use_back", args=["letters", first.public_id]),
        {"seen": 2, "name": "stable", "role": "policy"},  # one form has both buttons
    )
    assert meant()[2] == ("stable", 3, "Old")
    assert Alias.objects.get(number=3).restores == first


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seen": 0}, "Somebody"),
        ({"seen": 1, "name": "teacher"}, "“teacher” means nothing, so there is nothing to take"),
        ({"seen": 1, "role": "reward_model"}, "“stable” means nothing, so there is nothing to"),
        ({"seen": 1, "name": "champion"}, "The champion changes by a proposal"),
        ({"seen": "x"}, "seen: "),
        ({"seen": 1, "role": "x"}, "role: "),
    ],
)
def test_what_is_not_taken_back_says_why(boss, project, bases, fields, said):
    call(boss, bases[0])
    assert said in take_back(boss, **fields).content.decode()
    assert meant() == [("stable", 1, "Old")]


def test_whoever_may_only_go_back_takes_no_name_back(boss, project, bases):
    """Neither by the button, nor by going back to a line in which it meant nothing."""
    call(boss, bases[0])
    take_back(boss, seen=1)
    call(boss, bases[1])
    lead = make_user(username="lena")
    make_member(project, role=Role.LEAD, user=lead)
    client = Client()
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    assert (
        "Take “stable” back"
        not in client.get(reverse("training:in_use_of", args=["letters"])).content.decode()
    )
    assert take_back(client, seen=3).status_code == 403
    with pytest.raises(AliasRefused, match="Take the name back instead"):
        roll_back(to=Alias.objects.get(number=2), seen=3, user=lead)
    assert len(meant()) == 3
