"""Amazon Bedrock Converse over botocore: its blocking calls run in worker threads."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.ai.bedrock_wire import StreamReader, converse_arguments, read_completion
from shared.ai.errors import (
    AIServiceError,
    ContextTooLong,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.port import ChatRequest, Completion, StreamEvent
from shared.core.threads import in_thread

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

# In a stream the same names begin with a small letter (`throttlingException`).
_KINDS: dict[str, type[AIServiceError]] = {
    "throttlingexception": RateLimitExceeded,
    "modelnotreadyexception": RateLimitExceeded,
    "modeltimeoutexception": ProviderTimeout,
    "modelstreamerrorexception": ProviderUnavailable,
    "internalserverexception": ProviderUnavailable,
    "serviceunavailableexception": ProviderUnavailable,
    "resourcenotfoundexception": ModelNotAvailable,
    "accessdeniedexception": ModelNotAvailable,
    "unrecognizedclientexception": KeyExhausted,
    "invalidsignatureexception": KeyExhausted,
    "expiredtokenexception": KeyExhausted,
}
_END: Any = object()


def _default_client(silence_s: float) -> Any:
    from shared.aws.clients import client

    return client("bedrock-runtime", read_timeout_s=silence_s, attempts=1)


class Bedrock:
    """The Converse API of the function's own account; the credentials are the function's role.

    Args:
        name: as configured.
        silence_s: seconds without a byte after which a call has failed.
        client: gives the `bedrock-runtime` client, which must not retry by itself.
    """

    def __init__(
        self,
        name: str,
        *,
        silence_s: float = 30.0,
        client: Callable[[], Any] | None = None,
    ) -> None:
        self.name = name
        self._client = client or partial(_default_client, silence_s)

    async def complete(self, request: ChatRequest, key: str) -> Completion:
        """The whole answer."""
        del key
        with self._errors():
            answer = await in_thread(self._converse, request)
        return read_completion(self.name, request, answer)

    async def stream(self, request: ChatRequest, key: str) -> AsyncGenerator[StreamEvent, None]:
        """The answer piece by piece; see `ChatProvider.stream`."""
        del key
        reader = StreamReader(self.name, request)
        with self._errors():
            answer = await in_thread(self._converse_stream, request)
        body = answer["stream"]
        events = iter(body)
        try:
            with self._errors():
                while (event := await in_thread(next, events, _END)) is not _END:
                    delta = reader.read(event)
                    if delta:
                        yield delta
            for last in reader.finish():
                yield last
        finally:
            body.close()

    def _converse(self, request: ChatRequest) -> Any:
        return self._client().converse(**converse_arguments(request))

    def _converse_stream(self, request: ChatRequest) -> Any:
        return self._client().converse_stream(**converse_arguments(request))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """botocore's failures as ours; while a stream is read, urllib3's come through."""
        from botocore.eventstream import ParserError
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError, TimeoutError

        try:
            yield
        except ClientError as error:  # of the answer, or of an event in the stream
            raise _of_answer(self.name, error) from error
        except BotoCoreError as error:
            raise _of_transport(self.name, error) from error
        except TimeoutError as error:
            raise ProviderTimeout(self.name, str(error)) from error
        except HTTPError as error:
            raise InvalidProviderAnswer(self.name, str(error), reason="cut") from error
        except ParserError as error:
            raise InvalidProviderAnswer(self.name, str(error)) from error


def _of_answer(provider: str, error: "ClientError") -> AIServiceError:
    code = str(error.response.get("Error", {}).get("Code", "")).lower()
    detail = str(error.response.get("Error", {}).get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    kind = _KINDS.get(code) or _by_status(status)
    # The service has no code of its own for a prompt that is too long.
    if code == "validationexception" and "too long" in detail.lower():
        kind = ContextTooLong
    return kind(provider, detail, upstream_status=status)


def _by_status(status: int | None) -> type[AIServiceError]:
    if status == 429:
        return RateLimitExceeded
    return ProviderRejected if status and status < 500 else ProviderUnavailable


def _of_transport(provider: str, error: "BotoCoreError") -> AIServiceError:
    from botocore.exceptions import (
        ConnectTimeoutError,
        NoCredentialsError,
        PartialCredentialsError,
        ReadTimeoutError,
    )

    if isinstance(error, ReadTimeoutError | ConnectTimeoutError):
        return ProviderTimeout(provider, str(error))
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return KeyExhausted(provider, str(error))
    return ProviderUnavailable(provider, str(error), reason="connection_failed")
