"""A small real OIDC provider on a port of this machine, which can be told to misbehave.

Discovery, keys, authorization with PKCE, tokens and user information, as OpenID Connect Core 1.0.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "accord"
SECRET = "a secret: with /signs"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY, OTHER_KEY = new_key(), new_key()  # making one takes longer than a whole test


@dataclass
class IdentityProvider:
    port: int = 0
    person: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "u-1",
            "preferred_username": "zoe",
            "email": "zoe@example.org",
            "email_verified": True,
        }
    )
    in_token: dict[str, Any] = field(default_factory=dict)  # instead of what would be right
    left_out: tuple[str, ...] = ()  # claims that only the user information has, or none has
    told: dict[str, Any] | None = None  # the user information
    key: rsa.RSAPrivateKey = KEY
    kid: str = "k1"
    algorithm: str = "RS256"
    discovery: dict[str, Any] = field(default_factory=dict)
    auth_methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/realm"

    def described(self) -> dict[str, Any]:
        here = self.issuer
        return {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize?tenant=1",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "userinfo_endpoint": f"{here}/userinfo",
            "token_endpoint_auth_methods_supported": list(self.auth_methods),
            **self.discovery,
        }

    def keys(self) -> dict[str, Any]:
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [shown | {"kid": "k1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """What the browser is sent back to, once the person has signed in."""
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT and "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def tokens(self, body: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        begun = self.codes.pop(body.get("code", ""), None)  # good once
        if begun is None or begun["redirect_uri"] != body["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(body["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if self.client_of(body, authorization) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        return 200, {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self.id_token(begun["nonce"]),
        }

    def client_of(self, body: dict[str, str], authorization: str) -> tuple[str, str]:
        if authorization.startswith("Basic "):
            assert "client_secret_basic" in self.auth_methods
            name, _colon, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            return unquote(name), unquote(secret)
        return body.get("client_id", ""), body.get("client_secret", "")

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
            **self.in_token,
        }
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        if self.algorithm == "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": self.kid})
        if self.algorithm == "HS256":  # with what anybody can read as the secret
            shown = json.dumps(self.keys()["keys"][0])
            return jwt.encode(claims, shown, algorithm="HS256", headers={"kid": self.kid})
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid})


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/realm/.well-known/openid-configuration":
                self._answer(200, provider.described())
            elif parts.path == "/realm/keys":
                self._answer(200, provider.keys())
            elif parts.path == "/realm/userinfo":
                is_asked_rightly = self.headers["Authorization"] == "Bearer opaque"
                self._answer(200 if is_asked_rightly else 401, provider.told or provider.person)
            elif parts.path == "/realm/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = dict(parse_qsl(body))
            self._answer(*provider.tokens(given, self.headers.get("Authorization", "")))

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
