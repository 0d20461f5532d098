"""The generated sealing key beside an SQLite database, for installations that were never told one."""

import base64
import binascii
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

_KEY_BYTES = 32


class UnusableKeyFile(Exception):
    """The key file is not one of ours; the text says which file, never what is in it."""


def read_key_file(path: Path) -> bytes | None:
    """Return the key, or None when there is no such file."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKeyFile(f"{path} cannot be read") from error
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UnusableKeyFile(f"{path} does not hold a key (32 bytes in base64)")
    return key


def create_key_file(path: Path) -> bytes:
    """Write a new key that only our user can read; of two processes that try at once, one wins and both get its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes files of mode 0600, and a link appears whole or not at all.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    key = read_key_file(path)
    if key is None:
        raise UnusableKeyFile(f"{path} disappeared while it was made")
    return key
