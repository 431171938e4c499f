"""Documents through S3, the queue and the worker of the running system."""

import zipfile
from io import BytesIO

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System


@pytest.fixture(scope="module")
def client(system: System) -> httpx.Client:
    return system.new_user()


def test_a_presigned_upload_is_processed_by_its_event(client: httpx.Client) -> None:
    body = {"name": "大文件.txt", "file_type": "txt", "file_size": 3_000_000}
    made = flows.data(client.post("/documents/uploads", json=body), 201)
    assert made["status"] == "uploading"
    upload = made.get("upload", made)
    content = ("第一行：型号 ZX-991 的额定电压是 48 伏。\n" * 40_000).encode()[:3_000_000]
    sent = httpx.post(
        upload["url"], data=upload["fields"], files={"file": content}, trust_env=False, timeout=60
    )
    assert sent.status_code in (200, 201, 204), sent.text
    found = flows.finished_document(client, made["id"])
    assert found["status"] == "completed", found
    assert found["chunk_count"] > 100


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "EMPTY"),
        ("broken.pdf", b"%PDF-1.7\nthis is no pdf", "CORRUPT"),
        ("program.txt", b"\x7fELF\x02\x01\x01" + b"\x00" * 100, "UNSUPPORTED_TYPE"),
    ],
)
def test_what_cannot_be_read_fails_with_its_reason(
    client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    found = flows.finished_document(client, flows.uploaded(client, name, content))
    assert (found["status"], found["error"]["code"]) == ("failed", code)


def test_a_zip_bomb_is_refused(client: httpx.Client) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\x00" * 400_000_000)
    found = flows.finished_document(client, flows.uploaded(client, "b.docx", packed.getvalue()))
    assert (found["status"], found["error"]["code"]) == ("failed", "TOO_LARGE_UNPACKED")


def test_the_bytes_decide_the_type_and_a_path_is_no_name(client: httpx.Client) -> None:
    page = "<html><body><p>营业时间是早上九点。</p></body></html>".encode()
    document = flows.uploaded(client, "../../etc/报告.pdf", page)
    found = flows.finished_document(client, document)
    assert (found["status"], found["file_type"], found["name"]) == (
        "completed",
        "html",
        "报告.pdf",
    )


def test_a_deleted_document_is_found_no_more(client: httpx.Client) -> None:
    base = flows.data(client.get("/knowledge-bases"))["items"][0]["id"]
    text = "紧急联系人是王小明，电话分机 7788。".encode()
    document = flows.uploaded(client, "联系人.txt", text, knowledge_base_id=base)
    flows.finished_document(client, document)
    search = {"query": "紧急联系人", "top_k": 50}

    def found() -> set[str]:
        hits = flows.data(client.post(f"/knowledge-bases/{base}/search", json=search))["items"]
        return {hit["document_id"] for hit in hits}

    assert document in found()
    flows.data(client.delete(f"/documents/{document}"))
    assert document not in found()
    flows.error(client.get(f"/documents/{document}"), 404, "NOT_FOUND")


def test_a_body_over_the_limit_is_a_413_envelope(client: httpx.Client) -> None:
    answer = client.post("/documents", files={"file": ("big.txt", b"x" * 7_000_000)})
    flows.error(answer, 413, "PAYLOAD_TOO_LARGE")
