"""The comparison itself: a replay is worth what its comparison notices."""

from typing import Any

import pytest
from tests.replay.comparing import compare
from tests.replay.learner import Learner
from tests.replay.recordings import Answer, Exchange, Recording, Request, answer

UPPER_CASE_ID = "A1b2c3d4e5f6g7h8i9j0k"
RECORDED_CODE, OUR_CODE = "F8C_j9drWjQQas2RRXohRUfmyChpPG8Mso8AKeczIJv", "A_" * 21 + "A"
RECORDED_ID, OUR_ID = "l691tcvs0xf7kqnupq22b", "a1b2c3d4e5f6g7h8i9j0k"


def _answer(body: Any = "", *headers: tuple[str, str], status: int = 200, tokens: Any = None) -> Answer:
    return Answer(status=status, headers=(("vary", "Origin"), *headers), body=body, tokens=tokens or {})


def _found(recorded: Answer, ours: Answer, learner: Learner | None = None) -> list[str]:
    request = Request(method="GET", url="/", headers={}, body=None)
    recording = Recording(name="00", exchanges=(Exchange(index=0, note="only", request=request, answer=recorded),))
    return [str(each) for each in compare(recording, recorded, ours, learner=learner or Learner())]


def test_the_same_answer_has_no_difference() -> None:
    body = {"id": RECORDED_ID, "items": [1, None, True, "x"]}
    same = _answer(body, ("location", "/sign-in?app_id=1"), ("set-cookie", "_logto={}; path=/; samesite=lax"))
    assert _found(same, same) == []


def test_another_status_is_reported_with_our_error_and_alone() -> None:
    found = _found(_answer({"a": 1}), _answer({"code": "entity.not_found", "message": "…"}, status=404))
    assert found == ["status: recorded 200, ours 404 code entity.not_found"]


@pytest.mark.parametrize(
    ("recorded", "ours", "difference"),
    [
        ({"a": {"b": 1}}, {"a": {}}, "body.a.b: recorded 1, ours absent"),
        ({"a": {}}, {"a": {"b": 1}}, "body.a.b: recorded absent, ours 1"),
        ({"a": [{"b": 1}]}, {"a": [{}]}, "body.a[0].b: recorded 1, ours absent"),
        ({"a": None}, {"a": {}}, "body.a: recorded null, ours {}"),
        ({"a": 1}, {"a": True}, "body.a: recorded 1, ours true"),
        ({"a": [1, 2]}, {"a": [1]}, "body.a: recorded [1, 2], ours [1]"),
        ({"code": "oidc.invalid_grant"}, {"code": "oidc.invalid_request"}, "'oidc.invalid_grant', ours 'oidc.invalid"),
        ({"code": "a_word_without_dots"}, {"code": "another_without_dot"}, "body.code: recorded 'a_word_without"),
        ({"id": "default"}, {"id": "admin"}, "body.id: recorded 'default', ours 'admin'"),
        (
            {"id": RECORDED_ID},
            {"id": "A1b2c3d4e5f6g7h8i9j0k"},
            "body.id: recorded 21 characters of 0-9a-z, ours 21 URL",
        ),
        (
            {"createdAt": 1795242119470},
            {"createdAt": 1795242119},
            "body.createdAt: recorded 1795242119470 (another unit)",
        ),
        ({"message": "Text."}, {"message": ""}, "body.message: recorded a text, ours ''"),
        ({"a": 1}, "<html>", "body: recorded JSON, ours text"),
        ("", "text", "body: recorded nothing, ours text"),
    ],
)
def test_a_difference_in_a_body_is_one_line_with_its_path(recorded: Any, ours: Any, difference: str) -> None:
    (found,) = _found(_answer(recorded), _answer(ours))
    assert difference in found


def test_texts_and_points_in_time_may_differ() -> None:
    recorded = {
        "message": "One.",
        "details": "Two.",
        "createdAt": 1795242119470,
        "data": {"issues": [{"message": "Three"}]},
    }
    ours = {"message": "1", "details": "2", "createdAt": 1600000000000, "data": {"issues": [{"message": "3"}]}}
    assert _found(_answer(recorded), _answer(ours)) == []


def test_a_learned_value_is_expected_from_then_on() -> None:
    learner = Learner()
    assert _found(_answer({"id": RECORDED_ID}), _answer({"id": OUR_ID}), learner) == []
    found = _found(_answer({"applicationId": RECORDED_ID}), _answer({"applicationId": OUR_ID[::-1]}), learner)
    assert found == [f"body.applicationId: recorded '{OUR_ID}', ours '{OUR_ID[::-1]}'"]


def test_a_value_that_should_have_changed_is_noticed() -> None:
    learner = Learner()
    first, second = "pn7NDr4Ju96uM0j7M6B5w3_IVtN2NGUrwZdEgl9LcsD", "mqQFHJ1icaAu9lSCgIRcOyvJbrg1ujjxHi0DDN36srS"
    ours = {"refresh_token": "z" * 42 + "_"}
    assert _found(_answer({"refresh_token": first}), _answer(ours), learner) == []
    (found,) = _found(_answer({"refresh_token": second}), _answer(ours), learner)
    assert "again, while the recorded value changed" in found


def test_token_claims_lifetimes_and_headers_are_compared() -> None:
    recorded = {"header": {"alg": "ES384"}, "payload": {"iat": 1795242120, "exp": 1795245720}}
    ours = {"header": {"alg": "ES384", "typ": "JWT"}, "payload": {"iat": 1600000000, "exp": 1600000060, "sid": "x"}}
    assert _found(_answer(tokens={"id_token": recorded}), _answer(tokens={"id_token": ours})) == [
        'tokens.id_token.header.typ: recorded absent, ours "JWT"',
        'tokens.id_token.payload.sid: recorded absent, ours "x"',
        "tokens.id_token lifetime: recorded 3600 s, ours 60 s",
    ]


@pytest.mark.parametrize(
    ("recorded", "ours", "difference"),
    [
        ("/sign-in?app_id=1", "/register?app_id=1", "header location path: recorded '/sign-in', ours '/register'"),
        ("/sign-in?app_id=1", "http://a/sign-in?app_id=1", "header location scheme: recorded '', ours 'http'"),
        ("/x?a=1&b=2", "/x?b=2&a=1", "header location query: recorded"),
        ("/x?error=a", "/x?error=b", "header location query.error: recorded 'a', ours 'b'"),
    ],
)
def test_a_redirect_is_compared_part_by_part(recorded: str, ours: str, difference: str) -> None:
    found = _found(_answer("", ("location", recorded)), _answer("", ("location", ours)))
    assert any(difference in each for each in found)


def test_the_code_of_a_redirect_is_learned() -> None:
    learner = Learner()
    recorded, ours = (f"https://app.example.com/callback?code={code}" for code in (RECORDED_CODE, OUR_CODE))
    assert _found(_answer("", ("location", recorded)), _answer("", ("location", ours)), learner) == []
    assert learner.text(RECORDED_CODE) == OUR_CODE


@pytest.mark.parametrize(
    ("recorded", "ours", "difference"),
    [
        (
            "_a={}; path=/; samesite=lax",
            "_a={}; path=/; samesite=lax; httponly",
            "set-cookie _a; httponly: recorded absent, ours ''",
        ),
        ("_a={}; path=/", "_a={}; path=/x", "set-cookie _a; path: recorded '/', ours '/x'"),
        ("_a={}; path=/", "_b={}; path=/", "set-cookie _a: recorded _a={}; path=/, ours absent"),
        ('_a={"b":1}; path=/', "_a=%7B%22b%22%3A1%7D; path=/", "set-cookie _a: recorded"),
        (
            "_a=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "_a=; path=/; expires=Sat, 21 Nov 2026 07:22:00 GMT",
            "forgotten-cookie _a: recorded _a=; path=/, ours absent",
        ),
    ],
)
def test_a_cookie_is_compared_with_its_attributes(recorded: str, ours: str, difference: str) -> None:
    found = _found(_answer("", ("set-cookie", recorded)), _answer("", ("set-cookie", ours)))
    assert difference in found[0]


def test_a_header_that_the_recording_never_kept_is_not_compared() -> None:
    recorded = Answer(status=200, headers=(("content-type", "text/plain"),), body="")
    ours = Answer(status=200, headers=(("content-type", "text/plain"), ("access-control-max-age", "1")), body="")
    assert _found(recorded, ours) == []


def test_an_unexpected_header_is_a_difference_where_the_recording_kept_all() -> None:
    found = _found(_answer(), _answer("", ("access-control-allow-credentials", "true")))
    assert found == ["header access-control-allow-credentials: recorded absent, ours 'true'"]


def test_link_relations_are_compared_in_order() -> None:
    first = ("link", '<http://h/api/users?page=1>; rel="first"')
    last = ("link", '<http://h/api/users?page=2>; rel="last"')
    assert _found(_answer("", first, last), _answer("", last, first)) == [
        "header link relations: recorded 'first', 'last', ours 'last', 'first'"
    ]


def test_a_json_answer_is_read_with_its_tokens() -> None:
    token = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhIn0.c2ln"
    json_type = ("Content-Type", "application/json; charset=utf-8")
    read = answer(status=200, headers=[json_type], text=f'{{"id_token":"{token}"}}')
    assert read.tokens == {"id_token": {"header": {"alg": "ES384"}, "payload": {"sub": "a"}}}
