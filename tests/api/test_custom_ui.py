"""Pages that a tenant brings itself: uploaded by the Management API, served in place of ours."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert
from tests.api.conftest import on_sqlite
from tests.support.databases import START, settings_for
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.services import Runtime
from sekisho.settings import Settings
from sekisho.tenants.tables import TenantTable

PATH = "/api/sign-in-exp/default/custom-ui-assets"
FILES = {
    "index.html": b"<!doctype html><title>Bookstore</title>",
    "assets/index-DiwrgTda.js": b"console.log(1)",
    "fonts/inter.woff2": b"0123456789",
    "logo.svg": b"<svg/>",
}


def archive(files: Mapping[str, bytes] = FILES) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    return settings_for(db_url, asset_store=str(tmp_path / "files"), admin_port=3002)


async def bring(management: Visitor, files: Mapping[str, bytes] = FILES) -> str:
    """Upload pages and switch them on."""
    uploaded = await management.post(PATH, files={"file": ("ui.zip", archive(files), "application/zip")})
    assert uploaded.status_code == 200, uploaded.text
    upload_id: str = uploaded.json()["customUiAssetId"]
    switched = await management.patch(
        "/api/sign-in-exp", json={"customUiAssets": {"id": upload_id, "createdAt": 1_760_000_000_000}}
    )
    assert switched.json()["customUiAssets"]["id"] == upload_id
    return upload_id


async def arrive(visitor: Visitor, make: Factory) -> None:
    """Come from an application, into a sign-in."""
    application = await make.spa()
    query = {
        "client_id": application.id,
        "redirect_uri": application.redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
        "code_challenge_method": "S256",
    }
    answer = await visitor.get(f"/oidc/auth?{urlencode(query)}")
    assert answer.headers["location"].startswith("/sign-in")


async def test_uploaded_pages_stand_where_ours_did(management: Visitor, make: Factory) -> None:
    upload_id = await bring(management)
    await arrive(management, make)
    assert len(upload_id) == 8
    for path in ("/sign-in", "/", "/register", "/forgot-password", "/continue/username", "/callback/abc", "/anything"):
        page = await management.get(path)
        assert (page.status_code, page.content) == (200, FILES["index.html"]), path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-cache, no-store, must-revalidate"
        policy = page.headers["content-security-policy"]
        assert "script-src 'self' 'unsafe-inline' 'unsafe-hashes' https://accounts.google.com/gsi/client" in policy
        assert "'unsafe-eval'" not in policy
        assert policy.endswith("frame-ancestors 'self' http://localhost:3002")


async def test_files_are_what_their_names_say(management: Visitor) -> None:
    upload_id = await bring(management)
    script = await management.get("/assets/index-DiwrgTda.js")
    assert (script.status_code, script.content) == (200, FILES["assets/index-DiwrgTda.js"])
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["x-content-type-options"] == "nosniff"
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert (script.headers["cache-control"], script.headers["etag"]) == ("no-cache", f'"{upload_id}"')
    assert (await management.get("/fonts/inter.woff2")).headers["content-type"] == "font/woff2"
    assert (await management.get("/missing.js")).status_code == 404


async def test_a_browser_that_has_a_file_is_told_so_until_the_next_upload(management: Visitor) -> None:
    upload_id = await bring(management)
    known = {"if-none-match": f'"{upload_id}"'}
    again = await management.get("/logo.svg", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await bring(management, {**FILES, "logo.svg": b"<svg>2</svg>"})
    assert (await management.get("/logo.svg", headers=known)).content == b"<svg>2</svg>"


PARTS: Sequence[tuple[str, int, bytes, str | None]] = (
    ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
    ("bytes=7-", 206, b"789", "bytes 7-9/10"),
    ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
    ("bytes=-3", 206, b"789", "bytes 7-9/10"),
    ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
    ("bytes=10-", 416, b"", "bytes */10"),
    ("bytes=5-2", 416, b"", "bytes */10"),
    ("bytes=-0", 416, b"", "bytes */10"),
    ("bytes=0-1,4-5", 200, b"0123456789", None),
    ("lines=0-1", 200, b"0123456789", None),
)


@on_sqlite
async def test_a_part_of_a_file_may_be_asked_for(management: Visitor) -> None:
    await bring(management)
    for asked, status, content, told in PARTS:
        answer = await management.get("/fonts/inter.woff2", headers={"range": asked})
        assert (answer.status_code, answer.content) == (status, content), asked
        assert answer.headers.get("content-range") == told, asked
        assert answer.headers["content-length"] == str(len(content)), asked


@on_sqlite
async def test_a_head_request_gets_what_a_get_would_tell(management: Visitor) -> None:
    await bring(management)
    head = await management.head("/fonts/inter.woff2")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")


@on_sqlite
async def test_who_is_in_no_sign_in_is_sent_where_lost_visitors_go(management: Visitor, visitor: Visitor) -> None:
    await bring(management)
    for path in ("/", "/sign-in", "/register", "/forgot-password/reset", "/social/register/abc"):
        lost = await visitor.get(path)
        assert (lost.status_code, lost.headers["location"]) == (302, "http://localhost:3001/unknown-session"), path
    assert (await visitor.get("/sign-in?preview=true")).content == FILES["index.html"]
    assert (await visitor.get("/unknown-session")).content == FILES["index.html"]


@on_sqlite
async def test_programs_find_what_they_found_before(management: Visitor) -> None:
    await bring(management)
    assert (await management.get("/oidc/.well-known/openid-configuration")).json()["issuer"]
    for path in ("/oidc/nothing", "/api/nothing", "/.well-known/nothing", "/health/nothing", "/console", "/t/x/y"):
        assert (await management.get(path)).content != FILES["index.html"], path
    assert (await management.get("/health/live")).status_code in {200, 204}


@on_sqlite
async def test_pages_are_ours_again_when_they_are_switched_off(management: Visitor, make: Factory) -> None:
    await bring(management)
    await management.patch("/api/sign-in-exp", json={"customUiAssets": None})
    await arrive(management, make)
    page = await management.get("/sign-in")
    assert page.content != FILES["index.html"]
    assert "nonce-" in page.headers["content-security-policy"]


@on_sqlite
async def test_beside_another_tenant_nobody_brings_pages(management: Visitor, make: Factory, runtime: Runtime) -> None:
    await bring(management)
    async with runtime.database.unit_of_work() as uow:
        await uow.execute(insert(TenantTable).values(id="acme", name="Acme", tag="Production", created_at=START))
    await arrive(management, make)
    assert (await management.get("/sign-in")).content != FILES["index.html"]
    refused = await management.post(PATH, files={"file": ("ui.zip", archive(), "application/zip")})
    assert (refused.status_code, refused.json()["code"]) == (422, "request.feature_not_supported")
    assert "ADMIN_ENDPOINT" in refused.json()["details"]


class TestBesideTheConsole:
    @pytest.fixture
    def settings(self, db_url: str, tmp_path: Path) -> Settings:
        return settings_for(db_url, asset_store=str(tmp_path / "files"))

    @on_sqlite
    async def test_nobody_brings_pages(self, management: Visitor) -> None:
        refused = await management.post(PATH, files={"file": ("ui.zip", archive(), "application/zip")})
        assert (refused.status_code, refused.json()["code"]) == (422, "request.feature_not_supported")
        await management.patch("/api/sign-in-exp", json={"customUiAssets": {"id": "abcd1234", "createdAt": 1}})
        assert "nonce-" in (await management.get("/unknown-session")).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n", "guard.mime_type_not_allowed"),
        (b"PK\x03\x04 and no more", "guard.mime_type_not_allowed"),
        (archive({"app.js": b"1"}), "guard.mime_type_not_allowed"),
        (b"PK\x03\x04" + bytes(20 * 1024 * 1024), "guard.file_size_exceeded"),
    ],
    ids=("picture", "damaged", "no-index", "too-big"),
)
@on_sqlite
async def test_what_cannot_be_pages_is_refused(management: Visitor, content: bytes, code: str) -> None:
    refused = await management.post(PATH, files={"file": ("ui.zip", content, "application/zip")})
    assert (refused.status_code, refused.json()["code"]) == (400, code)


@on_sqlite
async def test_a_form_without_a_file_is_refused(management: Visitor) -> None:
    refused = await management.post(PATH, files={"other": ("ui.zip", archive(), "application/zip")})
    assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input")


async def test_a_path_that_no_file_can_have_leads_to_none(management: Visitor) -> None:
    await bring(management)
    for path in ("/a%00.js", f"/{'a' * 300}.js", "/a%0D%0Ab.js", "/..%5Cb.js", "/..%2Fb.js"):
        assert (await management.get(path)).status_code == 404, path
