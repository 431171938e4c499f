"""Office archives opened only after they were seen to unpack to a sane size."""

import zipfile
import zlib
from pathlib import Path

from shared.documents.extraction.model import ExtractionError, FailureCode

MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FREE_BYTES = 10 * 1024 * 1024
_MAX_MEMBERS = 20_000
_BLOCK = 256 * 1024
_ENCRYPTED_FLAG = 0x1


def open_checked(path: Path) -> zipfile.ZipFile:
    """Open a zip whose members were all unpacked once, counted and thrown away.

    Declared sizes are not trusted: the count is of bytes that came out. Raises ExtractionError
    TOO_LARGE_UNPACKED (size, ratio, XML entities), ENCRYPTED or CORRUPT.
    """
    try:
        archive = zipfile.ZipFile(path)
        _check(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ExtractionError(FailureCode.CORRUPT, f"zip: {error}") from error
    return archive


def _check(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise _too_large(f"{len(members)} members")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _too_large("declared size")
    total = 0
    for member in members:
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise ExtractionError(FailureCode.ENCRYPTED, "zip member with a password")
        total += _unpacked_size(archive, member, MAX_UNPACKED - total)


def _unpacked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int) -> int:
    declared = member.file_size
    # zipfile stops reading at the declared size; other readers do not.
    member.file_size = MAX_UNPACKED + 1
    ratio_limit = max(_RATIO_FREE_BYTES, member.compress_size * MAX_RATIO)
    is_xml = member.filename.endswith((".xml", ".rels", ".vml"))
    size, tail = 0, b""
    try:
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > allowed or size > ratio_limit:
                    raise _too_large(f"{member.filename}: {size} bytes and more")
                if is_xml and b"<!ENTITY" in tail + block:
                    raise _too_large(f"{member.filename}: entity declarations")
                tail = block[-8:]
    finally:
        member.file_size = declared
    return size


def _too_large(reason: str) -> ExtractionError:
    return ExtractionError(FailureCode.TOO_LARGE_UNPACKED, reason)
