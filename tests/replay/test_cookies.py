from tests.replay.cookies import names_in, parse_set_cookie


def test_a_cookie_line_is_read_as_it_stands() -> None:
    cookie = parse_set_cookie('_logto={"appId":"x"}; Path=/; SameSite=lax; HttpOnly')
    assert (cookie.name, cookie.value) == ("_logto", '{"appId":"x"}')
    assert cookie.attributes == {"path": "/", "samesite": "lax", "httponly": ""}


def test_a_cookie_that_expired_in_1970_is_a_deletion() -> None:
    assert parse_set_cookie("a=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT").is_deletion
    assert not parse_set_cookie("a=1; path=/; expires=Sat, 21 Nov 2026 07:22:00 GMT").is_deletion


def test_names_are_read_off_a_cookie_header() -> None:
    assert names_in('_logto={"appId":"x"}; _logto.sig=y') == ["_logto", "_logto.sig"]
