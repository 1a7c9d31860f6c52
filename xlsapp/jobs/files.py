"""The files of jobs: uploads, staging, exports, what is kept, each named by its job and gone with it."""

import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

FOLDERS = ("uploads", "staging", "exports", "reports", "samples", "asked")


class EndedSizes:
    """The sizes of the files of ended jobs, by job, until one of them is removed: nothing writes to them.

    Each look at a file lets go of Python's lock, and an account may have thousands of jobs.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[int, int]] = {}
        self._forgotten = 0

    def get(self, job_id: str, look: Callable[[str], dict[int, int]]) -> dict[int, int]:
        """What is known, or else what `look` finds now."""
        known = self._known.get(job_id)
        if known is None:
            forgotten = self._forgotten
            known = look(job_id)
            if forgotten == self._forgotten:  # else it may have been one of these
                self._known[job_id] = known
        return known

    def forget(self, *job_ids: str) -> None:
        """Look anew next time: call it once files have been removed, or were kept."""
        self._forgotten += 1
        for job_id in job_ids:
            self._known.pop(job_id, None)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Where a job's files are. A job's id cannot be guessed, and so neither can a file's name."""

    root: Path
    receiving: dict[str, int] = field(default_factory=dict)
    """Whose the jobs are whose upload is still coming in: they have a file, but no status yet."""
    _sizes: EndedSizes = field(default_factory=EndedSizes)

    def prepare(self) -> None:
        """Make the folders; nobody but the owner of the process may look into them."""
        for folder in FOLDERS:
            (self.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def upload(self, job_id: str) -> Path:
        """The workbook that came in."""
        return self.root / "uploads" / job_id

    def staging(self, job_id: str) -> Path:
        """The checked rows of an import, on their way into the records."""
        return self.root / "staging" / f"{job_id}.sqlite3"

    def problem_list(self, job_id: str) -> Path:
        """All the problems of an import. Its folder keeps the name that it had before."""
        return self.root / "reports" / f"{job_id}.sqlite3"

    def export(self, job_id: str) -> Path:
        """The workbook to download."""
        return self.root / "exports" / job_id

    def sample(self, job_id: str) -> Path:
        """The workbook that a template was proposed for, to be imported once there is one."""
        return self.root / "samples" / job_id

    def keep_sample(self, job_id: str) -> None:
        """Keep an upload when its job is done. Does nothing where that has been done before."""
        if self.upload(job_id).exists():
            self.upload(job_id).replace(self.sample(job_id))
        self._sizes.forget(job_id)

    def start_from_sample(self, job_id: str, next_id: str) -> None:
        """Make a kept sample the upload of the next job, too. Raises FileNotFoundError when it is gone."""
        _second_name(self.sample(job_id), self.upload(next_id))

    def asked(self, job_id: str) -> Path:
        """The workbook of an import that has asked something: an answer starts the next job from it."""
        return self.root / "asked" / job_id

    def keep_asked(self, job_id: str) -> None:
        """Keep an upload when its job has asked something. Does nothing where that has been done before."""
        if not self.asked(job_id).exists():
            _second_name(self.upload(job_id), self.asked(job_id))
        self._sizes.forget(job_id)

    def start_from_asked(self, job_id: str, next_id: str) -> None:
        """Make a kept workbook the next job's upload. Raises FileNotFoundError when it is gone."""
        self.upload(next_id).unlink(missing_ok=True)
        _second_name(self.asked(job_id), self.upload(next_id))

    def forget_asked(self, job_ids: Collection[str]) -> None:
        """Keep these jobs' workbooks no longer."""
        _remove(map(self.asked, job_ids))
        self._sizes.forget(*job_ids)

    @contextmanager
    def while_receiving(self, job_id: str, user_id: int) -> Iterator[Path]:
        """The path for an upload that comes in now. Removed again if the block raises."""
        path = self.upload(job_id)
        self.receiving[job_id] = user_id
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            self.receiving.pop(job_id, None)  # two answers to one question make the same job

    def remove_work(self, job_id: str) -> None:
        """Remove what a job needs only while it runs."""
        _remove([self.upload(job_id), *_with_sqlite_companions(self.staging(job_id))])
        self._sizes.forget(job_id)

    def remove_all(self, job_id: str) -> None:
        """Remove everything of a job."""
        self.remove_work(job_id)
        _remove([*self._kept(job_id), *_with_sqlite_companions(self.problem_list(job_id))])
        self._sizes.forget(job_id)

    def bytes_of(self, job_ids: Iterable[str], *, ended: Collection[str] = ()) -> int:
        """What the files of jobs take on the disk; a file with two names counts once.

        Those of jobs that have `ended` are looked at once.
        """
        sizes: dict[int, int] = {}
        for job_id in job_ids:
            sizes |= self._sizes.get(job_id, self._look) if job_id in ended else self._look(job_id)
        return sum(sizes.values())

    def _look(self, job_id: str) -> dict[int, int]:
        """The sizes of a job's files, by their numbers on the disk."""
        sizes = {}
        working = (self.upload(job_id), self.staging(job_id), self.problem_list(job_id))
        for path in (*working, *self._kept(job_id)):
            with suppress(FileNotFoundError):
                found = path.stat()
                sizes[found.st_ino] = found.st_size
        return sizes

    def job_ids(self) -> set[str]:
        """The jobs that have a file here, other than those whose upload is still coming in."""
        names = (path.name.split(".")[0] for folder in FOLDERS for path in (self.root / folder).iterdir())
        return set(names) - self.receiving.keys()

    def _kept(self, job_id: str) -> tuple[Path, ...]:
        return self.export(job_id), self.sample(job_id), self.asked(job_id)


def _second_name(path: Path, name: Path) -> None:
    """The same file under one more name; a copy where the disk has no such thing."""
    try:
        os.link(path, name)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(path, name)


def _with_sqlite_companions(path: Path) -> Iterator[Path]:
    for suffix in ("", "-wal", "-shm", "-journal"):
        yield path.with_name(path.name + suffix)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            log.exception("%s could not be removed", path)
