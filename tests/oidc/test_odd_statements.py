"""Whatever a signed statement says, what comes back is a refusal in the words of the protocol."""

import asyncio
import json
from base64 import urlsafe_b64encode
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oidc.asking import MACHINE_FORM
from tests.oidc.proving import KEY
from tests.oidc.test_client_assertions import claims, world_of
from tests.oidc.world import START, World

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.client_assertions import ASSERTION_TYPE
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.options import DpopMode, ProviderOptions
from sekisho.oidc.token_endpoint import TokenRequest

_ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\x00", "none", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _mixed(sound: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a sound object in which some members are something else."""
    odd = {name: st.just(value) | _ODD for name, value in sound.items()}
    return st.fixed_dictionaries(odd)


_KEY = KEY.as_dict(private=False)
_PROOF_HEADERS = _mixed({"typ": "dpop+jwt", "alg": "ES256", "crit": ["b64"], "b64": False}).flatmap(
    lambda header: st.one_of(_mixed(_KEY), _ODD).map(lambda jwk: {**header, "jwk": jwk})
)
_PROOF_CLAIMS = _mixed(
    {"jti": "1", "htm": "POST", "htu": "https://id.example/oidc/token", "iat": epoch_seconds(START), "ath": "x"}
)
_ASSERTION_HEADERS = _mixed({"alg": "ES256", "kid": "one", "typ": "JWT", "crit": ["exp"]})


def _token(header: object, said: object) -> str:
    parts = (urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, said))
    return ".".join((*parts, "AAAA"))


def _is_refused(world: World, request: TokenRequest) -> bool:
    try:
        asyncio.run(world.provider.token(request))
    except OAuthError as error:
        json.dumps(error.members()).encode()
        str(error.description).encode()
        return True
    return False


@settings(max_examples=100, deadline=None)
@given(header=_PROOF_HEADERS, said=_PROOF_CLAIMS | _ODD)
def test_a_proof_may_say_anything(header: Any, said: Any) -> None:
    world = World(options=ProviderOptions(dpop=DpopMode.ENABLED))
    world.default_api = next(iter(world.apis.values()))
    assert _is_refused(world, TokenRequest(form=list(MACHINE_FORM.items()), proofs=(_token(header, said),)))


@settings(max_examples=100, deadline=None)
@given(header=_ASSERTION_HEADERS | _ODD, said=_mixed(claims()) | _ODD)
def test_an_assertion_may_say_anything(header: Any, said: Any) -> None:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _token(header, said)}
    assert _is_refused(world_of(), TokenRequest(form=[*form.items(), ("grant_type", "client_credentials")]))
