"""What a SAQ queue of ours is on every engine: jobs as rows, who holds them, who listens.

Imports nothing of the app.
"""
