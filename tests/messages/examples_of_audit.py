"""What the audit log says; who did it stands beside it."""

from xlsapp.problems import Message

ADA = {"whom": "ada@example.com"}
TEMPLATE = {"template": "Customers"}

AUDIT = [
    (Message("audit.signed_in", {"by": "password"}), "Signed in, by password"),
    (Message("audit.sign_in_failed", {"by": "code"}), "Failed to sign in, by code"),
    (Message("audit.signed_out"), "Signed out"),
    (Message("audit.session_ended"), "Signed another browser out"),
    (Message("audit.sessions_ended", ADA), "Signed ada@example.com out everywhere"),
    (Message("audit.account_made", ADA), "Made the account ada@example.com"),
    (
        Message("audit.account_removed", {"templates": 2, **ADA}),
        "Removed an account, and handed 2 of its templates over",
    ),
    (Message("audit.account_disabled", ADA), "Closed the account ada@example.com"),
    (Message("audit.account_enabled", ADA), "Opened the account ada@example.com again"),
    (Message("audit.account_linked", {"by": "Example Ltd"}), "Linked the account to Example Ltd"),
    (Message("audit.password_changed", ADA), "Changed the password of ada@example.com"),
    (Message("audit.password_link_made", ADA), "Made a link for a new password of ada@example.com"),
    (Message("audit.second_factor_on"), "Turned the second factor on"),
    (Message("audit.second_factor_off", ADA), "Turned the second factor of ada@example.com off"),
    (Message("audit.recovery_codes_renewed"), "Made new recovery codes"),
    (Message("audit.token_made", {"token": "nightly"}), "Made the access token “nightly”"),
    (Message("audit.token_revoked", {"token": "nightly"}), "Revoked the access token “nightly”"),
    (Message("audit.template_removed", TEMPLATE), "Deleted the template “Customers”"),
    (
        Message("audit.template_restored", TEMPLATE),
        "Brought the template “Customers” back from the bin",
    ),
    (Message("audit.template_erased", TEMPLATE), "Erased the template “Customers” for good"),
    (Message("audit.exported", TEMPLATE), "Exported from “Customers”"),
    (Message("audit.downloaded", TEMPLATE), "Downloaded an export of “Customers”"),
    (Message("audit.records_deleted", {"count": 1200, **TEMPLATE}), "Deleted 1,200 records of “Customers”"),
    (Message("audit.undone", TEMPLATE), "Took a change of “Customers” back"),
    (Message("audit.sign_up_changed", {"mode": "open"}), "Set sign-up to “open”"),
    (Message("audit.somebody"), "a former member"),
    (Message("audit.shell"), "the shell"),
    (Message("audit.visitor"), "a visitor"),
    (Message("audit.itself"), "their own account"),
]
