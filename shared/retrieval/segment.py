"""The index segment: one immutable file, read by mapping it into memory.

Layout: magic, length of the header, JSON header, then arrays, each on a 64-byte boundary:

    terms      u64[T]    sorted term numbers (tokenizer.py)
    offsets    i64[T+1]  where the postings of each term begin
    chunks     u32[P]    postings: chunk number
    counts     u8[P]     postings: occurrences, at most 255
    lengths    u32[N]    terms of each chunk
    texts_at   u64[N+1]  where each record of `texts` begins
    texts      bytes     one JSON line per chunk: {"page": …, "text": …}
    vectors    f32[N*D]  unit embeddings, absent without a model

Texts are in the segment because a search then needs no further call, and last in what a listing
reads by range (decision 0031).
"""

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmap import mmap

    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"RCSEG\x00\x00\x01"
_HEAD = struct.Struct("<8sQ")
_ALIGNMENT = 64
_TYPES = {
    "terms": "<u8",
    "offsets": "<i8",
    "chunks": "<u4",
    "counts": "<u1",
    "lengths": "<u4",
    "texts_at": "<u8",
    "texts": "<u1",
    "vectors": "<f4",
}


class SegmentError(Exception):
    """Bytes that are no index segment of this version."""


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """A chunk as a search gives it back."""

    page: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One document's index. Arrays are views of the mapped file."""

    document_id: str
    document_name: str
    terms: "NDArray[np.uint64]"
    offsets: "NDArray[np.int64]"
    chunks: "NDArray[np.uint32]"
    counts: "NDArray[np.uint8]"
    lengths: "NDArray[np.uint32]"
    texts_at: "NDArray[np.uint64]"
    texts: "NDArray[np.uint8]"
    vectors: "NDArray[np.float32] | None"

    def record(self, number: int) -> ChunkRecord:
        """The text and page of a chunk, numbered from 0."""
        first, end = int(self.texts_at[number]), int(self.texts_at[number + 1])
        return parse_record(self.texts[first:end].tobytes())


def text_record(page: int | None, text: str) -> bytes:
    """One line of the `texts` array."""
    return json.dumps({"page": page, "text": text}, ensure_ascii=False).encode() + b"\n"


def parse_record(line: bytes) -> ChunkRecord:
    """The chunk in one line of the `texts` array."""
    fields = json.loads(line)
    return ChunkRecord(fields["page"], fields["text"])


def pack(document_id: str, document_name: str, arrays: dict[str, Any]) -> tuple[bytes, int]:
    """A segment file and where its texts begin in it.

    `arrays` has the arrays of the module docstring by name; `vectors` is N × D and may be missing.
    """
    import numpy as np

    header: dict[str, Any] = {"document_id": document_id, "document_name": document_name}
    blocks: list[bytes | memoryview] = []
    places: dict[str, list[int]] = {}
    size = 0
    for name, kind in _TYPES.items():
        if arrays.get(name) is None:
            continue
        array = np.ascontiguousarray(arrays[name], dtype=kind)
        places[name] = [size, array.nbytes]
        padding = -array.nbytes % _ALIGNMENT
        blocks.extend((array.reshape(-1).data.cast("B"), bytes(padding)))
        size += array.nbytes + padding
    header["arrays"] = places
    header["chunk_count"] = len(arrays["lengths"])
    encoded = json.dumps(header, ensure_ascii=False).encode()
    encoded += b" " * (-(_HEAD.size + len(encoded)) % _ALIGNMENT)
    start = _HEAD.size + len(encoded)
    return b"".join([_HEAD.pack(_MAGIC, len(encoded)), encoded, *blocks]), start + places["texts"][
        0
    ]


def unpack(data: "bytes | mmap") -> Segment:
    """The segment in a buffer, without copying its arrays. Raises SegmentError."""
    import numpy as np

    view = memoryview(data)
    try:
        magic, length = _HEAD.unpack_from(view)
        if magic != _MAGIC:
            raise SegmentError("not an index segment of this version")
        header = json.loads(bytes(view[_HEAD.size : _HEAD.size + length]))
        start = _HEAD.size + length
        arrays: dict[str, Any] = {
            name: np.frombuffer(
                view,
                dtype=_TYPES[name],
                offset=start + at,
                count=size // np.dtype(_TYPES[name]).itemsize,
            )
            for name, (at, size) in header["arrays"].items()
        }
    except (struct.error, ValueError, KeyError) as error:
        raise SegmentError(str(error)) from error
    vectors = arrays.pop("vectors", None)
    if vectors is not None:
        vectors = vectors.reshape(header["chunk_count"], -1)
    return Segment(header["document_id"], header["document_name"], vectors=vectors, **arrays)
