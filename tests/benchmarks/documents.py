"""Documents: PDF text against pypdf in the same run, 500 pages end to end, chunking.

python -m tests.benchmarks.documents [--json]

Each measurement is a fresh process, rounds are interleaved, the best of each counts. Pages per
second are per second of processor time, so that other work on the machine counts little.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.documents.chunking import chunk_sections
from shared.documents.extraction.isolated import extract_isolated
from shared.documents.extraction.model import Section
from shared.retrieval.indexing import Passage, build_segment
from tests.support.files import pdf

ROUNDS = 7
LEAST_SPEED = 4.0
MOST_MEMORY = 0.6
LEAST_RECALL = 0.995

_MEASURED = """
import json, re, sys, time
from pathlib import Path
path = Path(sys.argv[1])
{setup}
begun = time.process_time()
texts = {texts}
seconds = time.process_time() - begun
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
Path(sys.argv[2]).write_text("\\n".join(texts))
print(json.dumps([seconds, peak / 1024]))
"""
READERS = {
    "pypdf": _MEASURED.format(
        setup="from pypdf import PdfReader",
        texts="[page.extract_text() for page in PdfReader(path).pages]",
    ),
    "ours": _MEASURED.format(
        setup="from shared.documents.extraction.pdf import read_pdf; import pypdfium2",
        texts="[section.text for section in read_pdf(path)]",
    ),
}


def english(page: int) -> list[str]:
    """A page of 45 lines."""
    return [
        f"Line {n} of page {page}: the customer may return goods within {n + 2} days of receipt "
        f"by order {page * 1000 + n}."
        for n in range(45)
    ]


def chinese(page: int) -> list[str]:
    return [
        f"第{page}页第{n}行：客户在收到商品{n + 2}日内可以申请无理由退货，订单号{page * 1000 + n}。"
        for n in range(45)
    ]


def read(reader: str, path: Path, folder: Path) -> tuple[float, float, Counter[str]]:
    """Processor seconds, peak MB and the words of one fresh process."""
    out = folder / f"{reader}.txt"
    done = subprocess.run(
        [sys.executable, "-c", READERS[reader], str(path), str(out)],
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak, Counter(re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]", out.read_text().lower()))


def compare_pdf(name: str, pages: int, content: bytes, folder: Path) -> dict[str, Any]:
    """Speed and memory beside pypdf, on the same words."""
    path = folder / f"{name}.pdf"
    path.write_bytes(content)
    runs: dict[str, list[tuple[float, float, Counter[str]]]] = {reader: [] for reader in READERS}
    for _ in range(ROUNDS):
        for reader, results in runs.items():
            results.append(read(reader, path, folder))
    speed = {r: pages / min(s for s, _, _ in runs[r]) for r in runs}
    peak = {r: statistics.median(p for _, p, _ in runs[r]) for r in runs}
    theirs, ours = runs["pypdf"][0][2], runs["ours"][0][2]
    return {
        "case": f"pdf {name}, {pages} pages",
        "pypdf_pages_per_s": round(speed["pypdf"]),
        "pages_per_s": round(speed["ours"]),
        "speed_ratio": round(speed["ours"] / speed["pypdf"], 2),
        "pypdf_peak_mb": round(peak["pypdf"], 1),
        "peak_mb": round(peak["ours"], 1),
        "memory_ratio": round(peak["ours"] / peak["pypdf"], 2),
        "word_recall": round((theirs & ours).total() / theirs.total(), 4),
    }


def end_to_end(path: Path) -> dict[str, Any]:
    """From the file to its index segment: child process, chunks, postings."""
    begun = time.perf_counter()
    extraction = extract_isolated(path)
    extracted = time.perf_counter()
    chunks = list(chunk_sections(extraction.sections))
    cut = time.perf_counter()
    segment = build_segment("doc_1", "a.pdf", [Passage(c.text, c.page) for c in chunks])
    done = time.perf_counter()
    assert extraction.metadata.pages == 500
    assert {chunk.page for chunk in chunks} == set(range(1, 501))
    return {
        "case": "500 pages end to end",
        "seconds": round(done - begun, 2),
        "extract_s": round(extracted - begun, 2),
        "chunk_s": round(cut - extracted, 3),
        "index_s": round(done - cut, 2),
        "chunks": len(chunks),
        "segment_mb": round(len(segment.data) / 1e6, 1),
    }


def chunking(name: str, sentence: str) -> dict[str, Any]:
    """One paragraph of 5 MB; no sentence may be cut."""
    text = sentence * (5_000_000 // len(sentence.encode()))
    seconds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        chunks = list(chunk_sections([Section(text)]))
        seconds.append(time.process_time() - begun)
    assert all(chunk.text.endswith(sentence.strip()) for chunk in chunks)
    speed = len(text.encode()) / statistics.median(seconds) / 1e6
    return {"case": f"chunking {name}", "mb_per_s": round(speed), "sentences_cut": 0}


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = [english(page) for page in range(1, 501)]
        for case, lines in (("en", pages[:200]), ("zh", [chinese(page) for page in range(100)])):
            yield compare_pdf(case, len(lines), pdf(lines), folder)
        whole = folder / "whole.pdf"
        whole.write_bytes(pdf(pages))
        yield end_to_end(whole)
    yield chunking("en", "The customer may return goods within seven days, see e.g. Fig. 3. ")
    yield chunking("zh", "客户在收到商品七日内，可以申请无理由退货，运费由商家承担。")


def main() -> None:
    results = []
    for result in measure():
        results.append(result)
        sys.stdout.write((json.dumps(result) if "--json" in sys.argv else line(result)) + "\n")
    for result in results[:2]:
        assert result["word_recall"] >= LEAST_RECALL, result
        assert result["speed_ratio"] >= LEAST_SPEED, result
        assert result["memory_ratio"] <= MOST_MEMORY, result


def line(result: dict[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in result.items() if name != "case")
    return f"{result['case']}: {figures}"


if __name__ == "__main__":
    main()
