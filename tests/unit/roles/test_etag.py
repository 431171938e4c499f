"""If-Match against the present version."""

import pytest

from functions.roles.errors import StaleRole
from functions.roles.etag import etag_of, require_match


@pytest.mark.parametrize("given", [None, "*", '"v3"', "v3", 'W/"v3"', '"v1", "v3"', ' "v3" '])
def test_what_names_the_present_version_passes(given: str | None) -> None:
    require_match(given, 3)


@pytest.mark.parametrize("given", ["", '"v2"', '"v33"', '"V3"', '"x", W/"v4"', '"3"'])
def test_anything_else_is_stale_and_told_the_present_tag(given: str) -> None:
    with pytest.raises(StaleRole) as caught:
        require_match(given, 3)
    assert caught.value.status == 409
    assert caught.value.details == {"etag": etag_of(3)}
