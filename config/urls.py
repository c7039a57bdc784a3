"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from annotate.views.account import switch_language
from config.icon import favicon

handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("i18n/setlang/", switch_language, name="set_language"),
    path("api/v1/", include("config.api_urls")),
    path("training/", include("training.urls")),
    path("", include("annotate.urls")),
]
