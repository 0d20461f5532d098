import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.support.databases import settings_for
from tests.support.visitor import Visitor

from sekisho.assets.models import MIME_TYPES
from sekisho.settings import Settings

PATH = "/api/user-assets"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
SVG = b'<?xml version="1.0"?>\n<!-- a logo -->\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
MEGABYTE = 1024 * 1024


def archive() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.html", "<p>")
    return packed.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "files"


@pytest.fixture
def settings(db_url: str, folder: Path) -> Settings:
    return settings_for(db_url, asset_store=str(folder))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def upload(
    management: Visitor, data: bytes, *, name: str = "face.png", kind: str = "image/png", field: str = "file"
) -> httpx2.Response:
    return await management.post(PATH, files={field: (name, data, kind)})


async def test_what_may_be_uploaded_is_told(management: Visitor) -> None:
    status = await management.get(f"{PATH}/service-status")
    assert (status.status_code, status.json()) == (
        200,
        {
            "status": "ready",
            "allowUploadMimeTypes": list(MIME_TYPES),
            "maxUploadFileSize": 20_971_520,
            "isExperienceAvatarUploadEnabled": True,
        },
    )


async def test_a_file_is_kept_and_anybody_who_has_its_address_may_see_it(
    management: Visitor, visitor: Visitor, folder: Path
) -> None:
    kept = await upload(management, PNG)

    assert kept.status_code == 200
    url = kept.json()["url"]
    *_, tenant, _owner, year, month, day, secret, name = urlsplit(url).path.split("/")
    assert (tenant, year, month, day, len(secret), name) == ("default", "2026", "04", "01", 32, "face.png")
    del visitor.headers["authorization"]
    seen = await visitor.get(url)
    assert (seen.status_code, seen.content) == (200, PNG)
    assert seen.headers["content-type"] == "image/png"
    assert seen.headers["content-disposition"] == 'inline; filename="face.png"'
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "set-cookie" not in seen.headers
    assert len(files_in(folder)) == 1


@pytest.mark.parametrize(
    ("data", "kind", "served_as", "extension"),
    [
        (SVG, "image/svg+xml", "image/svg+xml", "svg"),
        (b"\xef\xbb\xbf  <svg>", "image/svg+xml", "image/svg+xml", "svg"),
        (archive(), "application/zip", "application/zip", "zip"),
    ],
)
async def test_what_a_browser_could_run_or_unpack_is_downloaded(
    management: Visitor, data: bytes, kind: str, served_as: str, extension: str
) -> None:
    url = (await upload(management, data, name="page.html", kind=kind)).json()["url"]
    seen = await management.get(url)
    assert (seen.content, seen.headers["content-type"]) == (data, served_as)
    assert seen.headers["content-disposition"] == f'attachment; filename="page.{extension}"'


KINDS: Sequence[tuple[bytes, str]] = (
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"GIF89a", "image/gif"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"II*\x00", "image/tiff"),
    (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    (b"BM\x00", "image/bmp"),
)


async def test_every_listed_kind_is_kept(management: Visitor) -> None:
    for data, kind in KINDS:
        assert (await upload(management, data, kind=kind)).status_code == 200, kind


REFUSED: Sequence[tuple[bytes, str, str]] = (
    (PAGE, "image/png", "guard.mime_type_not_allowed"),
    (PAGE, "image/svg+xml", "guard.mime_type_not_allowed"),
    (b"<!-- <svg>", "image/svg+xml", "guard.mime_type_not_allowed"),
    (PNG, "text/html", "guard.mime_type_not_allowed"),
    (b"", "image/png", "guard.mime_type_not_allowed"),
    (PNG + b"\x00" * 20 * MEGABYTE, "image/png", "guard.file_size_exceeded"),
)


async def test_a_file_that_is_not_what_it_says_or_too_large_is_refused(management: Visitor, folder: Path) -> None:
    for data, kind, code in REFUSED:
        response = await upload(management, data, kind=kind)
        assert (response.status_code, response.json()["code"]) == (400, code), data[:20]
        assert files_in(folder) == [], data[:20]


async def test_a_file_of_twenty_megabytes_is_kept_whole(management: Visitor) -> None:
    data = PNG.ljust(20 * MEGABYTE, b"\x01")
    url = (await upload(management, data)).json()["url"]
    assert (await management.get(url)).content == data


SAFE_NAMES: Sequence[tuple[str, str]] = (
    ("../../etc/passwd", "passwd.png"),
    ("..\\..\\boot.png", "boot.png"),
    ('a"; b\r\n.png', "a-22-b-0D-0A.png"),
    ("顔.png", "file.png"),
    (".png", "file.png"),
    ("x" * 300 + ".png", "x" * 64 + ".png"),
)


async def test_names_are_made_safe(management: Visitor) -> None:
    for name, kept in SAFE_NAMES:
        url = (await upload(management, PNG, name=name)).json()["url"]
        assert url.rpartition("/")[2] == kept, name[:20]
        assert (await management.get(url)).status_code == 200, name[:20]


async def test_a_form_without_the_file_is_refused(management: Visitor) -> None:
    for response in (
        await upload(management, PNG, field="other"),
        await management.post(PATH, data={"file": "text"}),
        await management.post(PATH, json={"file": "x"}),
        await management.post(PATH, files=[("file", ("a.png", PNG, "image/png"))] * 2),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input")


NOWHERE = (
    "/user-assets/",
    "/user-assets/nope.png",
    "/user-assets/../sekisho.db",
    "/user-assets/%2e%2e/%2e%2e/sekisho.db",
    "/user-assets/default/a/2026/04/01/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/face.png",
    "/user-assets/default/a/2026/04/01/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/face.exe",
)


async def test_other_addresses_lead_nowhere(management: Visitor) -> None:
    await upload(management, PNG)
    for path in NOWHERE:
        assert (await management.get(path)).status_code == 404, path


async def test_a_file_is_found_at_its_own_tenant_only(management: Visitor, admin_management: Visitor) -> None:
    url = (await admin_management.post(f"/t/admin{PATH}", files={"file": ("a.png", PNG, "image/png")})).json()["url"]

    path = urlsplit(url).path
    assert path.startswith("/t/admin/user-assets/admin/")
    assert (await management.get(path)).status_code == 200
    assert (await management.get(path.removeprefix("/t/admin"))).status_code == 404


async def test_strangers_upload_nothing_and_send_no_large_body(visitor: Visitor, folder: Path) -> None:
    refused = await upload(visitor, PNG)
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.authorization_header_missing")
    assert files_in(folder) == []


@pytest.fixture
def obstacle(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "default").write_text("in the way")


@pytest.mark.usefixtures("obstacle")
async def test_a_store_that_fails_is_an_error_of_ours(management: Visitor) -> None:
    response = await upload(management, PNG)
    assert (response.status_code, response.json()["code"]) == (500, "storage.upload_error")


class TestWithoutAStore:
    @pytest.fixture
    def settings(self, db_url: str) -> Settings:
        return settings_for(db_url, asset_store="off")

    async def test_it_says_so(self, management: Visitor) -> None:
        status = await management.get(f"{PATH}/service-status")
        refused = await upload(management, PNG)
        assert status.json() == {"status": "not_configured", "isExperienceAvatarUploadEnabled": True}
        assert (refused.status_code, refused.json()["code"]) == (400, "storage.not_configured")
