"""Asking a provider of OpenID Connect who somebody is: by code, with PKCE, state and nonce.

Loaded only where `sign_on.issuer` is set: its packages are the extra `xlsapp[sign-on]`.
"""

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from xlsapp import clock
from xlsapp.config import SignOnSettings
from xlsapp.errors import Refused
from xlsapp.problems import Message

T = TypeVar("T")

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10
# The clocks of two machines differ.
LEEWAY_SECONDS = 60
# What a provider says of itself is asked for anew after this long; its keys when they do not fit a
# signature, and not more often than this, as any signature may be wrong.
METADATA_SECONDS = 3600
KEYS_AT_MOST_EVERY_SECONDS = 30
# Signatures by which only the provider can have signed. Never HS256: its key is the client's, too.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the provider: where the browser is sent, and what its answer has to fit."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is, as the provider says."""

    issuer: str
    subject: str
    email: str
    email_is_verified: bool
    groups: frozenset[str]


class Provider:
    """One provider. Requests are made in threads; what it says of itself is kept for a while."""

    def __init__(self, settings: SignOnSettings) -> None:
        self.settings = settings
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sign_on")
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None
        self._renewed_at = -math.inf

    def close(self) -> None:
        """Wait for nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(self, redirect_uri: str) -> Asked:
        """Where to send a browser. Raises Refused when the provider cannot be reached."""
        return await self._in_thread(self._ask, redirect_uri)

    async def redeem(self, code: str, asked: Asked, redirect_uri: str) -> Person:
        """Who has come back with `code`. Raises Refused when the provider does not say so, or not soundly."""
        return await self._in_thread(self._redeem, code, asked, redirect_uri)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work, *arguments)
        except (requests.RequestException, AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            # The sentence of a provider may hold a code or a token: the log gets its kind.
            log.warning("Single sign-on failed: %s", type(error).__name__)
            raise Refused(Message("sign_on.failed", {"name": self.settings.name})) from error

    def _ask(self, redirect_uri: str) -> Asked:
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        with self._session(redirect_uri) as session:
            url, state = session.create_authorization_url(
                self._described()["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        return Asked(url, state, nonce, verifier)

    def _redeem(self, code: str, asked: Asked, redirect_uri: str) -> Person:
        described = self._described()
        with self._session(redirect_uri) as session:
            token = session.fetch_token(
                described["token_endpoint"],
                code=code,
                code_verifier=asked.verifier,
                timeout=PATIENCE_SECONDS,
                allow_redirects=False,
            )
            claims = self._checked(token["id_token"], asked.nonce)
            if "email" not in claims and described.get("userinfo_endpoint"):
                more = session.get(
                    described["userinfo_endpoint"], timeout=PATIENCE_SECONDS, allow_redirects=False
                )
                more.raise_for_status()
                told = more.json()
                if (
                    told["sub"] == claims["sub"]
                ):  # else it is about somebody else (OpenID Connect Core, 5.3.2)
                    claims = {**told, **claims}
        return self._person(claims)

    def _session(self, redirect_uri: str) -> Any:
        secret = self.settings.client_secret
        supported = self._described().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" in supported
        method = ("client_secret_basic" if basic else "client_secret_post") if secret else "none"
        return OAuth2Session(
            self.settings.client_id,
            secret or None,
            scope=self.settings.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
        )

    def _described(self) -> Mapping[str, Any]:
        """What the provider says of itself."""
        if self._metadata and time.monotonic() - self._metadata[0] < METADATA_SECONDS:
            return self._metadata[1]
        issuer = self.settings.issuer
        described: Mapping[str, Any] = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if described["issuer"] != issuer:
            raise ValueError("the provider calls itself otherwise")
        self._metadata = time.monotonic(), described
        return described

    def _checked(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that the provider has signed for us, now, and for this very question."""
        claims: Mapping[str, Any] = self._decoded(id_token).claims
        rules = jwt.JWTClaimsRegistry(
            now=int(clock.now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(dict(claims))
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise ValueError("the token was made for another client")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise ValueError("the token is about nobody")
        return claims

    def _decoded(self, id_token: str) -> jwt.Token:
        """A token that the provider has signed. Its keys are asked for anew when it has others (rotation)."""
        if self._keys is not None:
            try:
                return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                if time.monotonic() - self._renewed_at < KEYS_AT_MOST_EVERY_SECONDS:
                    raise
                self._renewed_at = time.monotonic()
        self._keys = KeySet.import_key_set(_fetched(self._described()["jwks_uri"]))
        return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)

    def _person(self, claims: Mapping[str, Any]) -> Person:
        groups = claims.get(self.settings.groups_claim, [])
        return Person(
            issuer=self.settings.issuer,
            subject=claims["sub"],
            email=str(claims.get("email", "")),
            email_is_verified=claims.get("email_verified") is True,
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        )


def _fetched(url: str) -> Any:
    answer = requests.get(url, timeout=PATIENCE_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()
