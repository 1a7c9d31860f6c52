"""What programs say in a query."""

from typing import Annotated

from pydantic import ConfigDict, Field

from xlsapp.jobs.status import JobKind
from xlsapp.web.api.bodies import Body, Wanted
from xlsapp.web.api.kinds import Between, OneOf, Text, YesOrNo


class Query(Body):
    """Parameters that mean something here. Others are not looked at."""

    model_config = ConfigDict(extra="ignore")


class Latest(Query):
    """Of a list whose newest come first."""

    limit: Annotated[int, Between(1, 100)] = 20
    """How many at the most; 20 when it is not sent."""


class JobsOfKind(Query):
    """Of the list of jobs."""

    kind: Annotated[str, OneOf(JobKind)] = ""
    """Only jobs of this kind. Without it, imports and exports."""


class Wait(Query):
    """Of one job."""

    wait: Annotated[int, Between(0, 60)] = 0
    """Hold the answer for up to so many seconds, until the job's state changes."""


class Confirmation(Query):
    """Of a change."""

    confirm: YesOrNo = False
    """Go through with it although stored values would be lost."""


class ProblemsPage(Query):
    """Of an import's problems."""

    limit: Annotated[int, Between(1, 1000)] = 100
    """How many at the most; 100 when it is not sent."""
    cursor: Annotated[str, Field(strict=True, pattern="^[0-9]{1,18}$")] = "0"
    """`next_cursor` of the page before."""


class RecordsPage(Wanted):
    """Of the records that are wanted. A mistyped filter must not find all of them: others are refused."""

    limit: Annotated[int, Between(1, 1000)] = 100
    """How many at the most; 100 when it is not sent."""
    cursor: Annotated[Text, Field(max_length=2000)] = ""
    """`next_cursor` of the page before."""
