"""What the audit log says that somebody did; who it was stands beside it."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "audit.signed_in": "Signed in, by {by}",
    "audit.sign_in_failed": "Failed to sign in, by {by}",
    "audit.signed_out": "Signed out",
    "audit.session_ended": "Signed another browser out",
    "audit.sessions_ended": "Signed {whom} out everywhere",
    "audit.account_made": "Made the account {whom}",
    "audit.account_removed": lambda templates=0, **_: (
        "Removed an account" + (f", and handed {templates:,} of its templates over" if templates else "")
    ),
    "audit.account_disabled": "Closed the account {whom}",
    "audit.account_enabled": "Opened the account {whom} again",
    "audit.account_linked": "Linked the account to {by}",
    "audit.password_changed": "Changed the password of {whom}",
    "audit.password_link_made": "Made a link for a new password of {whom}",
    "audit.second_factor_on": "Turned the second factor on",
    "audit.second_factor_off": "Turned the second factor of {whom} off",
    "audit.recovery_codes_renewed": "Made new recovery codes",
    "audit.token_made": "Made the access token “{token}”",
    "audit.token_revoked": "Revoked the access token “{token}”",
    "audit.template_removed": "Deleted the template “{template}”",
    "audit.template_restored": "Brought the template “{template}” back from the bin",
    "audit.template_erased": "Erased the template “{template}” for good",
    "audit.exported": "Exported from “{template}”",
    "audit.downloaded": "Downloaded an export of “{template}”",
    "audit.records_deleted": "Deleted {count:, records} of “{template}”",
    "audit.undone": "Took a change of “{template}” back",
    "audit.sign_up_changed": "Set sign-up to “{mode}”",
    "audit.somebody": "a former member",
    "audit.shell": "the shell",
    "audit.visitor": "a visitor",
    "audit.itself": "their own account",
}
