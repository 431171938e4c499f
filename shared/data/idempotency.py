"""Records of repeatable calls in LIMITS_TABLE (contract common.md, Safe repeats)."""

import os
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError
from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, UpdateError

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf, connection

KEEP_SECONDS = 24 * 3600
SORT = "CALL"
REFUSED = "ConditionalCheckFailedException"
State = Literal["running", "broken", "done"]


class _CallItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("LIMITS_TABLE")

    operation_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    state = UnicodeAttribute()
    locked_until_ms = NumberAttribute()
    expires_ms = NumberAttribute()
    status = NumberAttribute(null=True)
    headers = JSONAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it went out."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One caller's use of one key. `answer` is None unless `done`, or where none is kept."""

    key: str
    operation_id: str
    fingerprint: str
    state: State
    locked_until_ms: int
    answer: StoredAnswer | None = None


def store_call(record: CallRecord) -> CallRecord | None:
    """Write the record where its key is free (never used, or 24 h ago); one PutItem.

    Returns:
        None when it was written, else the record that stands there.
    """
    now_ms = _now_ms()
    expires_ms = now_ms + KEEP_SECONDS * 1000
    item = _CallItem(
        record.key,
        SORT,
        ttl=expires_ms // 1000,
        operation_id=record.operation_id,
        fingerprint=record.fingerprint,
        state=record.state,
        locked_until_ms=record.locked_until_ms,
        expires_ms=expires_ms,
    )
    client: Any = connection().client
    try:
        client.put_item(
            TableName=os.environ["LIMITS_TABLE"],
            Item=item.serialize(),
            # TTL deletes late, so the time itself is looked at too.
            ConditionExpression="attribute_not_exists(pk) OR expires_ms <= :now",
            ExpressionAttributeValues={":now": {"N": str(now_ms)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != REFUSED:
            raise
        refusal: Any = error.response
        return _to_record(_CallItem.from_raw_data(refusal["Item"]))
    return None


def lock_call(record: CallRecord, locked_until_ms: int) -> bool:
    """Take over a record whose run ended without an answer; False where somebody was faster."""
    actions = [
        _CallItem.state.set("running"),
        _CallItem.locked_until_ms.set(locked_until_ms),
    ]
    return _updated(record.key, actions, _held(record))


def complete_call(record: CallRecord, answer: StoredAnswer | None) -> None:
    """Keep the first answer; nothing where the run lost its lock in the meantime."""
    actions = [_CallItem.state.set("done")]
    if answer:
        actions += [
            _CallItem.status.set(answer.status),
            _CallItem.headers.set(answer.headers),
            _CallItem.body.set(answer.body),
        ]
    _updated(record.key, actions, _held(record))


def break_call(record: CallRecord) -> None:
    """Mark a run that ended without an answer: the next one takes it over at once."""
    actions = [_CallItem.state.set("broken"), _CallItem.locked_until_ms.set(0)]
    _updated(record.key, actions, _held(record))


def delete_call(record: CallRecord) -> None:
    """Free the key; nothing where the run lost its lock in the meantime."""
    try:
        _CallItem(record.key, SORT).delete(condition=_held(record))
    except DeleteError as error:
        if error.cause_response_code != REFUSED:
            raise


def _held(record: CallRecord) -> Any:
    # A lock's end differs from run to run, so it tells the holder.
    return (_CallItem.operation_id == record.operation_id) & (
        _CallItem.locked_until_ms == record.locked_until_ms
    )


def _updated(key: str, actions: list[Any], condition: Any) -> bool:
    try:
        _CallItem(key, SORT).update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code == REFUSED:
            return False
        raise
    return True


def _now_ms() -> int:
    return int(clock.timestamp() * 1000)


def _to_record(item: _CallItem) -> CallRecord:
    answer = None
    if item.body is not None:
        answer = StoredAnswer(int(item.status or 200), item.headers or {}, item.body)
    state: Any = item.state
    return CallRecord(
        item.pk,
        item.operation_id,
        item.fingerprint,
        state,
        int(item.locked_until_ms),
        answer,
    )
