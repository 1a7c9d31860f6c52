"""What is told when the server's disk is full."""

from xlsapp.problems import Message

DISK = [
    (
        Message("disk.no_room"),
        "The server's disk is full, so there is no room for this, and nothing was changed. Try again when "
        "whoever runs this server has made room.",
    ),
    (
        Message("job.no_room"),
        "The server's disk is full: there was no room for this job, and nothing was changed. Try again when "
        "whoever runs this server has made room.",
    ),
]
