"""Runs a function in a child process, within memory and time limits. What happens in there stays in there.

Empty on purpose: the zygote imports `sandbox.child`, and with it this file, but nothing of asyncio.
"""
