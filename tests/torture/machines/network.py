"""A network between a machine and its database that can be cut, or carry nothing for a while."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PIECE_BYTES = 256 * 1024


class Line:
    """Listens on a port of this machine, and passes on what comes to the socket of a database."""

    def __init__(self, target: Path) -> None:
        self.port = 0
        self._target = target
        self._carries = asyncio.Event()
        self._carries.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.get_running_loop()

    async def open(self) -> "Line":
        """Listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        """Break all connections, and listen no longer."""
        self._server.close()
        self._carries.set()
        self._cut()

    def cut(self) -> None:
        """Break all connections. New ones may be made."""
        self._loop.call_soon_threadsafe(self._cut)

    def stall(self) -> None:
        """Carry nothing until `restore`, and say nothing of it: neither side notices."""
        self._loop.call_soon_threadsafe(self._carries.clear)

    def restore(self, *, cut: bool) -> None:
        """Carry on. What waited arrives late, unless the connections are cut."""
        if cut:
            self.cut()
        self._loop.call_soon_threadsafe(self._carries.set)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._carries.wait()
            their_reader, their_writer = await asyncio.open_unix_connection(str(self._target))
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(their_writer)
        await asyncio.gather(self._pass_on(reader, their_writer), self._pass_on(their_reader, writer))
        self._writers -= {writer, their_writer}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(PIECE_BYTES):
                await self._carries.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            writer.transport.abort()
        else:
            writer.close()


@contextmanager
def network(target: Path) -> Iterator[Callable[[], Line]]:
    """Makes lines that lead to a socket, as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    lines: list[Line] = []

    async def new_line() -> Line:
        lines.append(await Line(target).open())
        return lines[-1]

    async def close() -> None:
        for line in lines:
            line.close()
        this = asyncio.current_task()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not this))

    try:
        yield lambda: asyncio.run_coroutine_threadsafe(new_line(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
