"""HTTP API events for Mangum (`custom_handlers`)."""

from functools import cached_property

from mangum.handlers import HTTPGateway
from mangum.types import Scope


class HttpApiEvent(HTTPGateway):
    """Mangum's own, whose scope is made once; Mangum asks for it again to answer."""

    @cached_property
    def scope(self) -> Scope:
        return super().scope
