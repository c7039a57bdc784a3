"""The page of workers: what each has, how busy it is, and who shares a card with whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_admin
from training.models import Worker
from training.reports.fleet_page import fleet_page

pytestmark = pytest.mark.django_db

CPU = {"kind": "cpu", "name": "2 cores", "cores": 2, "memory_mib": 2048}
CARD = {"kind": "cuda", "name": "NVIDIA H200", "memory_mib": 143771, "uuid": "GPU-a"}


def make_worker(name: str, *devices: dict, load=None, silent_seconds: int = 0) -> Worker:
    heard_at = timezone.now() - timedelta(seconds=silent_seconds)
    return Worker.objects.create(
        name=name, devices=list(devices), load=load or {}, heartbeat_at=heard_at
    )


def page_in(language: str) -> str:
    client = Client(headers={"accept-language": language})
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("training:workers")).content.decode()


def test_cards_are_told_with_their_load_and_with_who_else_has_them():
    busy = {"share": 0.5, "memory_mib": 1024}
    make_worker("one", CARD, {**CARD, "uuid": "GPU-b"}, CPU, load={"gpus": [busy]})
    make_worker("two", CARD, CPU, load={"gpus": [{"share": None, "memory_mib": None}]})
    make_worker("gone", CARD, CPU, silent_seconds=3600)
    gone, one, two = fleet_page().rows
    assert [card.shared_with for card in one.cards] == [["two"], []]
    assert (one.cards[0].share, one.cards[0].used_mib) == (0.5, 1024)
    assert (one.cards[1].share, one.cards[1].used_mib) == (None, None)
    assert [card.shared_with for card in two.cards] == [["one"]]
    assert gone.state == "gone"
    text = page_in("en")
    assert "busy 50 % of the time" in text
    assert "1.0 GiB in use" in text
    assert "two has the same one: one run at a time goes on it." in text
    assert "does not tell how busy it is" in text


def test_more_tasks_than_cores_are_told_as_tasks_and_never_as_a_share():
    load = {"cpu": 1.0, "load_average": 7.4, "memory_mib": 512}
    make_worker("one", CPU, load=load)
    text = page_in("en")
    assert "busy 100 % of the time" in text
    assert "7.4 tasks wanted a processor at once in the last minute, and there are 2" in text
    assert "512 MiB of 2.0 GiB in use" in text
    Worker.objects.update(load={**load, "load_average": 1.9})
    assert "wanted a processor" not in page_in("en")


def test_a_worker_that_has_told_nothing_yet_has_a_page():
    make_worker("one")
    make_worker("old", {"kind": "cuda", "name": "Card", "memory_mib": 10}, load={"cpu": 3.5})
    assert len(fleet_page().rows) == 2
    assert "one" in page_in("en")
    assert "one" in page_in("zh-hans")
