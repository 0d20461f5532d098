"""What every connector is made with: errors, configurations, answers, templates, and the pieces of OAuth."""

from typing import Any

import pytest
from pydantic import Field, field_validator

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config, mistake, parse
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import Choice, FormItem, FormItemType, ShowCondition, svg_uri
from sekisho.connectors.kit.messages import Message, Template, TemplateType, fill, template_for
from sekisho.connectors.kit.oauth import accepted, basic, build_url, code_challenge, read_callback, remembered
from sekisho.connectors.kit.social import SocialUser, TokenResponse, token_response
from sekisho.connectors.kit.tools import HttpAnswer
from sekisho.http.errors import error_body, status_of
from sekisho.i18n.translator import translator


class Inner(Config):
    usage_type: str


class Example(Config):
    client_id: str
    port: int = 25
    server_name: str | None = None
    templates: list[Inner] = Field(default_factory=list)

    @field_validator("client_id")
    @classmethod
    def _is_no_joke(cls, value: str) -> str:
        if value == "joke":
            raise mistake("That is no id.")
        return value


def refused(document: dict[str, Any]) -> ConnectorError:
    with pytest.raises(ConnectorError) as error:
        parse(Example, document)
    return error.value


def http_answer(status: int, body: bytes = b"{}") -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=body)


# Errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        *((each, 401) for each in ErrorCode if each.startswith("social_")),
        (ErrorCode.AUTHORIZATION_FAILED, 401),
        (ErrorCode.RATE_LIMIT_EXCEEDED, 429),
        (ErrorCode.USAGE_LIMIT_EXCEEDED, 429),
        (ErrorCode.NOT_IMPLEMENTED, 501),
        (ErrorCode.GENERAL, 400),
        (ErrorCode.INVALID_METADATA, 400),
        (ErrorCode.UNEXPECTED_TYPE, 400),
        (ErrorCode.INVALID_CONFIG_GUARD, 400),
        (ErrorCode.INVALID_REQUEST_PARAMETERS, 400),
        (ErrorCode.INSUFFICIENT_REQUEST_PARAMETERS, 400),
        (ErrorCode.INVALID_CONFIG, 400),
        (ErrorCode.INVALID_CERTIFICATE, 400),
        (ErrorCode.INVALID_RESPONSE, 400),
        (ErrorCode.TEMPLATE_NOT_FOUND, 400),
        (ErrorCode.TEMPLATE_NOT_SUPPORTED, 400),
    ],
)
def test_every_error_has_its_status_and_a_message(error: ErrorCode, status: int) -> None:
    raised = ConnectorError(error, {"any": 1})
    body = error_body(raised, translator("en"))
    assert (status_of(raised), body["code"]) == (status, f"connector.{error}")
    assert body["message"] != body["code"]
    assert body["data"] == {"any": 1}


@pytest.mark.parametrize(
    ("data", "sent", "told"),
    [
        ("no luck", {"message": "no luck"}, '{"message": "no luck"}'),
        ({"errorDescription": "no luck", "error": 1}, {"errorDescription": "no luck", "error": 1}, "no luck"),
        ({"error": "denied"}, {"error": "denied"}, '{"error": "denied"}'),
    ],
    ids=["text", "description", "anything"],
)
def test_a_general_error_says_what_happened(data: object, sent: object, told: str) -> None:
    body = error_body(ConnectorError(ErrorCode.GENERAL, data), translator("en"))
    assert body["data"] == sent
    assert told in body["message"]


def test_an_error_without_data_has_none() -> None:
    body = error_body(ConnectorError(ErrorCode.GENERAL), translator("en"))
    assert "data" not in body
    assert "{{" not in body["message"]


# Configurations and answers


def test_a_configuration_is_read_by_the_names_of_the_wire() -> None:
    example = parse(Example, {"clientId": "id", "serverName": "s", "templates": [{"usageType": "SignIn"}], "more": 1})
    assert (example.client_id, example.port, example.server_name) == ("id", 25, "s")
    assert example.templates[0].usage_type == "SignIn"
    assert "id" not in repr(example)


def test_every_mistake_is_named_with_its_place() -> None:
    error = refused({"port": "25", "templates": [{}]})
    assert error.details == (
        'Error in key path "clientId": (invalid_type) Expected string but received undefined.\n'
        'Error in key path "port": (invalid_type) Expected number but received string.\n'
        'Error in key path "templates.0.usageType": (invalid_type) Expected string but received undefined.'
    )


def test_a_connectors_own_rule_speaks_in_its_own_words() -> None:
    error = refused({"clientId": "joke"})
    assert error.data == {
        "issues": [{"code": "custom", "path": ["clientId"], "message": "That is no id."}],
        "name": "ZodError",
    }


def test_an_answer_of_another_shape_is_refused_without_its_values() -> None:
    class Me(Answer):
        id: int

    assert Me.of({"id": 1, "more": 2}).id == 1
    documents: list[object] = [{"id": "hush"}, {}, [], None, "hush"]
    for document in documents:
        with pytest.raises(ConnectorError) as error:
            Me.of(document)
        assert error.value.error is ErrorCode.INVALID_RESPONSE
        assert "hush" not in str(error.value.data)


def test_an_answer_that_is_no_json_is_an_invalid_response() -> None:
    assert http_answer(200, b'{"a": 1}').json() == {"a": 1}
    with pytest.raises(ConnectorError) as error:
        http_answer(200, b"<html>").json()
    assert error.value.error is ErrorCode.INVALID_RESPONSE


# Messages


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{code}}", "123456"),
        ("{{ code }} and {{code}}", "123456 and 123456"),
        ("{{user.name}}", "Hokusai"),
        ("{{user.nothing}}|{{user.name.first}}", "|"),
        ("{{unknown}} {{unknown.name}}", "{{unknown}} {{unknown.name}}"),
        ("{{list.1.name}}", "b"),
        ("{{list.7}}{{list.x}}", ""),
        ("{{user}} {{list}} {{words}}", "[object Object] [object Object],[object Object] a,b"),
        ("{{yes}} {{whole}} {{half}} {{none}}", "true 1 0.5 "),
        ("{{trick}}", "{{code}}"),
        ("{{#if code}} {{code", "{{#if code}} {{code"),
        ("<b>{{mark}}</b>", "<b><i></b>"),
    ],
)
def test_variables_are_filled_in(text: str, filled: str) -> None:
    payload = {
        "code": "123456",
        "user": {"name": "Hokusai"},
        "list": [{"name": "a"}, {"name": "b"}],
        "words": ["a", "b"],
        "yes": True,
        "whole": 1.0,
        "half": 0.5,
        "none": None,
        "trick": "{{code}}",
        "mark": "<i>",
    }
    assert fill(text, payload) == filled


def test_a_message_takes_the_template_of_its_purpose_or_the_generic_one() -> None:
    templates = [parse(Inner, {"usageType": each}) for each in ("Generic", "SignIn")]

    def chosen(purpose: TemplateType, known: list[Inner]) -> str:
        return template_for(Message(to="a@example.com", type=purpose), known).usage_type

    assert chosen(TemplateType.SIGN_IN, templates) == "SignIn"
    assert chosen(TemplateType.BIND_MFA, templates) == "Generic"
    with pytest.raises(ConnectorError) as error:
        chosen(TemplateType.REGISTER, templates[1:])
    assert error.value.error is ErrorCode.TEMPLATE_NOT_FOUND


def test_a_template_of_the_tenant_comes_with_the_message() -> None:
    own = Template(subject="s", content="c")
    assert Message(to="a@example.com", type=TemplateType.GENERIC, template=own).template is own


# The wire


def test_a_form_item_shows_what_it_has() -> None:
    item = FormItem(
        key="method",
        label="Method",
        type=FormItemType.SELECT,
        is_required=False,
        default="a",
        items=[Choice(value="a", title="A")],
        show_conditions=[ShowCondition(target_key="other"), ShowCondition(target_key="flag", expect_value=False)],
    )
    assert item.to_wire() == {
        "type": "Select",
        "key": "method",
        "label": "Method",
        "required": False,
        "defaultValue": "a",
        "selectItems": [{"value": "a", "title": "A"}],
        "showConditions": [{"targetKey": "other"}, {"targetKey": "flag", "expectValue": False}],
    }


def test_a_user_shows_what_is_known_of_him() -> None:
    assert SocialUser(id="1", name="Hokusai", raw_data=[]).to_wire() == {"id": "1", "name": "Hokusai", "rawData": []}


def test_a_picture_becomes_an_address() -> None:
    assert svg_uri("<svg/>") == "data:image/svg+xml;base64,PHN2Zy8+"


# OAuth


def test_parameters_keep_their_order_and_nothing_is_sent_for_none() -> None:
    assert build_url("https://p.example.com/a", {"b": "x y", "a": None, "c": "&"}) == (
        "https://p.example.com/a?b=x+y&c=%26"
    )
    assert build_url("https://p.example.com/a?tenant=1", {"b": "2"}) == "https://p.example.com/a?tenant=1&b=2"


def test_what_must_come_back_is_read_or_the_callback_is_told() -> None:
    assert read_callback({"code": "c", "redirectUri": "r", "more": 1}, "code", "redirectUri") == ("c", "r")
    with pytest.raises(ConnectorError) as error:
        read_callback({"error": "access_denied"}, "code")
    assert (error.value.error, error.value.data) == (ErrorCode.GENERAL, {"error": "access_denied"})


def test_what_was_not_remembered_is_missed_by_name() -> None:
    assert remembered({"nonce": "n"}, "nonce") == "n"
    sessions: list[dict[str, Any]] = [{}, {"nonce": ""}, {"nonce": 1}]
    for session in sessions:
        with pytest.raises(ConnectorError, match=r"connector\.general") as error:
            remembered(session, "nonce")
        assert "nonce" in str(error.value.data)


@pytest.mark.parametrize(
    ("status", "error"), [(401, ErrorCode.ACCESS_TOKEN_INVALID), (403, ErrorCode.GENERAL), (503, ErrorCode.GENERAL)]
)
def test_a_refusal_of_the_provider_has_a_code(status: int, error: ErrorCode) -> None:
    assert accepted(http_answer(204)).status == 204
    with pytest.raises(ConnectorError) as refusal:
        accepted(http_answer(status, b"x" * 5000))
    assert refusal.value.error is error
    assert len(str(refusal.value.data)) < 1100


def test_the_challenge_is_the_one_of_the_specification() -> None:
    # RFC 7636, Appendix B
    assert code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    assert basic("id", "s:e") == "Basic aWQ6czpl"


@pytest.mark.parametrize("expires_in", [3600, "3600"], ids=["number", "text"])
def test_a_token_response_is_read(expires_in: object) -> None:
    tokens = token_response({"access_token": "a", "expires_in": expires_in, "scope": None, "more": {}})
    assert tokens == TokenResponse(access_token="a", expires_in=3600)
    assert "a" not in repr(tokens).removeprefix("TokenResponse")


@pytest.mark.parametrize(
    "document",
    [{"access_token": 1}, {"expires_in": "soon"}, {"expires_in": []}, {"expires_in": -1}, {"expires_in": 10**20}],
    ids=["token", "word", "list", "negative", "endless"],
)
def test_a_token_response_of_another_shape_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as error:
        token_response(document)
    assert error.value.error is ErrorCode.INVALID_RESPONSE
