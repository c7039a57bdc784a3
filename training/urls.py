"""Addresses of the `training` pages."""

from django.urls import URLPattern

app_name = "training"

urlpatterns: list[URLPattern] = []
