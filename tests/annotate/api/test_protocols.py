"""What a project asks for, over the API."""

import pytest

from annotate.judging.protocols.presets import PRESETS
from annotate.models import Judgement, Protocol, Role
from tests.annotate.api.judging_calls import judge, next_of
from tests.factories import make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/projects/helpful/protocols/"


@pytest.fixture
def project():
    project = make_project(slug="helpful", asks=PRESETS["criteria"].declaration)
    make_comparisons(project, 2)
    return project


@pytest.fixture
def client(calling, project):
    return calling(make_member(project, user=make_user(), role=Role.LEAD).user)


def ratings(**instead):
    names = PRESETS["criteria"].declaration["criteria"]["names"]
    return {name: {"left": 4, "right": 1} for name in names} | instead


@pytest.mark.parametrize(
    ("criteria", "code", "field"),
    [
        (None, "required", "criteria"),
        (ratings(verbosity={"left": 4}), "invalid_input", "criteria.verbosity.right"),
        (ratings(beauty={"left": 4, "right": 4}), "invalid_input", "criteria.beauty"),
        (ratings(verbosity={"left": 9, "right": 4}), "invalid_input", "criteria.verbosity.left"),
        (ratings(verbosity={"first": 3}), "unknown", "criteria.verbosity.first"),
    ],
)
def test_what_does_not_fit_the_protocol_is_named(client, criteria, code, field):
    lease = next_of(client).json()["lease"]["id"]
    answer = judge(client, lease, criteria=criteria)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)
    assert not Judgement.objects.exists()
    assert judge(client, lease, criteria=ratings()).status_code == 201


def test_a_part_that_is_not_asked_for_is_refused_by_name(client):
    lease = next_of(client).json()["lease"]["id"]
    answer = judge(client, lease, criteria=ratings(), strength=2)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("not_asked", "strength")


def test_the_versions_are_listed_with_what_is_to_be_sent(client, project):
    assert client.get("/api/v1/projects/helpful/").json()["protocol"]["version"] == 1
    body = {"declaration": PRESETS["two_way"].declaration}
    answer = client.post(ADDRESS, body, format="json")
    assert answer.status_code == 201
    newest, oldest = client.get(ADDRESS).json()["results"]
    assert (newest["version"], oldest["version"]) == (2, 1)
    assert newest["declaration"] == PRESETS["two_way"].declaration
    assert newest["answer"]["properties"] == {"verdict": {"enum": ["left", "right"]}}
    assert "helpfulness" in oldest["answer"]["properties"]["criteria"]["properties"]
    assert client.get("/api/v1/projects/helpful/").json()["protocol"]["version"] == 2


def test_a_wrong_declaration_is_refused_by_its_field(client):
    body = {"declaration": {"verdicts": ["first", "second"], "strength": {"scale": "ten"}}}
    answer = client.post(ADDRESS, body, format="json")
    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["value"]) == ("strength.scale", "ten")
    assert Protocol.objects.count() == 1


def test_a_project_is_made_from_a_preset(client):
    body = {"name": "New", "slug": "newest", "preset": "edit"}
    answer = client.post("/api/v1/projects/", body, format="json")
    assert answer.status_code == 201
    assert answer.json()["protocol"]["declaration"] == PRESETS["edit"].declaration
    refused = client.post("/api/v1/projects/", {"name": "X", "preset": "best"}, format="json")
    assert refused.json()["field"] == "preset"


def test_a_version_that_was_overtaken_is_refused_where_the_caller_names_its_own(client):
    two = {"declaration": {"verdicts": ["first", "second"]}, "based_on": 1}
    assert client.post(ADDRESS, two, format="json").json()["version"] == 2
    assert client.post(ADDRESS, two, format="json").status_code == 201  # the same is no clash
    other = {"declaration": PRESETS["edit"].declaration, "based_on": 1}
    refused = client.post(ADDRESS, other, format="json")
    assert refused.status_code == 409
    assert (refused.json()["code"], refused.json()["field"]) == ("protocol_changed", "based_on")
    assert Protocol.objects.count() == 2


def test_own_words_ends_of_a_scale_and_buttons_are_declared_and_told(client):
    declaration = {
        "verdicts": ["first", "second", "tie"],
        "wording": {"words": {"better": {"en": "{answer} is safer"}}},
        "criteria": {
            "names": ["safety"],
            "required": True,
            "least": 1,
            "most": 7,
            "anchors": {"least": {"en": "harmful"}, "most": {"en": "harmless"}},
            "words": {"safety": {"zh-hans": "安全"}},
        },
    }
    made = client.post(ADDRESS, {"declaration": declaration}, format="json").json()
    assert made["declaration"] == declaration
    rating = made["answer"]["properties"]["criteria"]["properties"]["safety"]["properties"]["left"]
    assert rating == {"type": "integer", "minimum": 1, "maximum": 7}
    lease = next_of(client).json()["lease"]["id"]
    wrong = judge(client, lease, criteria={"safety": {"left": 0, "right": 7}})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "criteria.safety.left")
    assert judge(client, lease, criteria={"safety": {"left": 1, "right": 7}}).status_code == 201
