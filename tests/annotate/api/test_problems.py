import json

import pytest
from django.test import Client
from django.urls import path
from rest_framework.test import APIClient

from annotate.api.views import ApiViewSet
from annotate.errors import InvalidInput
from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_a_refusal_by_a_service_names_code_field_and_value(calling):
    make_project(slug="helpful")
    answer = calling(make_admin()).post(
        "/api/v1/projects/helpful/exports/", {"format": "no such"}, format="json"
    )
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "This format is not known.",
        "code": "invalid_input",
        "field": "format",
        "value": "no such",
    }


def test_a_wrong_body_names_every_wrong_field(calling):
    project = make_project(slug="helpful")
    client = calling(make_member(project, user=make_user(), role=Role.LEAD).user)
    body = {"role": "king", "cohort": "c" * 61}
    answer = client.post("/api/v1/projects/helpful/members/", body, format="json")
    problem = answer.json()
    assert answer.status_code == problem["status"] == 400
    assert {one["field"] for one in problem["errors"]} == {"username", "role", "cohort"}
    assert {"field": "role", "code": "invalid_choice", "value": "king"}.items() <= next(
        one.items() for one in problem["errors"] if one["field"] == "role"
    )


def test_what_is_sent_back_of_a_wrong_value_is_short(calling):
    make_project(slug="helpful")
    answer = calling(make_admin()).post(
        "/api/v1/projects/helpful/exports/", {"format": "x" * 5000}, format="json"
    )
    assert len(answer.json()["value"]) == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"name": NaN}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"\xff\xfe", 400),
        (b'{"name": "' + b"x" * 3_000_000 + b'"}', 413),
    ],
    ids=["cut short", "not a number", "deep", "a list", "a text", "not UTF-8", "too large"],
)
def test_a_body_that_is_no_proper_json_is_a_problem_and_no_crash(calling, body, status):
    answer = calling(make_user()).generic(
        "POST", "/api/v1/tokens/", body, content_type="application/json"
    )
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"]


def test_an_unknown_address_of_the_api_is_a_problem_object():
    answer = Client().get("/api/v1/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_an_unknown_address_of_the_site_is_a_page():
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_wrong_method_and_a_wrong_media_type_are_problems(calling):
    client = calling(make_user())
    wrong_method = client.put("/api/v1/tokens/", {}, format="json")
    assert wrong_method.status_code == 405
    assert wrong_method.json()["code"] == "method_not_allowed"
    assert wrong_method["Allow"] == "GET, POST, HEAD, OPTIONS"
    wrong_type = client.generic("POST", "/api/v1/tokens/", b"name=x", content_type="text/plain")
    assert wrong_type.status_code == 415
    assert wrong_type["Content-Type"] == "application/problem+json"


def test_a_crash_says_nothing_of_its_inside(calling, settings):
    settings.ROOT_URLCONF = __name__
    client = calling(make_user())
    client.raise_request_exception = False
    answer = client.get("/api/v1/crash/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.content.decode()


def test_a_row_is_named_where_it_is_known(calling, settings):
    settings.ROOT_URLCONF = __name__
    answer = calling(make_user()).get("/api/v1/row/")
    assert json.loads(answer.content)["row"] == 7


def test_nobody_learns_by_options_what_a_body_may_hold():
    client = APIClient()
    client.force_authenticate(make_user())
    assert client.options("/api/v1/projects/").status_code == 405


class CrashViewSet(ApiViewSet):
    def crash(self, request):
        raise RuntimeError("secret")

    def refuse_row(self, request):
        error = InvalidInput(field="prompt", value="")
        error.row = 7
        raise error


urlpatterns = [
    path("api/v1/crash/", CrashViewSet.as_view({"get": "crash"})),
    path("api/v1/row/", CrashViewSet.as_view({"get": "refuse_row"})),
]
handler500 = "config.errors.server_error"
