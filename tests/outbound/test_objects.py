"""Files in a folder and in a bucket."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sekisho.outbound.objects import ObjectStore, StoreFailed

KEY = "default/u1/2026/04/01/secret/face.png"
DATA = bytes(range(256)) * 4096


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as keeps objects by path."""

    kept: dict[str, bytes]
    is_broken = False

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key/")
        if self.is_broken or not signed:
            return self._say(403, b"<Error><Code>AccessDenied</Code></Error>")
        self.kept[self.path] = body
        return self._say(200, b"")

    def do_GET(self) -> None:
        if self.path in self.kept:
            return self._say(200, self.kept[self.path])
        return self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def log_message(self, *_: object) -> None:
        pass

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"tag"')
        self.send_header("last-modified", "Wed, 01 Apr 2026 09:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Bucket]]:
    handler = type("FreshBucket", (Bucket,), {"kept": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield handler
    server.shutdown()
    server.server_close()


async def read(store: ObjectStore, key: str) -> bytes | None:
    found = await store.get(key)
    if found is None:
        return None
    data = b"".join([chunk async for chunk in found.chunks])
    assert found.size == len(data)
    return data


async def test_a_folder_keeps_what_it_was_given(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path / "files"))
    assert await read(store, KEY) is None
    await store.put(KEY, DATA)
    assert await read(store, KEY) == DATA
    assert (tmp_path / "files" / KEY).read_bytes() == DATA


async def test_a_bucket_keeps_what_it_was_given_below_its_prefix(bucket: type[Bucket]) -> None:
    store = ObjectStore("s3://files/kept")
    assert await read(store, KEY) is None
    await store.put(KEY, DATA)
    assert await read(store, KEY) == DATA
    assert list(bucket.kept) == [f"/files/kept/{KEY}"]


async def test_a_bucket_that_refuses_is_a_failed_store(bucket: type[Bucket]) -> None:
    bucket.is_broken = True
    with pytest.raises(StoreFailed):
        await ObjectStore("s3://files").put(KEY, DATA)
