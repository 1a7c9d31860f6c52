"""Every address of the pages, on one page. Those of the API are in api/operations.py."""

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from xlsapp.rendering import STATIC
from xlsapp.web.api import docs
from xlsapp.web.http import health
from xlsapp.web.http.body_limit import BodyLimit
from xlsapp.web.http.uploads import AROUND_THE_FILE_BYTES, DRAIN_BYTES
from xlsapp.web.pages import (
    accounts,
    administration,
    audit_log,
    changes,
    column_figures,
    data_records,
    exports,
    import_templates,
    imports,
    job_sockets,
    jobs,
    new_passwords,
    problem_lists,
    record_cells,
    record_deletions,
    record_edits,
    record_histories,
    record_pastes,
    reviews,
    saved_views,
    second_factors,
    single_sign_on,
    template_bin,
    template_samples,
    tokens,
)

# What anybody may send, signed in or not: an address, a password, and where to go.
SMALL_FORM_BYTES = 16 * 1024

# Forms may hold 500 columns with their rules.
MAX_FORM_BYTES = 4 * 1024 * 1024


class Id(IntegerConvertor):
    """An id in an address: what the database can hold. A longer number names nothing, and is a 404."""

    regex = "[0-9]{1,18}"


register_url_convertor("int", Id())


class LastingFiles(StaticFiles):
    """Static files that browsers keep: their addresses change with their content."""

    def file_response(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        """As StaticFiles has it, to be kept for a year."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def whole_upload_bytes(max_upload_bytes: int) -> int:
    """What the largest upload may be with all around its file, and with what is read only to be refused."""
    return max_upload_bytes + AROUND_THE_FILE_BYTES + DRAIN_BYTES


def health_routes() -> list[BaseRoute]:
    """All that a process without pages answers."""
    return [
        Route("/up", health.up, name="up"),
        Route("/metrics", health.metrics, name="metrics"),
    ]


def administration_routes() -> list[BaseRoute]:
    """What the account that looks after the server has of its own."""
    account = "/administration/accounts/{user_id:int}"
    actions = {
        "disable": administration.disable,
        "enable": administration.enable,
        "sign_out": administration.end_sessions,
        "second_factor": administration.reset_second_factor,
        "password_link": administration.make_password_link,
        "remove": administration.remove,
    }
    return [
        Route("/administration", administration.show, name="administration"),
        Route(
            "/administration/sign_up",
            administration.set_sign_up,
            methods=["POST"],
            name="administration.sign_up",
        ),
        Route("/administration/audit", audit_log.index, name="administration.audit"),
        Route("/administration/audit.{format}", audit_log.download, name="administration.audit.file"),
        Route(account, administration.account, name="administration.account"),
        *(
            Route(f"{account}/{name}", endpoint, methods=["POST"], name=f"administration.account.{name}")
            for name, endpoint in actions.items()
        ),
    ]


def routes(*, max_upload_bytes: int) -> list[BaseRoute]:
    """All routes. Names are those that url() takes in templates."""
    template = "/import_templates/{template_id:int}"
    record = template + "/data_records/{record_id:int}"
    view = template + "/views/{view_id:int}"
    found: list[BaseRoute] = [
        Route("/", import_templates.home, name="home"),
        *health_routes(),
        Route("/sign_up", accounts.new_account, name="sign_up"),
        Route("/sign_up", accounts.create_account, methods=["POST"]),
        Route("/sign_in", accounts.new_session, name="sign_in"),
        Route("/sign_in", accounts.create_session, methods=["POST"]),
        Route("/sign_in/code", second_factors.new_code, name="sign_in.code"),
        Route("/sign_in/code", second_factors.create_code, methods=["POST"]),
        Route("/sign_in/with", single_sign_on.start, name="sign_in.with"),
        Route("/sign_in/back", single_sign_on.come_back, name="sign_in.back"),
        Route("/sign_in/link", single_sign_on.new_link, name="sign_in.link"),
        Route("/sign_in/link", single_sign_on.create_link, methods=["POST"]),
        Route("/sign_out", accounts.delete_session, methods=["POST"], name="sign_out"),
        Route("/account", accounts.show, name="account"),
        Route("/account/password", accounts.update_password, methods=["POST"], name="account.password"),
        Route(
            "/account/sessions/{session_id}/revoke",
            accounts.revoke_session,
            methods=["POST"],
            name="account.sessions.revoke",
        ),
        Route("/account/jobs/remove", accounts.remove_jobs, methods=["POST"], name="account.jobs.remove"),
        Route("/account/second_factor", second_factors.show, name="second_factor"),
        Route("/account/second_factor", second_factors.create, methods=["POST"]),
        Route(
            "/account/second_factor/recovery_codes",
            second_factors.renew,
            methods=["POST"],
            name="second_factor.renew",
        ),
        Route(
            "/account/second_factor/delete",
            second_factors.delete,
            methods=["POST"],
            name="second_factor.delete",
        ),
        Route("/account/tokens", tokens.index, name="tokens.index"),
        Route("/account/tokens", tokens.create, methods=["POST"], name="tokens.create"),
        Route("/account/tokens/{token_id:int}/revoke", tokens.revoke, methods=["POST"], name="tokens.revoke"),
        Route("/new_password/{token}", new_passwords.new, name="new_password"),
        Route("/new_password/{token}", new_passwords.create, methods=["POST"]),
        *administration_routes(),
        Route("/api", docs.show, name="api_docs"),
        Route("/import_templates", import_templates.index, name="import_templates.index"),
        Route("/import_templates", import_templates.create, methods=["POST"], name="import_templates.create"),
        Route("/import_templates/new", import_templates.new, name="import_templates.new"),
        Route("/template_samples/new", template_samples.new, name="template_samples.new"),
        Route(
            "/template_samples",
            template_samples.create,
            methods=["POST"],
            name="template_samples.create",
        ),
        Route("/template_samples/{sample_id}", template_samples.show, name="template_samples.show"),
        Route(
            "/template_samples/{sample_id}/looks",
            template_samples.looks,
            methods=["POST"],
            name="template_samples.looks",
        ),
        Route(
            "/import_templates/from_sample",
            template_samples.create_template,
            methods=["POST"],
            name="import_templates.create_from_sample",
        ),
        Route("/import_templates/bin", template_bin.index, name="bin.index"),
        Route(f"{template}/restore", template_bin.restore, methods=["POST"], name="bin.restore"),
        Route(f"{template}/erase", template_bin.confirm_erase, name="bin.confirm_erase"),
        Route(f"{template}/erase", template_bin.erase, methods=["POST"], name="bin.erase"),
        Route(template, import_templates.show, name="import_templates.show"),
        Route(template, import_templates.update, methods=["POST"], name="import_templates.update"),
        Route(
            f"{template}/forget", import_templates.forget, methods=["POST"], name="import_templates.forget"
        ),
        Route(f"{template}/edit", import_templates.edit, name="import_templates.edit"),
        Route(f"{template}/delete", import_templates.confirm_delete, name="import_templates.confirm_delete"),
        Route(
            f"{template}/delete", import_templates.delete, methods=["POST"], name="import_templates.delete"
        ),
        Route(f"{template}/imports/new", imports.new, name="imports.new"),
        Route(
            f"{template}/imports",
            imports.create,
            methods=["POST"],
            name="imports.create",
        ),
        Route(f"{template}/exports", exports.create, methods=["POST"], name="exports.create"),
        Route(f"{template}/jobs/{{job_id}}", jobs.show, name="jobs.show"),
        Route(f"{template}/jobs/{{job_id}}/download", jobs.download, name="jobs.download"),
        Route(f"{template}/jobs/{{job_id}}/answers", jobs.answers, methods=["POST"], name="jobs.answers"),
        Route(f"{template}/jobs/{{job_id}}/marked_workbooks", jobs.mark, methods=["POST"], name="jobs.mark"),
        Route(f"{template}/jobs/{{job_id}}/problems", problem_lists.index, name="jobs.problems"),
        Route(f"{template}/jobs/{{job_id}}/review", reviews.show, name="reviews.show"),
        Route(
            f"{template}/jobs/{{job_id}}/review/choices",
            reviews.choose,
            methods=["POST"],
            name="reviews.choose",
        ),
        Route(
            f"{template}/jobs/{{job_id}}/review/mends", reviews.mend, methods=["POST"], name="reviews.mend"
        ),
        Route(
            f"{template}/jobs/{{job_id}}/review/mends/{{mend_id:int}}/take_back",
            reviews.take_back,
            methods=["POST"],
            name="reviews.take_back",
        ),
        Route(
            f"{template}/jobs/{{job_id}}/review/apply", reviews.apply, methods=["POST"], name="reviews.apply"
        ),
        Route("/jobs", jobs.index, name="jobs.index"),
        Route("/jobs/{job_id}/status", jobs.status, name="jobs.status"),
        WebSocketRoute("/jobs/live", job_sockets.all_jobs, name="jobs.live_all"),
        WebSocketRoute("/jobs/{job_id}/live", job_sockets.job, name="jobs.live"),
        Route(f"{template}/data_records", data_records.index, name="data_records.index"),
        Route(f"{template}/data_records", data_records.create, methods=["POST"], name="data_records.create"),
        Route(f"{template}/data_records/new", data_records.new, name="data_records.new"),
        Route(f"{template}/views", saved_views.create, methods=["POST"], name="saved_views.create"),
        Route(view, saved_views.update, methods=["POST"], name="saved_views.update"),
        Route(f"{view}/delete", saved_views.delete, methods=["POST"], name="saved_views.delete"),
        Route(f"{record}/edit", data_records.edit, name="data_records.edit"),
        Route(record, data_records.update, methods=["POST"], name="data_records.update"),
        Route(f"{record}/delete", data_records.confirm_delete, name="data_records.confirm_delete"),
        Route(f"{record}/delete", data_records.delete, methods=["POST"], name="data_records.delete"),
        Route(
            f"{record}/cells/{{column_id:int}}",
            record_cells.update,
            methods=["POST"],
            name="record_cells.update",
        ),
        Route(f"{record}/history", record_histories.show, name="record_histories.show"),
        Route(
            f"{record}/history/restore",
            record_histories.restore,
            methods=["POST"],
            name="record_histories.restore",
        ),
        Route(
            f"{record}/history/erase", record_histories.confirm_erase, name="record_histories.confirm_erase"
        ),
        Route(
            f"{record}/history/erase",
            record_histories.erase,
            methods=["POST"],
            name="record_histories.erase",
        ),
        Route(f"{template}/changes", changes.index, name="changes.index"),
        Route(f"{template}/changes/of_job/{{job_id}}", changes.of_job, name="changes.of_job"),
        Route(f"{template}/changes/{{change_id:int}}", changes.show, name="changes.show"),
        Route(
            f"{template}/changes/{{change_id:int}}/undo",
            changes.take_back,
            methods=["POST"],
            name="changes.undo",
        ),
        Route(f"{template}/record_edits/new", record_edits.new, name="record_edits.new"),
        Route(f"{template}/record_edits", record_edits.create, methods=["POST"], name="record_edits.create"),
        Route(f"{template}/record_pastes/new", record_pastes.new, name="record_pastes.new"),
        Route(
            f"{template}/record_pastes", record_pastes.create, methods=["POST"], name="record_pastes.create"
        ),
        Route(f"{template}/record_deletions/new", record_deletions.new, name="record_deletions.new"),
        Route(
            f"{template}/record_deletions",
            record_deletions.create,
            methods=["POST"],
            name="record_deletions.create",
        ),
        Route(f"{template}/figures", column_figures.index, name="column_figures.index"),
        Mount("/static", LastingFiles(directory=STATIC), name="static"),
    ]
    upload_bytes = whole_upload_bytes(max_upload_bytes)
    sizes = {
        accounts.create_account: SMALL_FORM_BYTES,
        accounts.create_session: SMALL_FORM_BYTES,
        second_factors.create_code: SMALL_FORM_BYTES,
        new_passwords.create: SMALL_FORM_BYTES,
        single_sign_on.create_link: SMALL_FORM_BYTES,
        template_samples.create: upload_bytes,
        imports.create: upload_bytes,
    }
    for route in found:
        if isinstance(route, Route):
            route.app = BodyLimit(route.app, sizes.get(route.endpoint, MAX_FORM_BYTES))
    return found
