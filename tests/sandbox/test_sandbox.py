"""A child process does its work within limits, and however it ends, the server knows why and lives on.

The functions at the end run in children: the sandbox finds them by their names.
"""

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from python_calamine import CalamineWorkbook

from xlsapp.sandbox.failures import ChildLost, Crashed, OutOfMemory, SandboxError, TimedOut
from xlsapp.sandbox.sandbox import Limits, Sandbox

ROOT = Path(__file__).parent.parent.parent
WAIT_SECONDS = 30


async def test_what_a_function_returns_and_reports_comes_back(sandbox):
    seen = []

    async def on_progress(progress):
        seen.append(progress)

    assert await sandbox.run(add_up, [1, 2, 3], on_progress=on_progress) == 6
    assert seen[-1] == {"done": 3}
    assert seen == sorted(seen, key=lambda progress: progress["done"])


async def test_a_slow_watcher_gets_the_last_report_and_never_holds_up_the_child(sandbox, tmp_path):
    seen = []
    finished = tmp_path / "finished"

    async def on_progress(progress):
        seen.append(progress)
        await until(finished.exists)

    assert await sandbox.run(report_much, finished, on_progress=on_progress) == 20_000
    assert seen[-1] == 20_000
    assert len(seen) < 20_000


async def test_a_watcher_that_fails_ends_the_child(sandbox):
    async def on_progress(_):
        raise LookupError("nobody is there any more")

    with pytest.raises(LookupError, match="nobody"):
        await sandbox.run(report_then_loop, on_progress=on_progress)


async def test_an_exception_is_raised_as_it_was_and_logged_with_the_childs_traceback(sandbox, caplog):
    with pytest.raises(ValueError, match="row 7"):
        await sandbox.run(refuse, "row 7")

    assert 'raise ValueError(f"cannot read {what}")' in caplog.text


async def test_an_exception_that_cannot_be_made_again_is_a_crash(sandbox):
    with pytest.raises(Crashed, match="Peculiar"):
        await sandbox.run(raise_what_cannot_travel)


async def test_a_result_that_is_too_large_is_refused(sandbox):
    with pytest.raises(ValueError, match="too large"):
        await sandbox.run(hand_back, 20_000_000)


async def test_python_without_memory_is_out_of_memory(sandbox):
    with pytest.raises(OutOfMemory):
        await sandbox.run(hoard, limits=Limits(memory_mb=100))


async def test_a_parser_that_aborts_for_memory_is_out_of_memory(sandbox, workbook):
    xlsx = workbook(["first"])
    far_apart(xlsx)

    with pytest.raises(OutOfMemory):
        await sandbox.run(read_with_calamine, xlsx, limits=Limits(memory_mb=300))


async def test_an_endless_loop_times_out_and_its_process_is_gone(sandbox, tmp_path):
    with pytest.raises(TimedOut):
        await sandbox.run(loop, tmp_path / "pid", limits=Limits(seconds=3))

    assert not alive(int((tmp_path / "pid").read_text()))


async def test_used_up_processor_time_times_out(sandbox):
    with pytest.raises(TimedOut):
        await sandbox.run(send_itself, signal.SIGXCPU)


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV, signal.SIGILL, signal.SIGBUS])
async def test_a_parser_that_dies_has_crashed(sandbox, caplog, number):
    with pytest.raises(Crashed, match=number.name):
        await sandbox.run(send_itself, number)

    assert "last words" in caplog.text


async def test_what_is_no_ordinary_exception_is_a_crash(sandbox):
    with pytest.raises(Crashed, match="Panic: index out of bounds"):
        await sandbox.run(panic)


async def test_a_file_that_grows_too_large_is_a_crash(sandbox, tmp_path):
    with pytest.raises(Crashed, match="SIGXFSZ"):
        await sandbox.run(write, tmp_path / "large", 3_000_000, limits=Limits(file_mb=2))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_child_killed_from_outside_is_lost_not_crashed(sandbox, tmp_path, number):
    running = asyncio.create_task(sandbox.run(loop, tmp_path / "pid"))
    os.kill(await pid_in(tmp_path / "pid"), number)

    with pytest.raises(ChildLost, match=number.name):
        await running


async def test_cancelling_kills_the_child_and_what_it_has_started(sandbox, tmp_path):
    running = asyncio.create_task(sandbox.run(start_another, tmp_path))
    child, grandchild = await pid_in(tmp_path / "child"), await pid_in(tmp_path / "grandchild")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not alive(child)
    await until(lambda: not alive(grandchild))


async def test_a_child_is_alone_low_in_priority_and_without_open_files(sandbox):
    state = await sandbox.run(describe_itself)

    assert state["group"] == state["pid"]
    assert state["session"] == os.getsid(0)  # where its niceness counts beside the server's
    assert os.getpriority(os.PRIO_PROCESS, 0) < state["niceness"]
    assert state["oom_score"] == "900"
    assert state["core"] == (0, 0)
    assert state["open_files"] == [0, 1, 2, 3]
    assert state["backtrace"] == "0"
    assert state["stdin"] == ""


async def test_a_child_that_works_for_long_lets_others_go_first_with_all_its_threads(sandbox):
    quick, patient = await sandbox.run(work_until_it_is_patient)

    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert quick == [min(mine + 3, 19)] * 2
    assert patient == [min(mine + 10, 19)] * 2


async def test_several_children_run_at_once(sandbox, tmp_path):
    paths = [tmp_path / name for name in "abc"]

    # Each waits for the others: one after another they would never end.
    await asyncio.gather(*(sandbox.run(meet, path, paths) for path in paths))


async def test_the_event_loop_goes_on_while_a_child_is_busy(sandbox, tmp_path):
    running = asyncio.create_task(sandbox.run(hold_the_gil, tmp_path / "go"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not running.done()
    (tmp_path / "go").touch()

    assert await running == "went"


def test_it_works_under_uvloop(tmp_path):
    async def everything():
        sandbox = Sandbox()
        await sandbox.start()
        assert await sandbox.run(add_up, [1, 2, 3]) == 6
        with pytest.raises(TimedOut):
            await sandbox.run(loop, tmp_path / "pid", limits=Limits(seconds=0.2))
        with pytest.raises(Crashed):
            await sandbox.run(send_itself, signal.SIGABRT)
        await sandbox.close()

    with asyncio.Runner(debug=True, loop_factory=uvloop.new_event_loop) as runner:
        runner.run(everything())


async def test_a_lost_zygote_is_replaced_and_takes_its_children_along(sandbox, tmp_path):
    zygote = (await sandbox.run(describe_itself))["parent"]
    running = asyncio.create_task(sandbox.run(loop, tmp_path / "pid"))
    child = await pid_in(tmp_path / "pid")

    os.kill(zygote, signal.SIGKILL)

    with pytest.raises(ChildLost):
        await running
    await until(lambda: not alive(child))
    assert await sandbox.run(add_up, [1, 2, 3]) == 6


async def test_signals_for_the_whole_group_leave_the_zygote_alone(sandbox):
    zygote = (await sandbox.run(describe_itself))["parent"]

    assert os.getpgid(zygote) == zygote
    os.kill(zygote, signal.SIGINT)
    os.kill(zygote, signal.SIGTERM)

    assert (await sandbox.run(describe_itself))["parent"] == zygote


async def test_closing_ends_children_and_zygote_and_may_be_repeated(tmp_path):
    sandbox = Sandbox()
    await sandbox.start()
    zygote = (await sandbox.run(describe_itself))["parent"]
    running = asyncio.create_task(sandbox.run(loop, tmp_path / "pid"))
    child = await pid_in(tmp_path / "pid")

    await sandbox.close()
    await sandbox.close()

    with pytest.raises(ChildLost):
        await running
    assert not alive(child)
    assert not alive(zygote)
    with pytest.raises(ChildLost):
        await sandbox.run(add_up, [1])


async def test_preloaded_modules_are_there_before_the_first_import():
    sandbox = Sandbox(preload=["wave"])
    assert await sandbox.run(is_imported, "wave")
    await sandbox.close()


async def test_a_module_that_cannot_be_preloaded_stops_the_start():
    with pytest.raises(SandboxError, match=r"No module named 'xlsapp\.nowhere'"):
        await Sandbox(preload=["xlsapp.nowhere"]).start()


SERVER = """
import asyncio, sys
from pathlib import Path
from tests.sandbox.test_sandbox import start_another
from xlsapp.sandbox.sandbox import Sandbox

asyncio.run(Sandbox().run(start_another, Path(sys.argv[1])))
"""


async def test_a_killed_server_leaves_no_process_behind(tmp_path):
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, str(tmp_path), cwd=ROOT)
    pids = [await pid_in(tmp_path / name) for name in ("zygote", "child", "grandchild")]

    server.kill()
    await server.wait()

    await until(lambda: not any(alive(pid) for pid in pids))


# What the tests wait for and look at.


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def pid_in(path: Path) -> int:
    await until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def alive(pid: int) -> bool:
    """Whether a process runs. One that is only waited for by nobody does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def far_apart(xlsx: Path) -> None:
    """Give a workbook one cell more, in the last place there is."""
    import zipfile

    with zipfile.ZipFile(xlsx) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in parts if name.startswith("xl/worksheets/sheet"))
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", last)
    with zipfile.ZipFile(xlsx, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


# What runs in the children.


def add_up(numbers, report):
    for done, _ in enumerate(numbers, 1):
        report({"done": done})
    return sum(numbers)


def report_much(finished, report):
    for number in range(1, 20_001):
        report(number)
    finished.touch()
    return 20_000


def report_then_loop(report):
    report("here")
    while True:
        pass


def refuse(what, report):
    raise ValueError(f"cannot read {what}")


class Peculiar(Exception):
    def __init__(self, one, two):
        super().__init__("only this travels")


def raise_what_cannot_travel(report):
    raise Peculiar(1, 2)


def hand_back(size, report):
    return b"x" * size


def hoard(report):
    hoarded = []
    while True:
        hoarded.append(bytearray(10_000_000))


def read_with_calamine(path, report):
    return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())


def loop(path, report):
    note(path, os.getpid())
    while True:
        pass


def send_itself(number, report):
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), number)
    signal.pause()


class Panic(BaseException):
    """As PyO3 makes of a panic in Rust: no Exception."""


def panic(report):
    raise Panic("index out of bounds")


def write(path, size, report):
    path.write_bytes(b"x" * size)


def start_another(folder, report):
    another = subprocess.Popen(["sleep", "600"])
    note(folder / "grandchild", another.pid)
    note(folder / "zygote", os.getppid())
    note(folder / "child", os.getpid())
    another.wait()


def work_until_it_is_patient(report):
    """The niceness of its main thread and of another one, at first and at last."""

    def niceness():
        return [os.getpriority(os.PRIO_PROCESS, thread) for thread in (os.getpid(), other.native_id)]

    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    first = niceness()
    give_up = time.monotonic() + 30
    while niceness() == first and time.monotonic() < give_up:
        sum(range(1000))
    last = niceness()
    done.set()
    return first, last


def describe_itself(report):
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "session": os.getsid(0),
        "group": os.getpgid(0),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
        "oom_score": Path("/proc/self/oom_score_adj").read_text().strip(),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "open_files": [fd for fd in range(256) if is_open(fd)],
        "backtrace": os.environ["RUST_BACKTRACE"],
        "stdin": sys.stdin.read(),
    }


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def meet(mine, everybody, report):
    mine.touch()
    while not all(path.exists() for path in everybody):
        time.sleep(0.01)


def hold_the_gil(go, report):
    libc = ctypes.PyDLL(None)  # unlike CDLL, it keeps the lock of the interpreter
    while not go.exists():
        libc.usleep(50_000)
    return "went"


def is_imported(name, report):
    return name in sys.modules


def note(path, number):
    path.write_text(f"{number}\n")
