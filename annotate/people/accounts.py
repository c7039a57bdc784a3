"""What a site admin changes of somebody's account; their own settings they change themselves."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import InvalidInput
from annotate.models import User

CHANGEABLE = ("username", "email", "language", "is_active", "is_superuser")
OPEN_DOORS = ("is_active", "is_superuser")  # an event names these values, and no personal data


@transaction.atomic
def change_user(*, user: User, changed_by: User, **fields: Any) -> User:
    """Change an account; nobody can shut themselves out. Raises: InvalidInput."""
    for name in fields:
        if name not in CHANGEABLE:
            raise InvalidInput(_("This cannot be changed."), field=name)
    user = User.objects.select_for_update().get(pk=user.pk)
    for name in OPEN_DOORS:
        if user.pk == changed_by.pk and not fields.get(name, True):
            raise InvalidInput(_("Ask another site admin to do this to you."), field=name)
    before = {name: getattr(user, name) for name in OPEN_DOORS}
    for name, value in fields.items():
        setattr(user, name, value)
    user.is_staff = user.is_superuser  # Django's own flag follows; alone it grants nothing
    user.save(update_fields=[*fields, "is_staff"])
    record_event(
        actor=annotator_for(changed_by),
        action="user.changed",
        target=f"annotator:{annotator_for(user).pseudonym}",
        before=before,
        after={name: getattr(user, name) for name in OPEN_DOORS},
    )
    return user
