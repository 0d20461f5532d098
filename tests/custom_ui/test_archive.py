"""What an uploaded archive may hold: it comes from an administrator, and may still be a trap or a mistake."""

import stat
import zipfile
from io import BytesIO

import pytest

from sekisho.custom_ui.archive import unpack
from sekisho.custom_ui.errors import ArchiveRefused


def archive(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


def test_files_come_out_by_path() -> None:
    files = {"index.html": b"<p>", "assets/app.js": b"1", "assets/img/ブランド.svg": b"<svg/>"}
    assert unpack(archive(files)) == files


def test_an_archive_of_one_folder_is_what_is_in_the_folder() -> None:
    assert unpack(archive({"dist/index.html": b"<p>", "dist/a/b.js": b"1"})) == {"index.html": b"<p>", "a/b.js": b"1"}


def test_what_archivers_add_for_themselves_is_left_out() -> None:
    files = {"index.html": b"<p>", "__MACOSX/._index.html": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x"}
    assert unpack(archive(files)) == {"index.html": b"<p>"}


@pytest.mark.parametrize("files", [{}, {"app.js": b"1"}, {"a/index.html": b"<p>", "b/index.html": b"<p>"}])
def test_pages_without_an_index_are_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(ArchiveRefused) as refused:
        unpack(archive(files))
    assert refused.value.details == "The archive has no index.html."


@pytest.mark.parametrize(
    "name", ["../up.js", "/root.js", "a/../../up.js", "a\\b.js", "C:/b.js", "a//b.js", "./a.js", "a\nb.js", "a" * 600]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(ArchiveRefused, match=ArchiveRefused.code):
        unpack(archive({"index.html": b"<p>", name: b"x"}))


def test_links_are_refused() -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.html", "<p>")
        link = zipfile.ZipInfo("secrets.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(ArchiveRefused) as refused:
        unpack(packed.getvalue())
    assert refused.value.details == "The archive has a link in it: 'secrets.txt'."


def test_an_archive_that_unpacks_to_far_more_than_it_weighs_is_refused() -> None:
    bomb = archive({"index.html": b"<p>", "zeros.bin": bytes(101 * 1024 * 1024)})
    assert len(bomb) < 200_000
    with pytest.raises(ArchiveRefused) as refused:
        unpack(bomb)
    assert refused.value.details == "The archive unpacks to more than 104857600 bytes."


def test_more_files_than_anybody_needs_are_refused() -> None:
    with pytest.raises(ArchiveRefused) as refused:
        unpack(archive({f"{number}.js": b"" for number in range(2_001)}, compression=zipfile.ZIP_STORED))
    assert refused.value.details == "The archive has more than 2000 files."


@pytest.mark.parametrize("damage", [b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"no archive"])
def test_what_is_no_archive_is_refused(damage: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        unpack(damage)


def test_a_damaged_file_in_it_is_noticed() -> None:
    whole = archive({"index.html": b"<p>" * 100}, compression=zipfile.ZIP_STORED)
    with pytest.raises(ArchiveRefused):
        unpack(whole.replace(b"<p><p>", b"<p><q>", 1))
