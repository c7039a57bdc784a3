"""The API describes itself, completely and without a warning."""

import json

import pytest
from django.core.management import call_command

from tests.authorisation_table import API, DOCS, TABLE
from tests.factories import make_user


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict:
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", file
    )
    return json.loads(file.read_text())


def test_every_address_and_method_is_described(schema):
    described = {
        (address.removeprefix("/"), method.upper())
        for address, methods in schema["paths"].items()
        for method in methods
    }
    served = {
        (route.replace("<slug:", "{").replace("<uuid:", "{").replace(">", "}"), method)
        for route, rows in TABLE.items()
        for method in rows
        if route.startswith(API) and route not in (DOCS, f"{API}schema/")
    }
    assert described == served


def test_every_operation_says_in_a_sentence_what_it_does(schema):
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"].endswith("."), (method, address)


WITH_KEYS = {"/api/v1/schedules/{public_id}/hook/"}  # what calls them has a key of its own


def test_every_operation_says_what_a_problem_looks_like(schema):
    for address, methods in schema["paths"].items():
        for operation in methods.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            usual = [{"token": []}, {"cookieAuth": []}]
            assert operation.get("security", []) == ([] if address in WITH_KEYS else usual)


def test_lists_name_their_filters_and_their_cursor(schema):
    listing = schema["paths"]["/api/v1/projects/{slug}/judgements/"]["get"]
    names = {parameter["name"] for parameter in listing["parameters"]}
    assert {"annotator", "comparison", "verdict", "since", "cursor", "page_size"} <= names


def test_what_annotators_get_has_no_field_for_what_they_must_not_know(schema):
    parts = schema["components"]["schemas"]
    blind = parts["BlindComparison"]["properties"]
    assert set(blind) == {"prompt", "left", "right", "answers"}
    assert set(parts["Next"]["properties"]) == {"lease", "comparison", "ahead"}
    assert set(parts["OwnJudgement"]["properties"]) == {
        "id",
        "verdict",
        "ranks",
        "expected",
        "judged_at",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "begins"),
    [("application/vnd.oai.openapi", b"openapi: 3"), ("application/vnd.oai.openapi+json", b"{")],
)
def test_the_schema_is_served_to_whoever_is_signed_in(client, accept, begins):
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/api/v1/schema/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
