import json
from pathlib import Path

import pytest
from tests.replay.recordings import Recording, load, reference_folder


def write(folder: Path, *headers: tuple[str, str]) -> Path:
    entry = {
        "note": "step",
        "request": {"method": "GET", "url": "/", "headers": {"Accept": "x"}, "body": None},
        "response": {"status": 200, "headers": headers, "body": {"a": 1}},
    }
    transcripts = folder / "data" / "transcripts"
    transcripts.mkdir(parents=True)
    (transcripts / "07-title.json").write_text(json.dumps([entry]))
    (transcripts / "07b-title.json").write_text("[]")
    return folder


def test_a_recording_is_found_by_what_stands_before_its_first_dash(tmp_path: Path) -> None:
    recording = load("07", folder=write(tmp_path))
    assert recording.exchanges[0].request.headers == {"accept": "x"}
    assert recording.exchanges[0].answer.body == {"a": 1}


@pytest.mark.parametrize(("headers", "is_kept"), [([("Vary", "Origin")], True), ([("location", "/")], False)])
def test_a_header_is_known_to_be_absent_only_where_every_header_was_kept(
    tmp_path: Path, headers: list[tuple[str, str]], *, is_kept: bool
) -> None:
    recording = load("07", folder=write(tmp_path, *headers))
    assert recording.kept("set-cookie") is is_kept


def test_a_note_that_is_not_in_the_recording_is_an_error() -> None:
    with pytest.raises(LookupError, match="no such step"):
        Recording(name="07", exchanges=()).select(["no such step"])


def test_the_reference_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEKISHO_REFERENCE", str(tmp_path))
    assert reference_folder() == tmp_path
