"""The admin site: for site admins only."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class AccordAdminSite(AdminSite):
    """`is_staff` alone opens nothing here: one flag decides, and only a site admin has it."""

    site_header = _("Accord administration")
    site_title = _("Accord administration")
    index_title = _("Everything that is stored")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_site_admin

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied(_("This needs a site admin."))
        return super().login(request, extra_context)
