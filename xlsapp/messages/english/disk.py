"""What is told when the server's disk is full."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "disk.no_room": (
        "The server's disk is full, so there is no room for this, and nothing was changed. Try again when "
        "whoever runs this server has made room."
    ),
    "job.no_room": (
        "The server's disk is full: there was no room for this job, and nothing was changed. Try again when "
        "whoever runs this server has made room."
    ),
}
