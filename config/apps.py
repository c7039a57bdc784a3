"""The Django admin with our own rule of who may enter it."""

from django.contrib.admin.apps import AdminConfig


class AccordAdminConfig(AdminConfig):
    default_site = "config.admin.AccordAdminSite"
