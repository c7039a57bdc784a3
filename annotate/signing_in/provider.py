"""The organisation's OIDC provider: where people are sent, and what it then says of them.

Authorization code with PKCE (RFC 7636), as OpenID Connect Core 1.0, section 3.1, has it. What a
token says is believed after its signature, issuer, audience, times and nonce were checked.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.endpoints.guarded_http import exchange
from annotate.errors import AccordError

SECONDS = 10.0
KEPT_SECONDS = 300
MOST_BYTES = 2**20
LEEWAY_SECONDS = 60  # between two clocks
# Signatures with a public key of the provider: never "none", and never a secret that we hold, too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
LONGEST_SUBJECT = 255
JSON = {"Accept": "application/json"}

Claims = dict[str, Any]


class ProviderFailed(AccordError):
    """It does not answer, or not as it should; nobody is signed in."""

    code = "provider_failed"
    status = 502
    default_message = gettext_lazy("The sign-in of your organisation did not work. Try again.")


class SignInRefused(AccordError):
    """What came back is not to be believed, or not any more."""

    code = "sign_in_refused"
    status = 400
    default_message = gettext_lazy("This sign-in was not begun here, or too long ago. Begin again.")


@dataclass(frozen=True)
class Departure:
    """Somebody on their way to the provider: what must come back, and what proves it is theirs."""

    state: str
    nonce: str
    verifier: str  # of PKCE

    @classmethod
    def new(cls) -> "Departure":
        return cls(*(secrets.token_urlsafe(32) for _part in range(3)))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_configured() -> bool:
    return bool(settings.ACCORD_OIDC_ISSUER)


def address_to_leave_for(departure: Departure, redirect_uri: str) -> str:
    """Where somebody signs in. Raises: ProviderFailed."""
    key = f"oidc:{settings.ACCORD_OIDC_ISSUER}"
    found = cache.get(key)  # strangers may press the link as often as they like
    if found is None:
        found = _discovered()
        cache.set(key, found, KEPT_SECONDS)
    query = {
        "response_type": "code",
        "client_id": settings.ACCORD_OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": " ".join(settings.ACCORD_OIDC_SCOPES),
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": departure.challenge,
        "code_challenge_method": "S256",
    }
    address = _text(found, "authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def claims_of(
    departure: Departure, came_back: Mapping[str, str], redirect_uri: str, wanted: list[str]
) -> Claims:
    """What the provider says of whoever came back with this code.

    Args:
        came_back: the query of the address that they came back to, its state known to be theirs.
        wanted: claims to ask for besides, where the token has not got them.
    Raises: SignInRefused, ProviderFailed.
    """
    if came_back.get("error"):
        raise SignInRefused(_("You were not signed in: your organisation's sign-in refused it."))
    if came_back.get("iss", settings.ACCORD_OIDC_ISSUER) != settings.ACCORD_OIDC_ISSUER:
        raise SignInRefused  # RFC 9207: an answer of another provider
    if not came_back.get("code"):
        raise SignInRefused
    found = _discovered()
    tokens = _tokens(found, departure, came_back["code"], redirect_uri)
    claims = _believed(found, _text(tokens, "id_token"), departure.nonce)
    if any(name not in claims for name in wanted) and found.get("userinfo_endpoint"):
        claims = _told_besides(found, tokens, claims) | claims
    return claims


def _discovered() -> dict[str, Any]:
    """What the provider publishes of itself, read afresh: addresses and keys may change."""
    issuer: str = settings.ACCORD_OIDC_ISSUER
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    found = _call("GET", address, headers=JSON)
    if found.get("issuer") != issuer:
        raise ProviderFailed(
            _("The sign-in of your organisation calls itself otherwise than this site does.")
        )
    return found


def _tokens(
    found: Mapping[str, Any], departure: Departure, code: str, redirect_uri: str
) -> dict[str, Any]:
    client, secret = settings.ACCORD_OIDC_CLIENT_ID, settings.ACCORD_OIDC_CLIENT_SECRET
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": departure.verifier,
    }
    headers = JSON | {"Content-Type": "application/x-www-form-urlencoded"}
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if secret and "client_secret_basic" in methods:
        pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"  # RFC 6749, section 2.3.1
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        body |= {"client_id": client} | ({"client_secret": secret} if secret else {})
    return _call("POST", _text(found, "token_endpoint"), headers=headers, body=urlencode(body))


def _believed(found: Mapping[str, Any], token: str, nonce: str) -> Claims:
    keys = _call("GET", _text(found, "jwks_uri"), headers=JSON)
    client = settings.ACCORD_OIDC_CLIENT_ID
    try:
        claims: Claims = jwt.decode(
            token,
            _key_of(token, keys),
            algorithms=list(ALGORITHMS),
            issuer=settings.ACCORD_OIDC_ISSUER,
            audience=client,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise SignInRefused(
            _("What your organisation's sign-in said is not to be believed: %(why)s.")
            % {"why": _why(error)}
        ) from error
    is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    is_ours = claims.get("azp", None if is_for_several else client) == client
    subject = claims["sub"]
    is_subject = isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT
    if not is_ours or not is_subject:
        raise SignInRefused
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInRefused  # a token of another sign-in
    return claims


def _key_of(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    known = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use != "enc"]
    if "kid" in header:
        known = [key for key in known if key.key_id == header["kid"]]
    if len(known) != 1:
        raise jwt.InvalidKeyError("no key of this name")
    return known[0]


def _why(error: jwt.PyJWTError) -> str:
    words = {
        jwt.ExpiredSignatureError: _("it has expired"),
        jwt.InvalidIssuerError: _("it is of another issuer"),
        jwt.InvalidAudienceError: _("it is meant for another site"),
        jwt.ImmatureSignatureError: _("it is of the future"),
        jwt.MissingRequiredClaimError: _("something is missing in it"),
    }
    return words.get(type(error), _("its signature is not right"))


def _told_besides(
    found: Mapping[str, Any], tokens: Mapping[str, Any], claims: Claims
) -> dict[str, Any]:
    """What the provider tells of the same person when asked: many keep tokens short."""
    headers = JSON | {"Authorization": f"Bearer {_text(tokens, 'access_token')}"}
    told = _call("GET", _text(found, "userinfo_endpoint"), headers=headers)
    if told.get("sub") != claims["sub"]:
        raise SignInRefused
    return told


def _call(method: str, url: str, *, headers: Mapping[str, str], body: str = "") -> dict[str, Any]:
    answer = exchange(
        method,
        url,
        headers=headers,
        body=body.encode(),
        seconds=SECONDS,
        most_bytes=MOST_BYTES,
    )
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        raise ProviderFailed from error
    if answer.status != 200 or not isinstance(said, dict):
        raise ProviderFailed
    return said


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderFailed
    return value
