"""One's own account, and what everybody meets: signing in, languages, error pages."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from annotate.access.tokens import token_digest
from annotate.models import ApiToken
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a quiet room 7"


@pytest.fixture
def user():
    return make_user(username="mei", password=PASSWORD)


@pytest.fixture
def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_token_is_shown_once_and_stored_as_its_digest(browser):
    page = browser.post(reverse("annotate:account_tokens"), {"name": "laptop", "days": "30"})
    token = ApiToken.objects.get()
    plain = page.context["plain_token"]
    assert token.digest == token_digest(plain)
    assert plain in page.content.decode()
    assert plain not in browser.get(reverse("annotate:account")).content.decode()
    assert (token.expires_at - token.created_at).days in (29, 30)


def test_nobody_revokes_the_token_of_somebody_else(browser):
    browser.post(reverse("annotate:account_tokens"), {"name": "laptop"})
    address = reverse("annotate:account_token_revoke", args=[ApiToken.objects.get().public_id])
    other = Client()
    other.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert other.post(address).status_code == 404
    assert ApiToken.objects.get().revoked_at is None
    browser.post(address)
    assert ApiToken.objects.get().revoked_at is not None


def test_the_language_of_the_account_holds_on_the_next_machine(browser, user):
    browser.post(reverse("annotate:account_language"), {"language": "zh-hans"})
    user.refresh_from_db()
    assert user.language == "zh-hans"
    elsewhere = Client()
    elsewhere.post(reverse("annotate:sign_in"), {"username": "mei", "password": PASSWORD})
    assert elsewhere.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"
    assert b'<html lang="zh-hans">' in elsewhere.get("/").content


def test_the_button_of_every_page_changes_the_language_of_the_account(browser, user):
    browser.post(reverse("set_language"), {"language": "zh-hans"})
    user.refresh_from_db()
    assert user.language == "zh-hans"
    browser.post(reverse("set_language"), {"language": "fr"})  # Django knows it, Accord does not
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_the_first_sign_in_keeps_the_language_it_was_made_in(user):
    signing_in = {"username": "mei", "password": PASSWORD}
    Client(headers={"accept-language": "zh-CN"}).post(reverse("annotate:sign_in"), signing_in)
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_a_new_password_keeps_this_session_and_ends_the_others(browser, user):
    elsewhere = Client()
    elsewhere.post(reverse("annotate:sign_in"), {"username": "mei", "password": PASSWORD})
    browser.get("/")
    new = "another quiet room 8"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post(reverse("annotate:account_password"), data).status_code == 302
    assert browser.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_wrong_old_password_is_shown_at_its_field(browser):
    data = {"old_password": "no", "new_password1": PASSWORD, "new_password2": PASSWORD}
    page = browser.post(reverse("annotate:account_password"), data)
    assert page.status_code == 400
    assert 'id="id_old_password_error"' in page.content.decode()


def test_five_wrong_passwords_close_the_door_in_words():
    make_user(username="ann")
    client = Client()
    data = {"username": "ann", "password": "wrong"}
    answers = [client.post(reverse("annotate:sign_in"), data) for _time in range(5)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].content.decode()


def test_signing_in_leads_on_to_the_page_that_was_asked_for_but_not_away(user):
    client = Client()
    address = reverse("annotate:sign_in")
    data = {"username": "mei", "password": PASSWORD}
    assert client.get("/account/").url == f"{address}?next=/account/"
    assert client.post(address, {**data, "next": "/account/"}).url == "/account/"
    client.logout()
    assert client.post(address, {**data, "next": "https://example.org/"}).url == "/"


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/account/?tab=1", "/account/?tab=1"),
        ("https://example.org/account/", "/"),
        ("http://testserver@example.org/", "/"),
        ("", "/"),
    ],
)
def test_whose_session_ended_comes_back_to_the_page_of_the_form_and_is_told(user, referer, page):
    client = Client()
    headers = {"Referer": referer} if referer else {}
    answer = client.post(reverse("annotate:account_language"), {"language": "en"}, headers=headers)
    to_sign_in = urlsplit(answer.url)
    assert to_sign_in.path == reverse("annotate:sign_in")
    assert parse_qs(to_sign_in.query)["next"] == [page]
    signed_in = client.post(answer.url, {"username": "mei", "password": PASSWORD}, follow=True)
    assert signed_in.status_code == 200
    assert "what you sent was not saved" in signed_in.content.decode()


def test_signing_out_takes_a_post(browser):
    assert browser.get(reverse("annotate:sign_out")).status_code == 405
    assert browser.get("/").status_code == 200
    assert browser.post(reverse("annotate:sign_out")).url == reverse("annotate:sign_in")


def test_a_form_without_its_token_is_refused_in_words(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("annotate:account_tokens"), {"name": "laptop"})
    assert answer.status_code == 403
    assert "Please try that again" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_crash_shows_our_page_and_no_detail(user, monkeypatch):
    def crash(*_arguments):
        raise RuntimeError("SECRET-DETAIL")

    monkeypatch.setattr("annotate.views.home.waiting_for", crash)
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/")
    assert page.status_code == 500
    assert "Something broke here" in page.content.decode()
    assert "SECRET-DETAIL" not in page.content.decode()


def test_no_page_allows_unsafe_scripts_or_styles(browser):
    for address in ("/", "/account/", "/sign-in/", "/no-such-page/"):
        policy = browser.get(address, follow=True)["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
