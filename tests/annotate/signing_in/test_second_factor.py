"""A second factor: codes once each, guessing slowed down, and nobody locked out."""

import io
from datetime import timedelta

import pyotp
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.endpoints.encryption import decrypt
from annotate.endpoints.key_rotation import rotate_keys
from annotate.models import AuditEvent, RecoveryCode, Role, SecondFactor, User
from annotate.people.members import issue_token
from annotate.signing_in import second_factor as factor
from tests.factories import make_admin, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a good password"
RFC_6238 = [  # appendix B, SHA-1: seconds, and the last six of the eight digits
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"


class Clock:
    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(factor, "time", clock)
    return clock


@pytest.fixture
def user() -> User:
    return make_user(username="mei")


def code_of(user: User, clock: Clock, steps: int = 0) -> str:
    secret = decrypt(SecondFactor.objects.get(user=user).secret_encrypted).reveal()
    return pyotp.TOTP(secret).at(int(clock.now) + 30 * steps)


def turned_on(user: User, clock: Clock) -> list[str]:
    factor.begin(user=user)
    codes = factor.confirm(user=user, code=code_of(user, clock))
    clock.now += 30  # that code was used
    return codes


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_codes_are_those_of_the_standard(user, clock, monkeypatch, seconds, code):
    monkeypatch.setattr(factor.pyotp, "random_base32", lambda: RFC_SECRET)
    clock.now = seconds
    factor.begin(user=user)
    assert len(factor.confirm(user=user, code=code)) == 10


def test_it_counts_once_a_code_has_proven_it(user, clock):
    factor.begin(user=user)
    assert not factor.has_second_factor(user)
    with pytest.raises(factor.CodeWrong):
        factor.confirm(user=user, code="000000" if code_of(user, clock) != "000000" else "1")
    assert not factor.has_second_factor(user)
    factor.confirm(user=user, code=code_of(user, clock))
    assert factor.has_second_factor(user)
    for act in (factor.begin, lambda user: factor.confirm(user=user, code="1")):
        with pytest.raises(factor.NoFactorBegun):
            act(user=user)
    assert AuditEvent.objects.filter(action="second_factor.on").count() == 1


def test_a_code_is_taken_once_and_so_is_none_before_it(user, clock):
    turned_on(user, clock)
    now, before = code_of(user, clock), code_of(user, clock, -1)
    factor.answer(user=user, code=now)
    for used in (now, before):
        with pytest.raises(factor.CodeWrong):
            factor.answer(user=user, code=used)


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(user, clock, steps, is_taken):
    turned_on(user, clock)
    clock.now += 300
    code = code_of(user, clock, steps)
    if is_taken:
        factor.answer(user=user, code=f" {code[:3]} {code[3:]} ")
    else:
        with pytest.raises(factor.CodeWrong):
            factor.answer(user=user, code=code)


def test_a_recovery_code_is_good_once_however_it_is_typed(user, clock):
    codes = turned_on(user, clock)
    assert len(set(codes)) == 10 and all(len(code) == 19 for code in codes)
    factor.answer(user=user, code=codes[0].upper().replace("-", " "))
    assert factor.n_codes_left(user) == 9
    with pytest.raises(factor.CodeWrong):
        factor.answer(user=user, code=codes[0])
    others = factor.new_recovery_codes(user=user, code=codes[1])
    with pytest.raises(factor.CodeWrong):
        factor.answer(user=user, code=codes[2])
    factor.turn_off(user=user, code=others[0])
    assert not factor.has_second_factor(user) and not RecoveryCode.objects.exists()


def test_a_recovery_code_of_somebody_else_opens_nothing(user, clock):
    theirs = turned_on(make_user(), clock)
    turned_on(user, clock)
    with pytest.raises(factor.CodeWrong):
        factor.answer(user=user, code=theirs[0])


def test_guessing_is_slowed_down_and_the_right_code_waits_too(user, clock):
    codes = turned_on(user, clock)
    for _time in range(5):
        with pytest.raises(factor.CodeWrong):
            factor.answer(user=user, code="wrong")
    for code in (code_of(user, clock), codes[0]):
        with pytest.raises(factor.CodesRefused):
            factor.answer(user=user, code=code)
    waits = []
    for _time in range(6):
        until = SecondFactor.objects.get().refused_until
        waits.append(round((until - timezone.now()) / timedelta(minutes=1)))
        SecondFactor.objects.update(refused_until=timezone.now())
        with pytest.raises(factor.CodeWrong):
            factor.answer(user=user, code="wrong")
    assert waits == [5, 10, 20, 40, 60, 60]
    SecondFactor.objects.update(refused_until=timezone.now())
    factor.answer(user=user, code=codes[0])
    assert SecondFactor.objects.get().n_wrong == 0


def test_a_copy_of_the_database_answers_no_code(user, clock):
    codes = turned_on(user, clock)
    secret = decrypt(SecondFactor.objects.get().secret_encrypted).reveal()
    stored = str(list(SecondFactor.objects.values())) + str(list(RecoveryCode.objects.values()))
    assert secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_secrets_are_encrypted_afresh_with_the_keys_of_endpoints(user, clock, settings, tmp_path):
    settings.ACCORD_DATA_DIR = tmp_path
    turned_on(user, clock)
    before = SecondFactor.objects.get().secret_encrypted
    assert rotate_keys() == 1
    assert SecondFactor.objects.get().secret_encrypted != before
    factor.answer(user=user, code=code_of(user, clock))


def test_an_operator_takes_a_lost_one_away(user, clock):
    turned_on(user, clock)
    out = io.StringIO()
    call_command("reset_second_factor", "mei", stdout=out)
    assert "password alone" in out.getvalue()
    assert not factor.has_second_factor(user)
    call_command("reset_second_factor", "mei", stdout=out)
    assert "has no second factor" in out.getvalue()
    assert AuditEvent.objects.filter(action="second_factor.reset").count() == 1


# --- at the door ---


def sign_in(client: Client, user: User, **fields):
    given = {"username": user.username, "password": PASSWORD} | fields
    return client.post(reverse("annotate:sign_in"), given)


def is_in(client: Client) -> bool:
    return client.get(reverse("annotate:account")).status_code == 200


def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(user, clock, client):
    codes = turned_on(user, clock)
    answer = sign_in(client, user, next="/account/")
    assert answer["Location"] == reverse("annotate:sign_in_code")
    assert not is_in(client) and client.get("/api/v1/projects/").status_code == 401
    wrong = client.post(answer["Location"], {"code": "123"})
    assert wrong.status_code == 400 and "not right" in wrong.content.decode()
    entered = client.post(answer["Location"], {"code": codes[0]})
    assert entered["Location"] == "/account/" and is_in(client)
    assert client.get(answer["Location"]).status_code == 302  # nobody waits any more


def test_a_right_password_is_remembered_for_ten_minutes_and_while_it_is_the_password(
    user, clock, client, monkeypatch
):
    codes = turned_on(user, clock)
    address = sign_in(client, user)["Location"]
    user.set_password("another good password")
    user.save()
    assert client.post(address, {"code": codes[0]})["Location"] == reverse("annotate:sign_in")
    other = Client()
    sign_in(other, user, password="another good password")
    later = factor.time.time() + 10_000_000_000
    monkeypatch.setattr("annotate.signing_in.halfway.time.time", lambda: later)
    assert other.post(address, {"code": codes[0]})["Location"] == reverse("annotate:sign_in")
    assert not is_in(other)


def test_the_admin_site_has_no_door_of_its_own(clock, client):
    admin = make_admin()
    turned_on(admin, clock)
    answer = client.post("/admin/login/", {"username": admin.username, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("annotate:sign_in"))
    assert not is_in(client)


def test_five_wrong_codes_are_said_to_be_too_many(user, clock, client):
    turned_on(user, clock)
    address = sign_in(client, user)["Location"]
    answers = [client.post(address, {"code": "wrong"}).status_code for _time in range(6)]
    assert answers == [400] * 5 + [429]


def test_it_is_set_up_renewed_and_turned_off_in_the_account(user, clock, client):
    client.force_login(user)
    url = {name: reverse(f"annotate:second_factor{name}") for name in ("", "_begin", "_on")}
    refused = client.post(url["_begin"], {"password": "wrong"})
    assert refused.status_code == 400 and not SecondFactor.objects.exists()
    client.post(url["_begin"], {"password": PASSWORD})
    page = client.get(url[""]).content.decode()
    assert "<svg" in page and "otpauth://totp/Accord:mei" in page and "style=" not in page
    assert client.post(url["_on"], {"code": "1"}).status_code == 400
    shown = client.post(url["_on"], {"code": code_of(user, clock)})
    codes = shown.context["recovery_codes"]
    assert shown.status_code == 201 and codes[0] in shown.content.decode()
    assert codes[0] not in client.get(url[""]).content.decode()
    others = client.post(reverse("annotate:second_factor_codes"), {"code": codes[0]})
    codes = others.context["recovery_codes"]
    off = reverse("annotate:second_factor_off")
    assert client.post(off, {"code": "wrong"}).status_code == 400
    assert client.post(off, {"code": codes[0]}).status_code == 302
    assert not factor.has_second_factor(user)


# --- where the site asks for one ---


@pytest.fixture
def required(settings) -> None:
    settings.ACCORD_REQUIRE_SECOND_FACTOR = True


def with_role(role: str) -> User:
    if role == "admin":
        return make_admin()
    user = make_user()
    make_member(make_project(), user=user, role=Role(role))
    return user


@pytest.mark.parametrize("role", ["lead", "admin"])
def test_leads_and_admins_set_one_up_before_anything_opens(required, clock, client, role):
    user = with_role(role)
    sign_in(client, user)
    page = reverse("annotate:second_factor")
    for address in ("/", "/account/", "/projects/new/", "/admin/", "/training/"):
        assert client.get(address)["Location"] == page
    assert client.post("/account/tokens/", {"name": "way round"})["Location"] == page
    by_session = client.get("/api/v1/projects/")
    assert (by_session.status_code, by_session.json()["code"]) == (403, "second_factor_needed")
    assert "Set it up here to go on" in client.get(page).content.decode()
    client.post(reverse("annotate:second_factor_begin"), {"password": PASSWORD})
    client.post(reverse("annotate:second_factor_on"), {"code": code_of(user, clock)})
    assert is_in(client) and client.get("/api/v1/projects/").status_code == 200


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_others_are_not_asked(required, client, role):
    sign_in(client, with_role(role))
    assert is_in(client)


def test_a_program_with_a_token_goes_on_as_before(required, client):
    user = with_role("lead")
    _token, plain = issue_token(user=user, name="nightly")
    answer = client.get("/api/v1/projects/", headers={"Authorization": f"Token {plain}"})
    assert answer.status_code == 200


def test_a_session_of_before_is_asked_to_sign_in_with_it(required, clock, client):
    user = with_role("lead")
    client.force_login(user)
    codes = turned_on(user, clock)  # in another browser
    answer = client.get("/account/")
    assert answer["Location"] == f"{reverse('annotate:sign_in')}?next=/account/"
    sign_in(client, user)
    client.post(reverse("annotate:sign_in_code"), {"code": codes[0]})
    assert is_in(client)


def test_whoever_becomes_a_lead_is_asked_from_then_on(required, client):
    user = with_role("annotator")
    sign_in(client, user)
    assert is_in(client)
    user.annotator.memberships.update(role=Role.LEAD)
    assert not is_in(client)


def test_signing_out_and_the_language_stay_open(required, client):
    sign_in(client, with_role("lead"))
    assert client.post(reverse("set_language"), {"language": "zh-hans"})["Location"] == "/"
    assert client.post(reverse("annotate:sign_out"))["Location"] == reverse("annotate:sign_in")
