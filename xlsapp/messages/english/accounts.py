"""What is said of accounts."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "account.wrong_setup_code": (
        "This is not the set-up code. It is in what the server printed when it started last; ask whoever "
        "runs it."
    ),
}
