"""Why an account, a password or an access token cannot be had; and that a data folder is in use."""

from xlsapp.problems import Message

ACCOUNTS = [
    (
        Message("account.sign_up_closed"),
        "Sign-up is closed here. Ask whoever runs this server for an account.",
    ),
    (Message("account.no_address"), "Write an e-mail address, like ada@example.com."),
    (
        Message("account.address_taken", {"email": "ada@example.com"}),
        "There is an account for “ada@example.com” already. Sign in instead.",
    ),
    (
        Message("account.wrong_setup_code"),
        "This is not the set-up code. It is in what the server printed when it started last; ask whoever "
        "runs it.",
    ),
    (
        Message("account.no_room", {"used_megabytes": 999, "most_megabytes": 1000, "hours": 24}),
        "Your files take 999 of the 1,000 MB that an account has here, and this does not go beside them. "
        "Uploads, exports and lists of problems go 24 hours after their job has ended. To have room earlier, "
        "use “Remove finished jobs” on your account's page, and try again.",
    ),
    (Message("account.wrong_password"), "This is not your present password."),
    (
        Message("account.password_length", {"least": 10, "most": 200}),
        "Choose a password of 10 to 200 characters.",
    ),
    (
        Message("account.many_sign_ups", {"wait": 91}),
        "Many accounts were made from here. Try again in 2 minutes.",
    ),
    (
        Message("account.many_failures", {"wait": 89}),
        "There were too many wrong passwords. Try again in 89 seconds.",
    ),
    (
        Message("account.many_at_once"),
        "Very many people are signing in now. Try again in a moment.",
    ),
    (
        Message("account.disabled"),
        "This account is closed for now. Ask whoever runs this server.",
    ),
    (Message("account.own"), "This is your own account. Another administrator has to do that."),
    (Message("account.no_heir"), "Choose another account for the templates."),
    (Message("account.no_such_sign_up"), "Choose who may make an account."),
    (
        Message("account.no_passwords"),
        "Passwords open nothing here. Use the button for single sign-on.",
    ),
    (
        Message("sign_on.failed", {"name": "Example Ltd"}),
        "Example Ltd did not say who you are. Try again in a moment; if it repeats, tell whoever runs this "
        "server.",
    ),
    (
        Message("sign_on.no_verified_address", {"name": "Example Ltd"}),
        "Example Ltd vouches for no e-mail address of yours. Have it verified there, and try again.",
    ),
    (
        Message("sign_on.not_allowed", {"email": "eve@example.net"}),
        "“eve@example.net” may not make an account here. Ask whoever runs this server for an account.",
    ),
    (
        Message("sign_on.linked_already"),
        "The account with this e-mail address belongs to another person of the sign-on. Ask whoever runs "
        "this server.",
    ),
    (
        Message("second_factor.wrong_first_code"),
        "This is not what the app shows for this picture. Type the six digits that it shows now; if they are "
        "refused again, look whether phone and computer have the right time.",
    ),
    (
        Message("second_factor.wrong_code"),
        "This code is not right, or was used already. Type the one that the app shows now, or one of your "
        "recovery codes.",
    ),
    (
        Message("second_factor.many_failures", {"wait": 60}),
        "There were too many wrong codes. Try again in 60 seconds.",
    ),
    (Message("token.no_name"), "Name the token after the program that will use it."),
    (
        Message("token.name_too_long", {"most": 100, "length": 101}),
        "Use at most 100 characters; these are 101.",
    ),
    (
        Message("token.name_taken", {"name": "nightly"}),
        "You have a token called “nightly” already. Choose another name.",
    ),
    (Message("token.no_scopes"), "Choose what the token may be used for."),
    (
        Message("token.many", {"most": 100}),
        "You have 100 tokens. Revoke one that is not used any more.",
    ),
    (
        Message("token.asked_too_often", {"wait": 1}),
        "The tokens of this account have asked too often. Try again in 1 second.",
    ),
    (
        Message("folder.in_use", {"folder": "data"}),
        "Another xlsapp works on data. Stop it first, or use another data folder.",
    ),
]
