from datetime import UTC, datetime

import pytest

from sekisho.http.cookies import CookieJar
from sekisho.kernel.ids import TenantId
from sekisho.tenants.urls import TenantUrls

KEYS = (b"new-key", b"old-key")
DEFAULT = TenantUrls(tenant_id=TenantId("default"), origin="http://localhost:3001", prefix="")
ADMIN = TenantUrls(tenant_id=TenantId("admin"), origin="http://localhost:3001", prefix="/t/admin")


def jar(header: str = "", *, urls: TenantUrls = DEFAULT, keys: tuple[bytes, ...] = KEYS) -> CookieJar:
    return CookieJar(header=header, urls=urls, keys=keys)


def sent_back(answered: CookieJar) -> str:
    return "; ".join(line.partition(";")[0] for line in answered.pending)


def test_a_signed_cookie_is_read_back() -> None:
    answer = jar()
    answer.set_signed("_session", "abc")
    assert jar(sent_back(answer)).get_signed("_session") == "abc"


def test_a_cookie_signed_with_an_older_key_is_still_ours() -> None:
    answer = jar(keys=(b"old-key",))
    answer.set_signed("_session", "abc")
    assert jar(sent_back(answer)).get_signed("_session") == "abc"


@pytest.mark.parametrize("header", ["_session=abc", "_session=abc; _session.sig=nope", "_session=abc; _session.sig="])
def test_a_cookie_without_our_signature_is_absent(header: str) -> None:
    assert jar(header).get_signed("_session") is None


def test_a_signature_does_not_fit_another_value_or_name() -> None:
    answer = jar()
    answer.set_signed("_session", "abc")
    signature = sent_back(answer).partition("_session.sig=")[2]
    assert jar(f"_session=abd; _session.sig={signature}").get_signed("_session") is None
    assert jar(f"_interaction=abc; _interaction.sig={signature}").get_signed("_interaction") is None


def test_of_two_equal_names_the_first_counts() -> None:
    # RFC 6265 §5.4: the cookie with the longer path is sent first.
    assert jar("a=specific; a=general").get("a") == "specific"


def test_json_travels_as_it_stands() -> None:
    answer = jar()
    answer.set_signed("_logto", '{"appId":"x"}', http_only=False)
    assert answer.pending[0] == '_logto={"appId":"x"}; path=/; samesite=lax'
    assert jar(sent_back(answer)).get_signed("_logto") == '{"appId":"x"}'


@pytest.mark.parametrize("value", ["a;b", "a\r\nSet-Cookie: x=y", "é", "a\x00"])
def test_a_value_cannot_end_its_cookie(value: str) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        jar().set("x", value)


def test_cookies_of_a_prefix_tenant_have_their_own_names_and_paths() -> None:
    answer = jar(urls=ADMIN)
    expires = datetime(2026, 11, 21, 7, 22, tzinfo=UTC)
    answer.set_signed("_interaction_resume", "u", path="/oidc/auth/u", expires=expires)
    assert answer.pending[0] == (
        "_interaction_resume__admin=u; path=/t/admin/oidc/auth/u; expires=Sat, 21 Nov 2026 07:22:00 GMT; "
        "samesite=lax; httponly"
    )
    answer.set("_logto", "1", http_only=False)
    assert answer.pending[-1] == "_logto__admin=1; path=/t/admin; samesite=lax"
    assert jar(sent_back(answer)).get_signed("_interaction_resume") is None


def test_cookies_are_secure_on_https() -> None:
    answer = jar(urls=TenantUrls(tenant_id=TenantId("default"), origin="https://id.example.com", prefix=""))
    answer.set("a", "b")
    assert "; secure" in answer.pending[0]


def test_the_last_word_on_a_cookie_wins() -> None:
    answer = jar()
    answer.set_signed("a", "1")
    answer.clear("a")
    assert [line.partition(";")[0].partition("=")[0] for line in answer.pending] == ["a", "a.sig"]
    assert answer.pending[0].startswith("a=; path=/; expires=Thu, 01 Jan 1970")
