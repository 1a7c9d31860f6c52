"""An account removed with all that is kept of it, in whichever of the databases and folders it lies."""

from dataclasses import dataclass

from xlsapp.jobs.files import JobFiles
from xlsapp.jobs.status import JobStatusService
from xlsapp.models import User
from xlsapp.services.accounts.access_tokens import forget_uses
from xlsapp.services.accounts.accounts import Accounts


@dataclass(frozen=True, slots=True)
class AccountRemoval:
    """What knows of an account. Works beside a running server, too."""

    accounts: Accounts
    statuses: JobStatusService
    files: JobFiles

    async def remove(self, user: User) -> None:
        """Remove an account, its templates, records, sessions, tokens, and jobs with their files.

        The account itself goes first: from then on nobody can add to the rest, and a job of it that begins
        is dropped (see worker.py). What a crash in between leaves behind expires as it always does.
        """
        token_ids = await self.accounts.remove(user)
        store = self.statuses.store
        await forget_uses(store, token_ids)
        job_ids = await self.statuses.forget_all(user.id)
        await store.delete(*await store.list_by_prefix(idempotency_prefix(user.id)))
        await self.files.remove_all(*job_ids)


def idempotency_prefix(user_id: int) -> str:
    """How the keys begin under which an account's uploads are remembered: see web/api/idempotency.py."""
    return f"idempotency:{user_id}:"
