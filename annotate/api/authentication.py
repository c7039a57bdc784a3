"""Programs call the API with a token; browsers with their session, as Django REST has it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotate.access.tokens import token_digest
from annotate.database.prepared_query import PreparedQuery
from annotate.models import ApiToken, User

if TYPE_CHECKING:  # it imports this module
    from drf_spectacular.openapi import AutoSchema

LAST_USED_RESOLUTION = timedelta(minutes=1)  # a write for every call would double its cost


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token accord_…`; an unknown, revoked or expired token answers 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        token = _valid_token(words[1]) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, expired or revoked."))
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


@PreparedQuery
def _live_tokens(digest: str) -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("user__annotator").filter(  # the views need both
        Q(expires_at=None) | Q(expires_at__gt=Now()),
        digest=digest,
        revoked_at=None,
        user__is_active=True,
    )


def _valid_token(plain: bytes) -> ApiToken | None:
    return _live_tokens.first(digest=token_digest(plain.decode("ascii", "replace")))


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # theirs
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token accord_…`, made on the account page or at `tokens/`.",
        }
