"""What handlers and jobs are handed: everything that is open while the app runs."""

from dataclasses import dataclass, field

from saq.queue import Queue

from xlsapp.config import Settings
from xlsapp.db.connection import Database
from xlsapp.db.runs import OneProcess, Runs
from xlsapp.db.turns import FairTurns
from xlsapp.jobs.files import JobFiles
from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.status import JobStatusService
from xlsapp.metrics import Metrics
from xlsapp.rendering import Renderer, UrlFor
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.accounts.access_tokens import AccessTokens
from xlsapp.services.accounts.accounts import Accounts
from xlsapp.services.accounts.second_factors import SecondFactors
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.accounts.single_sign_on import SingleSignOn
from xlsapp.services.operations.audit import AuditLog
from xlsapp.services.operations.disk import Disk
from xlsapp.services.records.records import Records
from xlsapp.services.reviews.reviews import Reviews


@dataclass(frozen=True, slots=True)
class App:
    """The open databases and services of a running app. Made in app.py alone."""

    settings: Settings
    secret: str
    db: Database
    records: Records
    reviews: Reviews
    status_db: Database
    queue: Queue
    sandbox: Sandbox
    files: JobFiles
    disk: Disk
    listens_beyond_loopback: bool
    """Whether other machines can reach the server itself."""
    hub: Hub
    statuses: JobStatusService
    sessions: Sessions
    accounts: Accounts
    second_factors: SecondFactors
    single_sign_on: SingleSignOn
    access_tokens: AccessTokens
    audit: AuditLog
    metrics: Metrics
    renderer: Renderer
    url_for: UrlFor
    runs: Runs = field(default_factory=OneProcess)
    """Which attempt at a job may store anything."""
    rendering: FairTurns = field(default_factory=lambda: FairTurns(each=1, at_once=2))
    """Turns at rendering a page. Python does no two at once: more would only delay each other."""
