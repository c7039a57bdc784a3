"""Single sign-on against a real provider on this machine, right and wrong."""

import http.client
import time
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from annotate.models import Identity, Membership, Role, User
from annotate.people.invitations import invite, withdraw_invitation
from annotate.people.members import change_member
from annotate.signing_in.second_factor import begin, confirm
from tests.factories import make_admin, make_member, make_project, make_user
from tests.identity_provider import CLIENT, OTHER_KEY, SECRET, IdentityProvider, identity_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    cache.clear()
    with identity_provider() as served:
        settings.ACCORD_ENDPOINT_ALLOW = [("127.0.0.1", served.port)]
        settings.ACCORD_OIDC_ISSUER = served.issuer
        settings.ACCORD_OIDC_CLIENT_ID = CLIENT
        settings.ACCORD_OIDC_CLIENT_SECRET = SECRET
        settings.ACCORD_OIDC_NAME = "Example ID"
        settings.ACCORD_OIDC_DOMAINS = ["example.org"]
        yield served


def to_provider(client: Client, **query: str) -> str:
    """Press the link here; the address of the provider that it leads to."""
    answer = client.get(reverse("annotate:sso"), query)
    assert answer.status_code == 302
    return answer["Location"]


def at_provider(address: str) -> str:
    """Sign in there; the address here that it leads back to."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    return back.removeprefix("http://testserver")


def sign_in(client: Client, **query: str):
    return client.get(at_provider(to_provider(client, **query)))


def who(client: Client) -> str:
    page = client.get(reverse("annotate:account"))
    return page.context["user"].get_username() if page.status_code == 200 else ""


def text_of(page) -> str:
    return page.content.decode()


def test_somebody_of_the_domain_comes_in_and_is_the_same_the_next_time(provider, client):
    answer = sign_in(client, next="/account/")
    assert answer["Location"] == "/account/"
    assert who(client) == "zoe"
    user = User.objects.get(username="zoe")
    assert (user.email, user.has_usable_password()) == ("zoe@example.org", False)
    provider.person |= {"preferred_username": "zoe-of-late", "email": "other@elsewhere.test"}
    other = Client()
    sign_in(other)
    assert who(other) == "zoe" and User.objects.count() == 1
    assert Identity.objects.get().last_used_at is not None


def test_the_way_there_carries_what_protects_it(provider, client):
    first, second = (to_provider(client) for _time in range(2))
    assert first.startswith(f"{provider.issuer}/authorize?tenant=1&")
    one, two = (parse_qs(urlsplit(address).query) for address in (first, second))
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 43 and one[name] != two[name]
    assert one["redirect_uri"] == ["http://testserver/sign-in/sso/back/"]
    assert [path for path in provider.asked if "well-known" in path] == [
        "/realm/.well-known/openid-configuration"
    ]  # kept for a while, whoever presses the link how often
    for address in (second, first):  # two tabs
        assert Client.get(client, at_provider(address)).status_code in (200, 302)


@pytest.mark.parametrize("methods", [("client_secret_basic",), ("client_secret_post",)])
def test_the_secret_is_given_as_the_provider_wants_it(provider, client, methods):
    provider.auth_methods = methods
    assert sign_in(client).status_code == 302 and who(client) == "zoe"


SECONDS_AGO = 3600
WRONG_TOKENS = {
    "issuer": ({"iss": "http://127.0.0.1/other"}, "another issuer"),
    "audience": ({"aud": "another-site"}, "another site"),
    "several audiences without its own": ({"aud": [CLIENT, "another-site"]}, "not begun here"),
    "azp": ({"azp": "another-site"}, "not begun here"),
    "expired": ({"exp": int(time.time()) - SECONDS_AGO}, "has expired"),
    "of the future": ({"iat": int(time.time()) + SECONDS_AGO}, "of the future"),
    "nonce": ({"nonce": "of another sign-in"}, "not begun here"),
    "no subject": ({"sub": ""}, "not begun here"),
    "a long subject": ({"sub": "s" * 256}, "not begun here"),
}


@pytest.mark.parametrize("wrong", WRONG_TOKENS)
def test_a_token_that_is_not_to_be_believed_signs_nobody_in(provider, client, wrong):
    provider.in_token, says = WRONG_TOKENS[wrong]
    answer = sign_in(client)
    assert answer.status_code == 400 and says in text_of(answer)
    assert not who(client) and not User.objects.exists()


@pytest.mark.parametrize("missing", ["exp", "iat", "aud", "iss", "sub", "nonce"])
def test_a_token_that_lacks_something_signs_nobody_in(provider, client, missing):
    provider.left_out = (missing,)
    assert sign_in(client).status_code == 400
    assert not User.objects.exists()


def forged(provider: IdentityProvider) -> None:
    provider.key = OTHER_KEY


def unknown_key(provider: IdentityProvider) -> None:
    provider.kid = "k2"


def unsigned(provider: IdentityProvider) -> None:
    provider.algorithm = "none"


@pytest.mark.parametrize("fault", [forged, unknown_key, unsigned])
def test_a_signature_that_is_not_the_providers_signs_nobody_in(provider, client, fault):
    fault(provider)
    answer = sign_in(client)
    assert answer.status_code == 400 and "signature" in text_of(answer)
    assert not User.objects.exists()


def test_a_way_back_is_good_once_and_in_the_session_it_began_in(provider, client):
    back = at_provider(to_provider(client))
    assert Client().get(back).status_code == 400
    assert client.get(back).status_code == 302
    other = Client()
    other_back = at_provider(to_provider(other))
    assert other.get(other_back).status_code == 302
    other.logout()
    assert other.get(other_back).status_code == 400
    assert not who(other)


def test_a_way_back_of_long_ago_is_refused(provider, client, monkeypatch):
    back = at_provider(to_provider(client))
    later = time.time() + 601
    monkeypatch.setattr("annotate.signing_in.departures.time.time", lambda: later)
    assert client.get(back).status_code == 400


def test_a_code_that_somebody_else_begun_is_refused(provider, client):
    """Their code, put into our way back: the verifier of PKCE is not theirs."""
    theirs = parse_qs(urlsplit(at_provider(to_provider(Client()))).query)["code"][0]
    ours = urlsplit(at_provider(to_provider(client)))
    state = parse_qs(ours.query)["state"][0]
    answer = client.get(ours.path, {"code": theirs, "state": state})
    assert answer.status_code == 502 and not who(client)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"iss": "https://elsewhere.test"}, 400),
        ({"error": "access_denied"}, 400),
        ({"code": ""}, 400),
    ],
)
def test_what_the_address_of_the_way_back_says_is_looked_at(provider, client, change, status):
    back = urlsplit(at_provider(to_provider(client)))
    query = {name: values[0] for name, values in parse_qs(back.query).items()} | change
    assert client.get(back.path, query).status_code == status
    assert not who(client)


def test_a_provider_that_calls_itself_otherwise_is_not_used(provider, client):
    provider.discovery = {"issuer": "https://elsewhere.test"}
    answer = client.get(reverse("annotate:sso"))
    assert answer.status_code == 502 and "calls itself otherwise" in text_of(answer)


def test_a_provider_inside_the_network_must_be_named(provider, client, settings):
    settings.ACCORD_ENDPOINT_ALLOW = []
    answer = client.get(reverse("annotate:sso"))
    assert answer.status_code >= 400 and not provider.asked


@pytest.mark.parametrize(
    "person",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email": "zoe@elsewhere.test"},
        {"email": "zoe@example.org.elsewhere.test"},
        {"email": None},
    ],
)
def test_nobody_comes_in_by_an_address_that_is_not_verified_or_not_of_the_domain(
    provider, client, person
):
    provider.person |= person
    answer = sign_in(client)
    assert answer.status_code == 403 and "Open the invitation" in text_of(answer)
    assert not User.objects.exists()


def test_nobody_is_taken_for_another_by_their_address(provider, client):
    make_user(username="zoe", email="zoe@example.org")
    sign_in(client)
    assert who(client) == "zoe-2"


def test_what_the_token_keeps_short_is_asked_for_of_the_same_person(provider, client):
    provider.left_out = ("email", "email_verified")
    sign_in(client)
    assert who(client) == "zoe" and "/realm/userinfo" in provider.asked
    provider.told = provider.person | {"sub": "u-2"}
    provider.person = provider.person | {"sub": "u-9"}
    assert sign_in(Client()).status_code == 400


def test_an_invitation_lets_in_whom_no_domain_does(provider, client, settings):
    settings.ACCORD_OIDC_DOMAINS = []
    project = make_project(name="Ward notes")
    admin = make_admin()
    invitation, plain = invite(project=project, invited_by=admin)
    page = client.get(reverse("annotate:join", args=[plain]))
    assert "Join with Example ID" in text_of(page)
    answer = client.get(at_provider(to_provider(client, invitation=plain)), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("annotate:project", args=[project.slug])
    assert Membership.objects.filter(annotator__user__username="zoe", project=project).exists()
    provider.person |= {"sub": "u-2", "preferred_username": "yan"}
    used_up = Client()
    assert sign_in(used_up, invitation=plain).status_code == 403
    withdraw_invitation(invitation=invitation, withdrawn_by=admin)
    assert not User.objects.filter(username="yan").exists()


def test_a_mapped_claim_gives_a_role_once_and_brings_nobody_back(provider, client, settings):
    settings.ACCORD_OIDC_DOMAINS = []
    project = make_project(slug="helpful")
    settings.ACCORD_OIDC_ROLES = {
        "realm_access.roles": {"leads": {"helpful": "lead", "no-such-project": "lead"}}
    }
    provider.person["realm_access"] = {"roles": ["other"]}
    assert sign_in(client).status_code == 403
    provider.person["realm_access"] = {"roles": ["other", "leads"]}
    sign_in(client)
    member = Membership.objects.get(project=project)
    assert (member.role, member.annotator.user.username) == (Role.LEAD, "zoe")
    change_member(membership=member, role=Role.REVIEWER, is_active=False)
    sign_in(Client())
    member.refresh_from_db()
    assert (member.role, member.is_active) == (Role.REVIEWER, False)


def test_a_closed_account_stays_closed(provider, client):
    sign_in(client)
    User.objects.update(is_active=False)
    answer = sign_in(Client())
    assert answer.status_code == 403 and "is closed" in text_of(answer)


def test_an_account_is_connected_by_whoever_is_signed_in_to_it_and_only_on_their_word(
    provider, client
):
    user = make_user(username="mei")
    client.force_login(user)
    page = sign_in(client)
    assert "zoe" in text_of(page) and not Identity.objects.exists()
    client.post(reverse("annotate:sso_connect"))
    other = Client()
    sign_in(other)
    assert who(other) == "mei" and User.objects.count() == 1
    again = client.post(reverse("annotate:sso_connect"), follow=True)
    assert "nothing to connect" in text_of(again)
    third = Client()
    third.force_login(make_user(username="yan"))
    sign_in(third)
    refused = third.post(reverse("annotate:sso_connect"), follow=True)
    assert "connected to an account here already" in text_of(refused)
    client.post(reverse("annotate:sso_disconnect"))
    assert not Identity.objects.exists()


def test_whoever_has_no_password_is_not_cut_off(provider, client):
    sign_in(client)
    page = client.post(reverse("annotate:sso_disconnect"), follow=True)
    assert "could not come in any more" in text_of(page) and Identity.objects.exists()


@pytest.mark.parametrize("is_enough", [False, True])
def test_a_second_factor_here_is_asked_for_unless_the_provider_sees_to_it(
    provider, client, settings, is_enough
):
    settings.ACCORD_OIDC_IS_SECOND_FACTOR = is_enough
    sign_in(client)
    user = User.objects.get()
    secret = begin(user=user)
    codes = confirm(user=user, code=pyotp.TOTP(secret).now())
    other = Client()
    answer = sign_in(other, next="/account/")
    if is_enough:
        assert answer["Location"] == "/account/"
        return
    assert answer["Location"] == reverse("annotate:sign_in_code") and not who(other)
    entered = other.post(answer["Location"], {"code": codes[0]})
    assert entered["Location"] == "/account/" and who(other) == "zoe"


@pytest.mark.parametrize(
    "next_url", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:1"]
)
def test_nobody_is_led_away_afterwards(provider, client, next_url):
    assert sign_in(client, next=next_url)["Location"] == "/"


def test_names_that_cannot_be_taken_become_ones_that_can(provider, client):
    provider.person |= {"preferred_username": "Zoë van der Berg <b>"}
    make_member(make_project(), user=make_user(username="someone"))
    sign_in(client)
    assert who(client) == "Zoë-van-der-Berg-b"


def test_without_a_provider_there_is_no_link(client, settings):
    settings.ACCORD_OIDC_ISSUER = ""
    assert "sso" not in text_of(client.get(reverse("annotate:sign_in")))
    assert client.get(reverse("annotate:sso")).status_code == 404
