"""Why a request is not answered as it was meant, and that the server is not well."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "request.no_page": (
        "The address may be mistyped, what was here may be gone, or it belongs to another account."
    ),
    "request.not_found": (
        "There is nothing at this address. It may be gone, or it belongs to another account."
    ),
    "request.not_whole": "What arrived was not whole. Send it once more.",
    "request.not_this_page": "Go back and use the buttons on the page.",
    "request.other_methods": "This address has other methods.",
    "request.another_file": "This is another file than the one that was meant. Download it anew.",
    "request.no_such_part": "The file is shorter than what was asked for. Download it from its beginning.",
    "request.did_not_work": "This did not work. Try it once more.",
    "request.our_fault": (
        "Nothing was changed. Try again; if it repeats, quote {reference} to whoever runs this server."
    ),
    "request.files_away": (
        "The files cannot be reached at the moment, and nothing was changed. Try again in a minute; if it "
        "repeats, tell whoever runs this server."
    ),
    "request.sign_in": "Sign in first.",
    "request.form": lambda fields: " ".join(dict.fromkeys(fields.values())),
    "request.asks_again": "This is not done yet: look once more at what would happen, on its page.",
    "request.other_site": "This request came from another site. Open the page here and try again.",
    "request.other_name": "This server does not answer to this name.",
    "request.two_lengths": "This request has two lengths.",
    "request.long_address": "This address is too long.",
    "request.large_headers": "The headers are too large.",
    "request.too_large": "What was sent is larger than this address takes. Send less at a time.",
    "request.many_at_once": "{waiting} of your requests are waiting for their turn. Try again in a moment.",
    "request.slow": "The data came too slowly, and nothing was changed. Send it again.",
    "request.not_now": "The database does not answer right now. In a moment it will; you stay signed in.",
    "request.not_now_sent": (
        "The database does not answer right now. In a moment it will: look then whether what you sent is "
        "there, before you send it again."
    ),
    "health.no_database": "The databases do not answer.",
    "health.no_worker": "No worker is there to work on the jobs.",
}
