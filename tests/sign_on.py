"""A provider of OpenID Connect for tests, in a process of its own: `python -m tests.sign_on PORT`."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import httpx

from tests.server import NO_TLS, free_port


class Provider:
    """The running provider, and what its users do there."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """With keys of its own each time, and nobody known."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.sign_on", str(self.port)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(f"{self.url}/jwks", verify=NO_TLS).raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the provider did not start")

    def stop(self) -> None:
        """Answer nobody any more."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def knows(self, subject: str, email: str, *, verified: bool = True, **claims: Any) -> None:
        """Somebody has an account there."""
        told = {"email": email, "email_verified": verified, **claims}
        httpx.put(f"{self.url}/users/{subject}", json=told, verify=NO_TLS).raise_for_status()

    def agrees(self, url: str, subject: str) -> str:
        """Somebody signs in there. Returns where the browser is sent then, without its host."""
        answer = httpx.post(url, data={"sub": subject}, verify=NO_TLS)
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["location"]).raw_path.decode()


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider for as long as the block lasts."""
    running = Provider()
    running.start()
    try:
        yield running
    finally:
        running.stop()


def _serve(port: int) -> None:
    import oidc_provider_mock._app as app
    from authlib.oauth2.rfc7636 import CodeChallenge

    class Challenge(CodeChallenge):
        """PKCE, which this provider insists on. The nonce of a question names its challenge."""

        asked: ClassVar[dict[str, str]] = {}

        def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
            super().validate_code_challenge(grant, redirect_uri)
            data = grant.request.payload.data
            assert data["code_challenge_method"] == "S256"
            self.asked[data["nonce"]] = data["code_challenge"]

        def get_authorization_code_challenge(self, authorization_code: Any) -> str:
            return self.asked[authorization_code.nonce]

        def get_authorization_code_challenge_method(self, authorization_code: Any) -> str:
            return "S256"

    class Code(app.OpenIDCode):
        def __call__(self, grant: Any) -> None:
            super().__call__(grant)
            Challenge()(grant)

    app.OpenIDCode = Code
    app.AuthorizationCodeGrant.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "none"]
    app.app(require_nonce=True).run("127.0.0.1", port, debug=False, threaded=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
