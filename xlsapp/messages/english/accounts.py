"""Why an account, a password or an access token cannot be had; and that a data folder is in use."""

import math
from collections.abc import Callable, Mapping

from xlsapp.messages.english.phrases import quoted


def _again_in(wait: int) -> str:
    if wait < 90:
        return f"Try again in {wait} second{'' if wait == 1 else 's'}."
    return f"Try again in {math.ceil(wait / 60)} minutes."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "account.sign_up_closed": "Sign-up is closed here. Ask whoever runs this server for an account.",
    "account.no_address": "Write an e-mail address, like ada@example.com.",
    "account.address_taken": "There is an account for “{email}” already. Sign in instead.",
    "account.wrong_setup_code": (
        "This is not the set-up code. It is in what the server printed when it started last; ask whoever "
        "runs it."
    ),
    "account.wrong_password": "This is not your present password.",
    "account.password_length": "Choose a password of {least} to {most:, characters}.",
    "account.many_sign_ups": lambda wait: f"Many accounts were made from here. {_again_in(wait)}",
    "account.many_failures": lambda wait: f"There were too many wrong passwords. {_again_in(wait)}",
    "account.many_at_once": "Very many people are signing in now. Try again in a moment.",
    "account.no_room": (
        "Your files take {used_megabytes:,} of the {most_megabytes:,} MB that an account has here, and this "
        "does not go beside them. Uploads, exports and lists of problems go {hours:, hours} after their job "
        "has ended. To have room earlier, use “Remove finished jobs” on your account's page, and try again."
    ),
    "account.disabled": "This account is closed for now. Ask whoever runs this server.",
    "account.own": "This is your own account. Another administrator has to do that.",
    "account.no_heir": "Choose another account for the templates.",
    "account.no_such_sign_up": "Choose who may make an account.",
    "account.no_passwords": "Passwords open nothing here. Use the button for single sign-on.",
    "sign_on.failed": (
        "{name} did not say who you are. Try again in a moment; if it repeats, tell whoever runs this server."
    ),
    "sign_on.no_verified_address": (
        "{name} vouches for no e-mail address of yours. Have it verified there, and try again."
    ),
    "sign_on.not_allowed": (
        "“{email}” may not make an account here. Ask whoever runs this server for an account."
    ),
    "sign_on.linked_already": (
        "The account with this e-mail address belongs to another person of the sign-on. Ask whoever runs "
        "this server."
    ),
    "second_factor.wrong_first_code": (
        "This is not what the app shows for this picture. Type the six digits that it shows now; if they are "
        "refused again, look whether phone and computer have the right time."
    ),
    "second_factor.wrong_code": (
        "This code is not right, or was used already. Type the one that the app shows now, or one of your "
        "recovery codes."
    ),
    "second_factor.many_failures": lambda wait: f"There were too many wrong codes. {_again_in(wait)}",
    "token.no_name": "Name the token after the program that will use it.",
    "token.name_too_long": "Use at most {most:, characters}; these are {length}.",
    "token.name_taken": "You have a token called “{name}” already. Choose another name.",
    "token.no_scopes": "Choose what the token may be used for.",
    "token.many": "You have {most:, tokens}. Revoke one that is not used any more.",
    "token.none_sent": ("Send an access token, as Authorization: Bearer …; make one on your account's page."),
    "token.opens_nothing": (
        "This token opens nothing: it was mistyped, revoked, or has expired. Make another one."
    ),
    "token.lacks_scope": lambda scopes: (
        f"This needs a token with the scope {quoted(scopes, between=' or ')}. This one has not got it."
    ),
    "token.asked_too_often": lambda wait: (
        f"The tokens of this account have asked too often. {_again_in(wait)}"
    ),
    "folder.in_use": "Another xlsapp works on {folder}. Stop it first, or use another data folder.",
}
