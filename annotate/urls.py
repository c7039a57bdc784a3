"""Addresses of the `annotate` pages."""

from django.urls import URLPattern

app_name = "annotate"

urlpatterns: list[URLPattern] = []
