"""Apps of others, as they are here."""

from axes.apps import AppConfig as AxesAppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class AccordAdminConfig(AdminConfig):
    """With our own rule of who may enter it."""

    default_site = "config.admin.AccordAdminSite"


class AxesConfig(AxesAppConfig):
    """Protection against guessed passwords; it brings no Chinese along."""

    verbose_name = _("Attempts to sign in")
    words = (
        gettext_noop("access attempt"),
        gettext_noop("access attempts"),
        gettext_noop("access failure"),
        gettext_noop("access failures"),
        gettext_noop("access log"),
        gettext_noop("access logs"),
        gettext_noop("User Agent"),
        gettext_noop("IP Address"),
        gettext_noop("Username"),
        gettext_noop("HTTP Accept"),
        gettext_noop("Path"),
        gettext_noop("Attempt Time"),
        gettext_noop("Access lock out"),
        gettext_noop("GET Data"),
        gettext_noop("POST Data"),
        gettext_noop("Failed Logins"),
        gettext_noop("Logout Time"),
        gettext_noop("Session key hash (sha256)"),
        gettext_noop("Locked Out"),
        gettext_noop("Form Data"),
        gettext_noop("Meta Data"),
        gettext_noop("Clean up expired attempts"),
        gettext_noop("Not set"),
        gettext_noop("Attempt Remaining"),
    )
