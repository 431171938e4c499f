"""moto for thousands of tests: begun once in a process, put back to a snapshot for each of them.

Within `mock_aws` every resource is made anew, which was most of the time of most tests.
"""

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock, RLock
from typing import Any

import moto.dynamodb.models as dynamodb
import moto.dynamodb.parsing.validators as expressions
import pytest
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber, responses_mock
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

Place = tuple[str, str, str]


class Snapshot:
    """What moto holds now, to be brought back as often as wanted."""

    def __init__(self) -> None:
        self._states = {place: _packed(found.__dict__) for place, found in _backends()}
        self._buckets = dict(s3_backends.bucket_accounts)

    def restore(self) -> None:
        """Every backend as it was then; one that was not used then is empty."""
        for place, backend in _backends():
            backend.reset()  # closes the files of S3's objects
            if place in self._states:
                backend.__dict__ = pickle.loads(self._states[place])
        s3_backends.bucket_accounts = dict(self._buckets)
        reset_model_data()


@contextmanager
def answering(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within the block moto answers for AWS, DynamoDB's requests one by one."""
    with patch.context() as inner:
        inner.setattr(BaseBackend, "urls", property(_urls))
        _isolate_requests(inner)
        _register()
        botocore_stubber.enabled = True
        responses_mock.start()
        try:
            yield
        finally:
            botocore_stubber.enabled = False
            responses_mock.stop()


@cache
def _register() -> None:
    """The addresses of AWS at which `requests` (presigned links) is answered."""
    mock = MockAWS()
    mock._enable_patching()
    mock._disable_patching(remove_data=False)


def _backends() -> list[tuple[Place, BaseBackend]]:
    return [
        ((service.service_name, account, region), backend)
        for service in BackendDict._instances
        for account, region, backend in service.iter_backends()
    ]


class _Pickler(pickle.Pickler):
    """Locks are packed as new ones: a snapshot is taken while nobody holds any."""

    def reducer_override(self, value: object) -> Any:
        return (RLock, ()) if isinstance(value, _RLOCK) else NotImplemented


_RLOCK = type(RLock())


def _packed(value: object) -> bytes:
    packed = io.BytesIO()
    _Pickler(packed, pickle.HIGHEST_PROTOCOL).dump(value)
    return packed.getvalue()


_real_urls: Any = BaseBackend.urls.fget  # type: ignore[attr-defined]


_known_urls: dict[type[BaseBackend], Any] = {}


def _urls(backend: BaseBackend) -> Any:
    """The addresses of a service, which moto works out anew with every request."""
    kind = type(backend)
    if kind not in _known_urls:
        _known_urls[kind] = _real_urls(backend)
    return _known_urls[kind]


def _isolate_requests(patch: pytest.MonkeyPatch) -> None:
    """Serve DynamoDB's requests one by one, and those for objects of S3.

    moto undoes a refused transaction by putting back a copy of the tables, and with it loses
    what other threads wrote meanwhile; an object that is written twice at once is closed by the
    one and then read by the other. AWS does neither.
    """
    copies = _Copies()
    call_action, key_response = DynamoHandler.call_action, S3Response.key_response
    with_tables, with_objects = Lock(), Lock()

    def one_action(self: DynamoHandler) -> Any:
        with with_tables:
            copies.forget()
            return call_action(self)

    def one_object(self: S3Response, *request: Any) -> Any:
        with with_objects:
            return key_response(self, *request)

    patch.setattr(DynamoHandler, "call_action", one_action)
    patch.setattr(S3Response, "key_response", one_object)
    patch.setattr(dynamodb, "copy", copies)
    patch.setattr(expressions, "deepcopy", _copy)


class _Copies:
    """Stands for the module `copy`: moto copies a table for each part of a transaction."""

    def __init__(self) -> None:
        self._tables: dict[int, Table] = {}

    def forget(self) -> None:
        self._tables.clear()

    def deepcopy(self, value: Any) -> Any:
        if not isinstance(value, Table):
            return _copy(value)
        if id(value) not in self._tables:
            self._tables[id(value)] = _copy(value)
        return self._tables[id(value)]


def _copy(value: Any) -> Any:
    """A copy by pickle: that of `copy.deepcopy` for such plain objects, in a tenth of its time."""
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
