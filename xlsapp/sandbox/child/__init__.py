"""The process that the sandbox's children are forked from.

It is a fresh interpreter that has no thread and has imported what the children need: a fork of it is a
running function within milliseconds, and inherits no lock, no address space and no open file of the server.
Nothing here imports asyncio: what the zygote has in memory, every child has.

zygote.py forks children and tells how they ended; work.py is what a child does; wire.py is what they say.
"""
