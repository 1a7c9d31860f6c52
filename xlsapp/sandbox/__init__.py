"""Runs a function in a child process, within memory and time limits. What happens in there stays in there."""

from xlsapp.sandbox.failures import ChildLost, Crashed, OutOfMemory, SandboxError, TimedOut
from xlsapp.sandbox.sandbox import Limits, Sandbox

__all__ = ["ChildLost", "Crashed", "Limits", "OutOfMemory", "Sandbox", "SandboxError", "TimedOut"]
