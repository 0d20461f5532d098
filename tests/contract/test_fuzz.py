"""Every operation of the Management API is sent what its description declares, and what it does not.

Nothing fails, and every answer is one that is declared. A short run; `make fuzz` looks longer. The token is asked for
anew before each operation, because some of them end all tokens.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import status_code_conformance
from tests.cli.test_serving import Start
from tests.support.servers import RunningServer

MANAGEMENT_API = "https://default.logto.app/api"
#: How often each operation is asked, in each way.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
#: These close the door behind them: keys take seconds to make, and options may ask for other tokens than ours.
#: The last two are always 501, as nobody provides what they tell of, or carries messages.
LEFT_OUT = (
    "/api/configs/oidc/provider",
    "/api/configs/oidc/{keyType}/rotate",
    "/api/systems/application",
    "/api/verification-codes",
)


class Caller:
    """A machine that may manage the tenant."""

    def __init__(self, server: RunningServer, client: httpx2.Client) -> None:
        self._client = client
        command = ("app", "create", "--type", "MachineToMachine", "--name", "Fuzz", "--management-api", "--json")
        self._application = json.loads(server.run(*command).stdout)

    def headers(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}
        credentials = (self._application["id"], self._application["secret"])
        answer = self._client.post("/oidc/token", data=form, auth=credentials)
        return {"authorization": f"Bearer {answer.json()['access_token']}"}


def _modes(operation: Any) -> Iterator[GenerationMode]:
    """Say in which ways an operation can be asked: any text fits a path, unless its schema lists the words."""
    yield GenerationMode.POSITIVE
    lists_words = any("enum" in each.definition["schema"] for each in operation.path_parameters)
    if operation.body or any(operation.query) or lists_words:
        yield GenerationMode.NEGATIVE


def _problems(operation: Any, caller: Caller, mode: GenerationMode) -> Iterator[str]:
    headers = caller.headers()

    @seeded(20261121)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        response = case.call(headers=headers, timeout=30)
        case.validate_response(response, checks=[not_a_server_error, status_code_conformance])

    try:
        ask()
    except FailureGroup as failures:
        yield from (f"{operation.label}: {failure}" for failure in failures.exceptions)
    except Failure as failure:
        yield f"{operation.label}: {failure}"


def test_no_operation_fails_or_answers_what_it_does_not_declare(start_server: Start) -> None:
    server = start_server(None)
    with httpx2.Client(base_url=server.origin, timeout=20) as client:
        caller = Caller(server, client)
        description = client.get("/api/.well-known/management.openapi.json").json()
        # The contract says `oneOf` where several shapes may fit; whoever makes up values reads that as "never".
        description = json.loads(json.dumps(description).replace('"oneOf":', '"anyOf":'))
        schema = schemathesis.openapi.from_dict(description)
        schema.config.update(base_url=server.origin)

        problems: list[str] = []
        for result in schema.get_all_operations():
            operation = result.ok() if isinstance(result, Ok) else pytest.fail(str(result))
            if operation.path not in LEFT_OUT:
                for mode in _modes(operation):
                    problems += _problems(operation, caller, mode)

    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)
