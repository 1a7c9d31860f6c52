"""The messages as their readers see them. Words that are functions have one for each way they go."""

from tests.messages.examples_of_accounts import ACCOUNTS
from tests.messages.examples_of_audit import AUDIT
from tests.messages.examples_of_bodies import BODIES
from tests.messages.examples_of_cells import CELLS
from tests.messages.examples_of_children import CHILDREN
from tests.messages.examples_of_columns import COLUMNS
from tests.messages.examples_of_disk import DISK
from tests.messages.examples_of_exports import EXPORTS
from tests.messages.examples_of_forms import FORMS
from tests.messages.examples_of_history import HISTORY
from tests.messages.examples_of_imports import IMPORTS
from tests.messages.examples_of_jobs import JOBS
from tests.messages.examples_of_marking import MARKING
from tests.messages.examples_of_notes import NOTES
from tests.messages.examples_of_proposals import PROPOSALS
from tests.messages.examples_of_records import RECORDS
from tests.messages.examples_of_requests import REQUESTS
from tests.messages.examples_of_reviews import REVIEWS
from tests.messages.examples_of_templates import TEMPLATES
from tests.messages.examples_of_views import VIEWS
from tests.messages.examples_of_workbooks import WORKBOOKS

EXAMPLES = [
    *(*BODIES, *WORKBOOKS, *CELLS, *NOTES, *PROPOSALS, *TEMPLATES),
    *(*ACCOUNTS, *AUDIT, *CHILDREN, *COLUMNS, *DISK, *EXPORTS, *FORMS, *HISTORY, *IMPORTS, *JOBS, *RECORDS),
    *(*MARKING, *REQUESTS, *REVIEWS, *VIEWS),
]
