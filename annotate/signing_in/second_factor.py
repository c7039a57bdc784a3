"""A second factor: codes of an authenticator app, and recovery codes for when it is lost."""

import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum

import pyotp
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for, memberships_of
from annotate.access.tokens import token_digest
from annotate.endpoints.encryption import Secret, decrypt, encrypt
from annotate.errors import AccordError
from annotate.models import RecoveryCode, Role, SecondFactor, User
from annotate.models.people import PSEUDONYM_ALPHABET

ISSUER = "Accord"
STEP_SECONDS = 30
STEPS_AROUND = (0, -1, 1)  # clocks differ, and people type
N_RECOVERY_CODES = 10
CODE_LENGTH = 16  # of 31 letters and digits: 79 bits, so that a plain hash keeps them
FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)


class CodeWrong(AccordError):
    code = "code_wrong"
    default_message = _("This code is not right, or was used already.")


class CodesRefused(AccordError):
    code = "codes_refused"
    status = 429
    default_message = _("Too many wrong codes. Wait a while, and try again.")


class NoFactorBegun(AccordError):
    code = "no_factor_begun"
    status = 409
    default_message = _("Nothing was begun here, or it is on already.")


def has_second_factor(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def must_have_second_factor(user: User) -> bool:
    """Whether this site asks for one of whoever may do as much as they."""
    if not settings.ACCORD_REQUIRE_SECOND_FACTOR:
        return False
    return user.is_site_admin or memberships_of(user).filter(role=Role.LEAD).exists()


@transaction.atomic
def begin(*, user: User) -> str:
    """Draw a secret, which replaces one that was never confirmed; its text for an app.

    Raises: NoFactorBegun if there is a second factor already.
    """
    if has_second_factor(user):
        raise NoFactorBegun
    secret = pyotp.random_base32()
    SecondFactor.objects.update_or_create(
        user=user,
        defaults={"secret_encrypted": encrypt(Secret(secret)), "n_wrong": 0, "last_step": None},
    )
    return secret


def secret_begun(user: User) -> str | None:
    """The secret that waits for its first code."""
    factor = SecondFactor.objects.filter(user=user, confirmed_at=None).first()
    return None if factor is None else decrypt(factor.secret_encrypted).reveal()


def address_for_app(user: User, secret: str) -> str:
    """What the picture says that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.get_username(), issuer_name=ISSUER)


def confirm(*, user: User, code: str) -> list[str]:
    """Turn the second factor on by its first code; the recovery codes, told this once.

    Raises: NoFactorBegun, CodeWrong, CodesRefused.
    """
    if has_second_factor(user) or secret_begun(user) is None:
        raise NoFactorBegun
    _take(user, code, may_recover=False)
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).update(confirmed_at=Now())
        _record(user, "second_factor.on")
        return _draw_codes(user)


def answer(*, user: User, code: str) -> None:
    """Take a code of the app, or a recovery code, once. Raises: CodeWrong, CodesRefused."""
    _take(user, code, may_recover=True)


def new_recovery_codes(*, user: User, code: str) -> list[str]:
    """Other recovery codes instead of those before. Raises: CodeWrong, CodesRefused."""
    answer(user=user, code=code)
    with transaction.atomic():
        _record(user, "second_factor.codes_drawn")
        return _draw_codes(user)


def turn_off(*, user: User, code: str) -> None:
    """Raises: CodeWrong, CodesRefused."""
    answer(user=user, code=code)
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        _record(user, "second_factor.off")


@transaction.atomic
def reset_second_factor(*, user: User, reset_by: User | None = None) -> bool:
    """Take away what somebody has lost, so that a password lets them in again; whether it was."""
    was_there = bool(SecondFactor.objects.filter(user=user).delete()[0])
    if was_there:
        _record(user, "second_factor.reset", by=reset_by)
    return was_there


def n_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()


class _Outcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"


def _take(user: User, code: str, *, may_recover: bool) -> None:
    with transaction.atomic():  # a wrong code is counted, so nothing is raised in here
        outcome = _look_at(user, code, may_recover)
    if outcome is _Outcome.REFUSED:
        raise CodesRefused
    if outcome is _Outcome.WRONG:
        raise CodeWrong


def _look_at(user: User, code: str, may_recover: bool) -> _Outcome:
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return _Outcome.WRONG
    if factor.refused_until is not None and factor.refused_until > timezone.now():
        return _Outcome.REFUSED
    typed = "".join(letter for letter in code.lower() if letter.isalnum())
    if _is_of_app(factor, typed) or (may_recover and _is_recovery_code(factor, typed)):
        SecondFactor.objects.filter(pk=factor.pk).update(
            n_wrong=0, refused_until=None, last_step=factor.last_step
        )
        return _Outcome.RIGHT
    factor.n_wrong += 1
    if factor.n_wrong >= FREE_TRIES:
        wait = min(FIRST_WAIT * 2 ** (factor.n_wrong - FREE_TRIES), LONGEST_WAIT)
        factor.refused_until = timezone.now() + wait
    factor.save(update_fields=["n_wrong", "refused_until"])
    return _Outcome.WRONG


def _is_of_app(factor: SecondFactor, typed: str) -> bool:
    """Whether it is the code of a step after the last that was taken; that step is noted."""
    for step, right in _codes_now(decrypt(factor.secret_encrypted).reveal()):
        is_new = factor.last_step is None or step > factor.last_step
        if is_new and constant_time_compare(right, typed):
            factor.last_step = step
            return True
    return False


def _codes_now(secret: str) -> Iterator[tuple[int, str]]:
    app = pyotp.TOTP(secret, interval=STEP_SECONDS)
    now = int(time.time()) // STEP_SECONDS
    for around in STEPS_AROUND:
        yield now + around, app.generate_otp(now + around)


def _is_recovery_code(factor: SecondFactor, typed: str) -> bool:
    code = factor.recovery_codes.filter(digest=token_digest(typed), used_at=None)
    if not code.update(used_at=Now()):
        return False
    _record(factor.user, "second_factor.recovery_code_used")
    return True


def _draw_codes(user: User) -> list[str]:
    factor = SecondFactor.objects.select_for_update().get(user=user)
    factor.recovery_codes.all().delete()
    plain = [
        "".join(secrets.choice(PSEUDONYM_ALPHABET) for _letter in range(CODE_LENGTH))
        for _number in range(N_RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=token_digest(code)) for code in plain
    )
    return ["-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4)) for code in plain]


def _record(user: User, action: str, *, by: User | None = None) -> None:
    whose = annotator_for(user)
    is_by_command = action.endswith(".reset") and by is None
    record_event(
        actor=None if is_by_command else annotator_for(by or user),
        action=action,
        target=f"annotator:{whose.pseudonym}",
    )
