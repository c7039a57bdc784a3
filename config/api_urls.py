"""The REST interface, version 1: both parts of it, its schema, and human pages."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from annotate.api.docs import ApiDocsView

app_name = "api"

urlpatterns = [
    path("", include("annotate.api.urls")),
    path("", include("training.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", login_required(ApiDocsView.as_view()), name="docs"),  # leads to the sign-in page
]
