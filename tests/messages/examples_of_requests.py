"""Why a request is not answered as it was meant, and that the server is not well."""

from xlsapp.problems import Message

TWICE = {"name": "Write a name.", "days": "Choose one.", "scope_read": "Choose one."}

REQUESTS = [
    (
        Message("request.no_page"),
        "The address may be mistyped, what was here may be gone, or it belongs to another account.",
    ),
    (
        Message("request.not_found"),
        "There is nothing at this address. It may be gone, or it belongs to another account.",
    ),
    (
        Message("request.files_away"),
        "The files cannot be reached at the moment, and nothing was changed. Try again in a minute; if it "
        "repeats, tell whoever runs this server.",
    ),
    (Message("request.not_whole"), "What arrived was not whole. Send it once more."),
    (Message("request.not_this_page"), "Go back and use the buttons on the page."),
    (Message("request.other_methods"), "This address has other methods."),
    (
        Message("request.another_file"),
        "This is another file than the one that was meant. Download it anew.",
    ),
    (
        Message("request.no_such_part"),
        "The file is shorter than what was asked for. Download it from its beginning.",
    ),
    (
        Message("request.many_at_once", {"waiting": 100}),
        "100 of your requests are waiting for their turn. Try again in a moment.",
    ),
    (Message("request.did_not_work"), "This did not work. Try it once more."),
    (
        Message("request.our_fault", {"reference": "1a2b3c4d"}),
        "Nothing was changed. Try again; if it repeats, quote 1a2b3c4d to whoever runs this server.",
    ),
    (Message("request.sign_in"), "Sign in first."),
    (Message("request.form", {"fields": TWICE}), "Write a name. Choose one."),
    (
        Message("request.asks_again"),
        "This is not done yet: look once more at what would happen, on its page.",
    ),
    (
        Message("request.other_site"),
        "This request came from another site. Open the page here and try again.",
    ),
    (Message("request.other_name"), "This server does not answer to this name."),
    (Message("request.two_lengths"), "This request has two lengths."),
    (Message("request.long_address"), "This address is too long."),
    (Message("request.large_headers"), "The headers are too large."),
    (
        Message("request.too_large"),
        "What was sent is larger than this address takes. Send less at a time.",
    ),
    (Message("request.slow"), "The data came too slowly, and nothing was changed. Send it again."),
    (
        Message("request.not_now"),
        "The database does not answer right now. In a moment it will; you stay signed in.",
    ),
    (
        Message("request.not_now_sent"),
        "The database does not answer right now. In a moment it will: look then whether what you sent is "
        "there, before you send it again.",
    ),
    (Message("health.no_database"), "The databases do not answer."),
    (Message("health.no_worker"), "No worker is there to work on the jobs."),
    (Message("form.not_whole"), "The upload did not arrive whole. Please send it again."),
    (
        Message("form.large_file", {"most_megabytes": 100}),
        "This file is larger than 100 MB, the most that can be uploaded.",
    ),
    (
        Message("token.none_sent"),
        "Send an access token, as Authorization: Bearer …; make one on your account's page.",
    ),
    (
        Message("token.opens_nothing"),
        "This token opens nothing: it was mistyped, revoked, or has expired. Make another one.",
    ),
    (
        Message("token.lacks_scope", {"scopes": ["read", "write"]}),
        "This needs a token with the scope “read” or “write”. This one has not got it.",
    ),
    (
        Message("body.other_kind", {"wanted": "application/json"}),
        "Send a body of the kind application/json, and say so in the header Content-Type.",
    ),
    (
        Message("body.not_json", {"reason": "syntax", "line": 1, "column": 2}),
        "The body is not JSON in UTF-8: line 1, column 2, cannot be read.",
    ),
    (Message("body.not_json", {"reason": "encoding"}), "The body is not JSON in UTF-8: a text is not UTF-8."),
    (
        Message("body.not_json", {"reason": "number"}),
        "The body is not JSON in UTF-8: a number cannot be read.",
    ),
    (
        Message("body.not_json", {"reason": "nested"}),
        "The body is not JSON in UTF-8: it is nested too deeply.",
    ),
    (Message("body.more_mistakes", {"others": 1}), "1 more is listed in `errors`."),
    (Message("body.more_mistakes", {"others": 3}), "3 more are listed in `errors`."),
    (
        Message("body.key_in_use"),
        "The first request with this Idempotency-Key is just being worked on. Ask again in a moment.",
    ),
    (
        Message("export.no_such_kind"),
        "Choose what to export: the records, the blank workbook or a sample.",
    ),
    (Message("problems.no_such_format"), "Choose csv or json."),
    (Message("answers.nothing_asked"), "This job has no questions that are to be answered."),
    (Message("job.unknown"), "There is no such job. It may be gone, or it belongs to another account."),
    (
        Message("change.confirm"),
        "Stored values would be lost or stay as they are; see `changes`. Send ?confirm=true to go on.",
    ),
    (
        Message("change.last_column"),
        "This is the template's last column, and it needs one. Add another first, or delete the template.",
    ),
]
