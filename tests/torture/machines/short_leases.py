"""What a machine of the tests reads before it starts: leases of LEASE_SECONDS, as the real ones take long.

All that goes with a lease is shortened alike: how often it is renewed, when an attempt gives itself up, and
how often it is looked for what a crash has left behind.
"""

import os

from xlsapp.db.postgres import runs
from xlsapp.jobs import leases, recovery
from xlsapp.postgres_queue import queue, shared

LEASE_SECONDS = float(os.environ.get("LEASE_SECONDS", runs.LEASE_SECONDS))

runs.LEASE_SECONDS = LEASE_SECONDS  # type: ignore[assignment]
queue.LEASE_SECONDS = shared.LEASE_SECONDS = LEASE_SECONDS  # type: ignore[attr-defined]
leases.RENEW_EVERY_SECONDS = LEASE_SECONDS / 3
leases.MOST_SECONDS_UNSAID = 2 * LEASE_SECONDS / 3
recovery.RECONCILE_EVERY_SECONDS = LEASE_SECONDS  # type: ignore[assignment]
