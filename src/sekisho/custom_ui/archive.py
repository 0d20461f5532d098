"""Reads an uploaded archive: which files it holds, and whether they may be served. Pure, and slow for big ones."""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import PurePosixPath

from sekisho.custom_ui.errors import ArchiveRefused

INDEX = "index.html"
_MOST_FILES = 2_000
_MOST_BYTES = 100 * 1024 * 1024
_LONGEST_PATH = 512
# What every archiver writes. Attack: others reserve as much memory to unpack as the archive says.
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What archivers of the one system add for the other.
_RUBBISH = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})


def unpack(archive: bytes) -> Mapping[str, bytes]:
    """Return the files by path, `index.html` among them; raises `ArchiveRefused`.

    An archive of one folder is read as the archive of what is in it.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            files = _without_folder(dict(_files(opened)))
    # A damaged archive fails in as many ways as its reader has parts.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise ArchiveRefused(details="The file is no archive that can be read.") from error
    if INDEX not in files:
        raise ArchiveRefused(details=f"The archive has no {INDEX}.")
    return files


def _files(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    listed = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_rubbish(entry)]
    if len(listed) > _MOST_FILES:
        raise ArchiveRefused(details=f"The archive has more than {_MOST_FILES} files.")
    left = _MOST_BYTES
    for entry in listed:
        _check(entry)
        with archive.open(entry) as file:
            # Attack: an archive of megabytes that unpacks to petabytes. What an entry says of its size may be a lie.
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ArchiveRefused(details=f"The archive unpacks to more than {_MOST_BYTES} bytes.")
        yield entry.filename, content


def _check(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    # Attack: names that lead out of the folder they are unpacked to, by dots, drives, backslashes or links.
    is_inside = not path.is_absolute() and ".." not in path.parts and str(path) == entry.filename
    is_plain = entry.filename.isprintable() and not set(entry.filename) & set("\\:")
    if not is_inside or not is_plain or len(entry.filename) > _LONGEST_PATH:
        raise ArchiveRefused(details=f"A file of the archive has a name that cannot be: {entry.filename[:80]!r}.")
    if entry.compress_type not in _COMPRESSIONS:
        raise ArchiveRefused(details=f"A file of the archive is compressed in an unusual way: {entry.filename[:80]!r}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ArchiveRefused(details=f"The archive has a link in it: {entry.filename[:80]!r}.")


def _is_rubbish(entry: zipfile.ZipInfo) -> bool:
    return not _RUBBISH.isdisjoint(PurePosixPath(entry.filename).parts)


def _without_folder(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    folders = {path.partition("/")[0] for path in files}
    if INDEX in files or len(folders) != 1:
        return files
    (folder,) = folders
    return {path.removeprefix(f"{folder}/"): content for path, content in files.items()}
