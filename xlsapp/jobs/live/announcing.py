"""A status change on its way to who follows it: the job's own page, all pages of its user, the metrics."""

from dataclasses import dataclass

from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import JobStatus
from xlsapp.metrics import Metrics
from xlsapp.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Announcer:
    """Publishes stored statuses. What is sent replaces a partial, so only the newest matters."""

    hub: Hub
    renderer: Renderer
    metrics: Metrics

    def count(self, status: JobStatus, running_jobs: int | None) -> None:
        """Let the metrics know, in the process that has stored the status: of another state alone."""
        if running_jobs is not None:
            self.metrics.jobs[status.kind, status.status] += 1

    def announce(self, status: JobStatus, running_jobs: int | None) -> None:
        """Tell who watches here of a status; with its user's running jobs if it came to another state."""
        self.hub.publish(
            job_topic(status.job_id), status.job_id, lambda: status_stream(self.renderer, status)
        )
        topic, row = user_topic(status.user_id), f"row:{status.job_id}"
        self.hub.publish(topic, row, lambda: row_stream(self.renderer, status))
        if status.is_final:
            self.hub.publish(endings_topic(status.user_id), row, lambda: row_stream(self.renderer, status))
        if running_jobs is not None:
            self.hub.publish(state_topic(status.job_id), "state", lambda: status.status)
            for watched in (topic, job_topic(status.job_id)):
                self.hub.publish(
                    watched, "running_jobs", lambda: running_jobs_stream(self.renderer, running_jobs)
                )


def job_topic(job_id: str) -> str:
    """Who watches one job."""
    return f"job:{job_id}"


def state_topic(job_id: str) -> str:
    """Who waits for one job to go to another state, and does not care for the page."""
    return f"state:{job_id}"


def user_topic(user_id: int) -> str:
    """Who watches all the jobs of a user."""
    return f"user:{user_id}"


def endings_topic(user_id: int) -> str:
    """Who wants to hear when any job of a user ends: the pages that watch one job."""
    return f"endings:{user_id}"


def status_stream(renderer: Renderer, status: JobStatus) -> str:
    """Replaces a job's state on its page."""
    return renderer.replace_stream(f"job_status_{status.job_id}", "jobs/_status.html", status=shown(status))


def row_stream(renderer: Renderer, status: JobStatus) -> str:
    """Replaces a job's row in a list of jobs."""
    return renderer.replace_stream(f"job_row_{status.job_id}", "jobs/_row.html", status=shown(status))


def running_jobs_stream(renderer: Renderer, running_jobs: int) -> str:
    """Replaces the number of running jobs at the top of each page."""
    return renderer.replace_stream("running_jobs", "shared/_running_jobs.html", running_jobs=running_jobs)
