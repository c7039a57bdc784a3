"""What stands in rows is shown, and done something with; it is never edited here."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotate.errors import AccordError


class ShownRows(admin.TabularInline):
    """Rows of another table, told with what they belong to; `fields` says which columns."""

    can_delete = False
    extra = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(admin.ModelAdmin):
    list_select_related = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def act_on_each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object]
    ) -> None:
        """Do it to each row; what is refused is told and stops nothing else."""
        for row in rows:
            try:
                act(row)
            except AccordError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, _("%(row)s: done.") % {"row": row})
