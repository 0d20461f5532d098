"""The grants of the token endpoint, one file each; a new one is a file with a line in `GRANTS`."""

from collections.abc import Mapping

from sekisho.oidc.grants import authorization_code, client_credentials, device_code, refresh_token, token_exchange
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.models import GrantType

GRANTS: Mapping[GrantType, GrantHandler] = {
    GrantType.AUTHORIZATION_CODE: authorization_code.HANDLER,
    GrantType.REFRESH_TOKEN: refresh_token.HANDLER,
    GrantType.CLIENT_CREDENTIALS: client_credentials.HANDLER,
    GrantType.DEVICE_CODE: device_code.HANDLER,
    GrantType.TOKEN_EXCHANGE: token_exchange.HANDLER,
}
