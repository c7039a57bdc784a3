"""That a test which commits leaves nothing to the next one."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from annotate.models import Judgement
from tests.world import make_world
from training.models import Proposal

pytestmark = pytest.mark.django_db(transaction=True)


def with_rows() -> set[type]:
    models = apps.get_models(include_auto_created=True)
    return {model for model in models if model._base_manager.exists()}


def migrated() -> list[list[tuple]]:
    models = (ContentType, Permission)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_whatever_was_written_is_gone_and_what_migrations_wrote_stays():
    before = migrated()
    make_world()
    assert {Judgement, Proposal} <= with_rows()
    call_command("flush", interactive=False)
    assert with_rows() == {ContentType, Permission}
    assert migrated() == before
