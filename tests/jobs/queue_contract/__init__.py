"""What every queue of ours must do, point by point: SAQ's contract, and what SAQ's own queues fail at.

The tests know a queue only through SAQ's `Queue`. Another joins by adding itself to MAKERS in conftest.py.
"""
