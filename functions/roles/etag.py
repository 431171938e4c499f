"""ETags of roles: the version in quotes, so that a stale `If-Match` is told without a hash."""

from functions.roles.errors import StaleRole


def etag_of(version: int) -> str:
    """The strong ETag of a role's version."""
    return f'"v{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Let a change pass without `If-Match`, with `*`, or where it names the present version.

    A weak tag counts as its strong one: CloudFront weakens tags of what it compresses.

    Raises:
        StaleRole: the caller read another version.
    """
    if if_match is None:
        return
    present = etag_of(version)
    named = {tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")}
    if not named & {"*", present.strip('"')}:
        raise StaleRole(details={"etag": present})
