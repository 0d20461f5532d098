from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sekisho.crypto.key_file import UnusableKeyFile, create_key_file, read_key_file


def test_a_new_key_is_for_our_user_only(tmp_path: Path) -> None:
    path = tmp_path / "made" / "ids.db.key"

    key = create_key_file(path)

    assert len(key) == 32
    assert read_key_file(path) == key
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "ids.db.key"

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: create_key_file(path), range(16)))

    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_no_key(tmp_path: Path) -> None:
    assert read_key_file(tmp_path / "none.key") is None


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"not base64!", b"\xff\xfe"])
def test_anything_else_is_refused_by_the_name_of_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ids.db.key"
    path.write_bytes(content)

    with pytest.raises(UnusableKeyFile, match=r"ids\.db\.key"):
        read_key_file(path)
