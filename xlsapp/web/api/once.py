"""Changes that may be sent again without harm: the same Idempotency-Key is answered as it was the first time.

The key is claimed before anything is done, and its answer kept as long as a job's status. A change whose
answer was not kept, because the server stopped, is not made again: nobody knows whether it was stored.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from xlsapp import clock
from xlsapp.context import App
from xlsapp.db.expiring_store import Entry
from xlsapp.errors import XlsappError
from xlsapp.jobs.account_removal import idempotency_prefix
from xlsapp.problems import Message
from xlsapp.web.api.failures import ApiFailure, invalid_parameters
from xlsapp.web.api.idempotency import ACCEPTING_SECONDS, HEADER, MAX_KEY_LENGTH, check_key
from xlsapp.web.api.schemas import Schema
from xlsapp.web.http.access import require_user

IDEMPOTENCY_KEY: Schema = {
    HEADER: {
        "type": "string",
        "pattern": f"^[!-~]{{1,{MAX_KEY_LENGTH}}}$",
        "description": "Made up by you, another for each change. Sent again with the same body, it is "
        "answered as it was the first time, and nothing is done again.",
    }
}


async def once(
    request: Request[Any], template_id: int, body: bytes, work: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """The answer of `work`, or that of the first time. Raises ApiFailure where the key will not do."""
    app: App = request.state["app"]
    sent = request.headers.get(HEADER)
    if sent is None:
        return await work()
    check_key(sent)
    store, ttl_seconds = app.statuses.store, app.statuses.ttl_seconds
    hashed = hashlib.sha256(sent.encode()).hexdigest()[:32]
    key = f"{idempotency_prefix(require_user(request).id)}{template_id}:bulk:{hashed}"
    claim: Entry = {
        "claim": secrets.token_hex(8),
        "body": hashlib.sha256(body).hexdigest(),
        "at": clock.now(),
    }
    await store.put({key: claim}, ttl_seconds=ttl_seconds)
    # Final from now on, by whomever: of several who claim it at once, all read the same winner.
    found = await store.merge(key, {}, ttl_seconds=ttl_seconds, final=True)
    found = found or await store.get(key) or claim
    if found["claim"] != claim["claim"]:
        return _first_answer(found, claim, await store.get(f"{key}:answer"))
    try:
        answer = await work()
    except XlsappError:
        await store.delete(key)  # nothing was stored: it may be sent anew
        raise
    await store.put({f"{key}:answer": {"answer": answer}}, ttl_seconds=ttl_seconds)
    return answer


def _first_answer(found: Entry, claim: Entry, kept: Entry | None) -> dict[str, Any]:
    if found["body"] != claim["body"]:
        raise invalid_parameters([(HEADER, Message("body.key_was_used"))])
    if kept:
        answer: dict[str, Any] = kept["answer"]
        return answer
    if claim["at"] - found["at"] > ACCEPTING_SECONDS:
        raise ApiFailure(409, Message("body.key_unanswered"))
    raise ApiFailure(409, Message("body.key_in_use"), headers={"Retry-After": "1"})
