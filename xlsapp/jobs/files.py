"""The files of jobs: uploads, staging, exports, what is kept, each named by its job and gone with it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from xlsapp.files.files import Files, Found, Incoming
from xlsapp.files.folder import FolderFiles, anything_fits, remove_paths

KEPT_IN = ("uploads", "exports", "reports", "samples", "asked")
STAGING = "staging"

SQLITE_COMPANIONS = ("", "-wal", "-shm", "-journal")


def prepare_folders(root: Path) -> None:
    """Make the folders of JobFiles.in_folder; nobody but the owner of the process may look into them."""
    for folder in (*KEPT_IN, STAGING):
        (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What files a job has. A job's id cannot be guessed, and so neither can a file's key."""

    files: Files
    staging_folder: Path
    """On this machine: rows on their way into the records, while a job runs here."""
    by_attempt: bool = False
    """Whether two machines may take each other's job for lost: then what a job makes has a key for each of
    its attempts, and its last status says which of them counts."""
    receiving: dict[str, int] = field(default_factory=dict)
    """Whose the jobs are whose upload is still coming in: they have a file, but no status yet."""

    @classmethod
    def in_folder(cls, root: Path, require_room: Callable[[int], None] = anything_fits) -> Self:
        """All of them in the data folder. Its `reports` keep the name that they had before."""
        return cls(FolderFiles(root, KEPT_IN, require_room), root / STAGING)

    def staging(self, job_id: str) -> Path:
        """The checked rows of an import, on their way into the records."""
        return self.staging_folder / f"{job_id}.sqlite3"

    def receive(self, job_id: str) -> AbstractAsyncContextManager[Incoming]:
        """The workbook as it comes in."""
        return self.files.writing(_upload(job_id))

    @asynccontextmanager
    async def while_receiving(self, job_id: str, user_id: int) -> AsyncIterator[None]:
        """An upload comes in during the block, or is made of another file. Removed if the block raises."""
        self.receiving[job_id] = user_id
        try:
            yield
        except BaseException:
            await asyncio.shield(self.files.remove(_upload(job_id)))
            raise
        finally:
            self.receiving.pop(job_id, None)  # two answers to one question make the same job

    async def upload_bytes(self, job_id: str) -> int:
        """The size of the workbook that came in; 0 when it is gone."""
        found = await self.files.find(_upload(job_id))
        return found[_upload(job_id)].size_bytes if found else 0

    def upload(self, job_id: str) -> AbstractAsyncContextManager[Path]:
        """The workbook that came in, to be read."""
        return self.files.fetched(_upload(job_id))

    @asynccontextmanager
    async def upload_or_sample(self, job_id: str) -> AsyncIterator[Path]:
        """The workbook that a template is proposed for: a run that was ended late has kept it already."""
        is_kept = await self.files.find(_sample(job_id))
        async with self.files.fetched(_sample(job_id) if is_kept else _upload(job_id)) as path:
            yield path

    async def keep_sample(self, job_id: str) -> None:
        """Keep an upload, to be imported once there is a template. Does nothing where that has been done."""
        if await self.files.find(_upload(job_id)):
            await self.files.move(_upload(job_id), _sample(job_id))

    async def start_from_sample(self, job_id: str, next_id: str, *, last: bool = False) -> None:
        """Make a kept sample the upload of the next job; of the `last` one that needs it.

        Raises FileNotFoundError when it is gone.
        """
        give = self.files.move if last else self.files.copy
        await give(_sample(job_id), _upload(next_id))

    async def keep_asked(self, job_id: str) -> None:
        """Keep an upload when its job has asked something. Does nothing where that has been done before."""
        if not await self.files.find(_asked(job_id)):
            await self.files.copy(_upload(job_id), _asked(job_id))

    async def start_from_asked(self, job_id: str, next_id: str) -> None:
        """Make a kept workbook the next job's upload. Raises FileNotFoundError when it is gone."""
        await self.files.copy(_asked(job_id), _upload(next_id))

    async def forget_asked(self, job_ids: Iterable[str]) -> None:
        """Keep these jobs' workbooks no longer."""
        await self.files.remove(*map(_asked, job_ids))

    def export(self, job_id: str, attempt: int) -> str:
        """The key of the workbook to download, as an attempt has made it."""
        return f"exports/{job_id}/{attempt}" if self.by_attempt else f"exports/{job_id}"

    def make_export(self, job_id: str, attempt: int) -> AbstractAsyncContextManager[Path]:
        """The path to write the workbook to."""
        return self.files.made(self.export(job_id, attempt))

    def make_problem_list(self, job_id: str, attempt: int) -> AbstractAsyncContextManager[Path]:
        """The path to write all the problems of an import to."""
        return self.files.made(self._problem_list(job_id, attempt))

    @asynccontextmanager
    async def problem_list(self, job_id: str, attempt: int) -> AsyncIterator[Path]:
        """All the problems of an import, as an attempt has found them. No file, nothing at the path.

        Where that attempt did no more than see that an earlier one had stored all, they are the last one's.
        """
        key = self._problem_list(job_id, attempt)
        if self.by_attempt:
            found = await self.files.find(f"reports/{job_id}")
            if key not in found:
                key = max(found, key=lambda each: found[each].modified, default=key)
        async with self.files.fetched(key, again=True) as path:
            yield path

    async def remove_staging(self, job_id: str) -> None:
        """Remove the rows that were on their way into the records."""
        await asyncio.to_thread(self._remove_staging, job_id)

    async def remove_work(self, job_id: str) -> None:
        """Remove what a job needs only while it runs."""
        await self.remove_staging(job_id)
        await self.files.remove(_upload(job_id))

    async def remove_all(self, *job_ids: str) -> None:
        """Remove everything of some jobs."""
        for job_id in job_ids:
            await self.remove_staging(job_id)
        await self.files.remove(*(key for job_id in job_ids for key in _all_of(job_id)))

    async def bytes_of(self, job_ids: Iterable[str]) -> int:
        """What the files of jobs take; a file with two names counts once."""
        return (await self.bytes_by_owner({0: job_ids}))[0]

    async def bytes_by_owner(self, job_ids: Mapping[int, Iterable[str]]) -> dict[int, int]:
        """The same by whose the jobs are."""
        owners = {job_id: owner for owner, ids in job_ids.items() for job_id in ids}
        found = await self.files.find(*(key for job_id in owners for key in _all_of(job_id)))
        contents: dict[int, dict[object, int]] = {owner: {} for owner in job_ids}
        for key, file in [*found.items(), *await asyncio.to_thread(self._staged, owners)]:
            contents[owners[_job_id(key)]][file.content] = file.size_bytes
        return {owner: sum(sizes.values()) for owner, sizes in contents.items()}

    async def job_ids(self) -> set[str]:
        """The jobs that have a file here, other than those whose upload is still coming in."""
        staged = await asyncio.to_thread(lambda: [path.name for path in self.staging_folder.iterdir()])
        named = {_job_id(key) for key in await self.files.settled()}
        return (named | {name.split(".")[0] for name in staged}) - self.receiving.keys()

    def _problem_list(self, job_id: str, attempt: int) -> str:
        return f"reports/{job_id}/{attempt}" if self.by_attempt else f"reports/{job_id}.sqlite3"

    def _staged(self, job_ids: Iterable[str]) -> list[tuple[str, Found]]:
        found = []
        for job_id in job_ids:
            with suppress(FileNotFoundError):
                size = self.staging(job_id).stat().st_size
                found.append((f"staging/{job_id}", Found(("staging", job_id), size, 0)))
        return found

    def _remove_staging(self, job_id: str) -> None:
        remove_paths(Path(f"{self.staging(job_id)}{suffix}") for suffix in SQLITE_COMPANIONS)


def _upload(job_id: str) -> str:
    return f"uploads/{job_id}"


def _sample(job_id: str) -> str:
    return f"samples/{job_id}"


def _asked(job_id: str) -> str:
    return f"asked/{job_id}"


def _all_of(job_id: str) -> Iterator[str]:
    yield from (f"{folder}/{job_id}" for folder in KEPT_IN)
    yield from (f"reports/{job_id}.sqlite3{suffix}" for suffix in SQLITE_COMPANIONS)


def _job_id(key: str) -> str:
    return key.split("/")[1].split(".")[0]
