"""Another process that makes work, a job for each line it is told: `bench.queue_enqueuer ADDRESS NAME`."""

import asyncio
import sys
import time

from bench.queue_peers import queue_of


async def main(address: str, name: str) -> None:
    queue = queue_of(address, name)
    await queue.connect()
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await queue.enqueue("noop", sent=time.monotonic())  # one clock for all processes of a machine
    await queue.disconnect()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
