"""Every page in every state and language: complete, well formed, accessible, safe."""

import dataclasses
import re
from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from typing import Any

import pytest
from markupsafe import Markup
from tests.ui.gallery import SUPPORT, Specimen, in_scheme, specimens
from tests.ui.reading import Document, Element

from sekisho.endpoints import pages as endpoints
from sekisho.hosted import pages as hosted
from sekisho.i18n.translator import Translator, translator
from sekisho.ui.branding import Branding, Scheme, Theme, theme
from sekisho.ui.environment import make_environment
from sekisho.ui.page import Chrome, Page
from sekisho.ui.render import render

NONCE = "r4nd0m"
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{name}}<link>x</link>&amp;"


def shown(page: Page, *, language: str = "en", look: Theme | None = None, t: Translator | None = None) -> Document:
    chrome = Chrome(translator=t or translator(language), nonce=NONCE, theme=look or Theme())
    return Document(render(page, chrome=chrome))


@pytest.fixture(scope="module")
def pages() -> Mapping[str, Document]:
    """Every page in every language, by both names."""
    return {
        f"{specimen.name}-{language}": shown(specimen.page, language=language, look=specimen.theme)
        for language in ("en", "ja")
        for specimen in specimens(translator(language))
    }


class TestEveryPage:
    def test_is_well_formed(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            assert not page.mistakes, name
            ids = [element.get("id") for element in page.elements if element.get("id")]
            assert len(ids) == len(set(ids)), name

    def test_says_everything(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            text = page.one("body").text
            assert "{{" not in page.source, name
            assert "sekisho." not in text.replace("sekisho app", ""), name
            assert "None" not in text, name
            assert page.one("title").text.strip(), name

    def test_has_one_title_one_main_and_headings_in_order(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            assert page.one("h1").within("main"), name
            levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3")]
            assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), name

    def test_names_its_language_direction_and_theme(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            html = page.one("html")
            assert (html.get("lang") in {"en", "ja"}, html.get("dir")) == (True, "ltr"), name
            assert html.get("data-theme") in set(Scheme), name

    def test_every_control_has_a_name(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            labels = {label.get("for") for label in page.all("label") if label.text.strip()}
            for control in page.all("input"):
                assert control.get("type") == "hidden" or control.get("id") in labels, name
            for control in page.all("a", "button"):
                assert control.text.strip() or control.get("aria-label"), name
            assert all("alt" in image.attributes for image in page.all("img")), name
            assert all(icon.get("aria-hidden") == "true" for icon in page.all("svg")), name

    def test_every_reference_leads_somewhere(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            ids = {element.get("id") for element in page.elements}
            for element in page.elements:
                for reference in ("aria-describedby", "aria-controls", "aria-labelledby", "for", "data-copy"):
                    assert set(element.get(reference).split()) <= ids, (name, reference)
                if element.get("href").startswith("#"):
                    assert element.get("href")[1:] in ids, name

    def test_gives_the_focus_to_one_field_at_most(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            assert sum("autofocus" in element.attributes for element in page.elements) <= 1, name

    def test_loads_nothing_but_its_own_files(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            for link in page.all("link"):
                assert link.get("href").startswith("/assets/"), name
            assert [script.get("nonce") for script in page.all("script")] == [NONCE] * len(page.all("script")), name
            assert [style.get("nonce") for style in page.all("style")] == [NONCE] * len(page.all("style")), name
            handlers = [each for element in page.elements for each in element.attributes if each.startswith("on")]
            assert not handlers, name
            assert not [element for element in page.elements if "style" in element.attributes], name

    def test_posts_with_a_token(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            for form in page.all("form"):
                fields = {field.get("name") for field in page.all("input") if form in field.inside}
                own = form.get("id").startswith("op.")
                assert form.get("method") == "post", name
                assert own or fields & {"_csrf", "xsrf"}, name

    def test_signs_nobodys_name(self, pages: Mapping[str, Document]) -> None:
        for name, page in pages.items():
            assert "powered by" not in page.source.lower(), name


def hostile(value: Any, name: str = "") -> Any:
    """The same value with every text replaced by one that tries to break out."""
    match value:
        case Enum() | bool() | int() | None:
            return value
        case str():
            return HOSTILE
        case tuple():
            return tuple(hostile(item, name) for item in value)
        case dict():
            return dict.fromkeys(value, HOSTILE)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {item.name: hostile(getattr(value, item.name), item.name) for item in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    raise TypeError(name)


@pytest.mark.parametrize("specimen", [pytest.param(s, id=s.name) for s in specimens(translator("en"))])
def test_hostile_values_stay_text(specimen: Specimen) -> None:
    benign, attacked = shown(specimen.page), shown(hostile(specimen.page))
    assert not attacked.mistakes
    # A scope without a text is shown as code instead of a sentence; every other tag is the same.
    # An address breaks after as many slashes as it has.
    plain = {"code", "span", "wbr"}
    assert [e.tag for e in attacked.elements if e.tag not in plain] == [
        e.tag for e in benign.elements if e.tag not in plain
    ]
    assert not [name for element in attacked.elements for name in element.attributes if name.startswith("on")]


def test_a_hostile_phrase_of_a_tenant_stays_text() -> None:
    phrases = {
        "action.sign_in": HOSTILE,
        "description.auto_agreement": HOSTILE + "<link></link>",
        "input.password": HOSTILE,
    }
    t = translator("en", custom=phrases)
    page = hosted.SignIn(action="a", csrf_token="t", terms=hosted.Terms(terms_of_use_url="https://t.example"))
    assert not shown(page, t=t).mistakes
    assert len(shown(page, t=t).all("script")) == len(shown(page).all("script"))
    assert not shown(page, t=t).all("img")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x"]
)
def test_an_address_of_a_tenant_cannot_run_a_script(address: str) -> None:
    terms = hosted.Terms(terms_of_use_url=address, privacy_policy_url=address)
    support = hosted.Support(website_url=address)
    for page in (hosted.SignIn(action="a", csrf_token="t", terms=terms), hosted.NotFound(support=support)):
        assert {link.get("href") for link in shown(page).all("a")} == {"about:blank"}


class TestForms:
    def field(self, page: Document, name: str) -> Element:
        (found,) = [item for item in page.all("input") if item.get("name") == name]
        return found

    def test_what_was_typed_is_kept_but_never_a_password(self) -> None:
        page = shown(hosted.SignIn(action="a", csrf_token="t", identifier="mio", errors={"password": "no"}))
        assert self.field(page, "identifier").get("value") == "mio"
        assert "value" not in self.field(page, "password").attributes

    def test_an_error_stands_at_its_field(self) -> None:
        page = shown(hosted.SignIn(action="a", csrf_token="t", errors={"password": "Enter your password."}))
        password = self.field(page, "password")
        (error,) = [item for item in page.elements if item.get("id") == "password-error"]
        assert password.get("aria-invalid") == "true"
        assert password.get("aria-describedby") == "password-error"
        assert error.text.strip() == "Enter your password."
        assert page.one("title").text.startswith("Error: ")

    def test_several_errors_are_summed_up_as_links_to_their_fields(self) -> None:
        page = shown(hosted.SignIn(action="a", csrf_token="t", errors={"identifier": "One.", "password": "Two."}))
        links = {link.get("href"): link.text for link in page.all("a")}
        assert links == {"#identifier": "One.", "#password": "Two."}

    def test_the_cursor_waits_where_something_is_missing(self) -> None:
        fresh = shown(hosted.SignIn(action="a", csrf_token="t"))
        wrong_password = shown(hosted.SignIn(action="a", csrf_token="t", identifier="mio", problem="No."))
        assert "autofocus" in self.field(fresh, "identifier").attributes
        assert "autofocus" in self.field(wrong_password, "password").attributes

    @pytest.mark.parametrize(
        ("page", "tokens"),
        [
            (hosted.SignIn(action="a", csrf_token="t"), ["username", "current-password"]),
            (hosted.Register(action="a", csrf_token="t"), ["username", "new-password", "new-password"]),
        ],
    )
    def test_password_managers_know_the_fields(self, page: Page, tokens: list[str]) -> None:
        fields = [item for item in shown(page).all("input") if item.get("type") != "hidden"]
        assert [item.get("autocomplete") for item in fields] == tokens

    @pytest.mark.parametrize(
        ("identifiers", "kind", "label"),
        [
            (("username",), "text", "Username"),
            (("email",), "email", "Email address"),
            (("phone",), "tel", "Phone number"),
            (("phone", "username"), "text", "Phone number or username"),
            (("username", "email", "phone"), "text", "Email, phone number or username"),
        ],
    )
    def test_the_identifier_field_says_what_it_takes(self, identifiers: tuple[str, ...], kind: str, label: str) -> None:
        names = tuple(hosted.Identifier(name) for name in identifiers)
        page = shown(hosted.SignIn(action="a", csrf_token="t", identifiers=names))
        assert self.field(page, "identifier").get("type") == kind
        assert page.all("label")[0].text == label

    def test_terms_are_ticked_only_where_the_tenant_asks_for_it(self) -> None:
        ticked = hosted.Terms(terms_of_use_url="https://t.example", must_tick=True)
        page = shown(hosted.Register(action="a", csrf_token="t", terms=ticked, errors={"termsAgreement": "Please."}))
        assert self.field(page, "termsAgreement").get("aria-invalid") == "true"
        said = shown(hosted.Register(action="a", csrf_token="t", terms=dataclasses.replace(ticked, must_tick=False)))
        assert not [item for item in said.all("input") if item.get("type") == "checkbox"]
        assert "terms of use" in said.one("main").text

    def test_consent_offers_a_decision_either_way(self) -> None:
        user = hosted.ConsentUser(name="mio")
        page = shown(hosted.Consent(action="a", csrf_token="t", application_name="Reader", user=user))
        assert [(b.get("name"), b.get("value")) for b in page.all("button")] == [
            ("decision", "authorize"),
            ("decision", "cancel"),
        ]

    def test_a_sign_in_that_failed_does_not_say_how_good_it_is_to_see_you(self) -> None:
        fresh = shown(hosted.SignIn(action="a", csrf_token="t"))
        failed = shown(hosted.SignIn(action="a", csrf_token="t", problem="No."))
        assert ["Good to see you again." in page.one("main").text for page in (fresh, failed)] == [True, False]


class TestSelfSendingPages:
    def test_the_sign_out_form_is_the_one_clients_know(self) -> None:
        page = shown(endpoints.SignOut(action="https://auth.example/oidc/session/end/confirm", xsrf="x"))
        form = page.one("form")
        assert (page.one("title").text, form.get("id")) == ("Sign Out", "op.logoutForm")
        assert form.get("action") == "https://auth.example/oidc/session/end/confirm"
        assert [(item.get("name"), item.get("value")) for item in page.all("input")] == [
            ("xsrf", "x"),
            ("logout", "yes"),
        ]

    def test_nobody_signed_in_submits_the_same_fields(self) -> None:
        page = shown(endpoints.SubmittingCallback(action="a", xsrf="x"))
        assert page.one("h1").text == "Sign out"
        assert page.one("title").text == "Submitting Callback"
        assert [item.get("name") for item in page.all("input")] == ["xsrf", "logout"]

    def test_there_is_a_button_where_there_is_no_script(self) -> None:
        pages: list[Page] = [
            endpoints.SignOut(action="a", xsrf="x"),
            endpoints.SubmittingCallback(action="a", xsrf="x"),
            endpoints.FormPost(action="a", fields=(("code", "c"),)),
        ]
        for page in pages:
            assert shown(page).one("button").within("noscript")

    def test_only_a_script_says_that_something_is_happening(self) -> None:
        page = shown(endpoints.SignOut(action="a", xsrf="x"))
        (sending,) = [item for item in page.elements if item.get("id") == "sending"]
        assert (sending.text, "hidden" in sending.attributes) == ("Signing you out…", True)

    def test_a_field_named_submit_does_not_stop_the_form(self) -> None:
        page = shown(endpoints.FormPost(action="a", fields=(("submit", "x"),)))
        assert "HTMLFormElement.prototype.submit.call" in page.source


class TestTheme:
    PAGE = hosted.NotFound(support=SUPPORT)

    def test_dark_mode_is_only_offered_where_the_tenant_has_it(self) -> None:
        light = shown(self.PAGE, look=theme(Branding(is_dark_mode_enabled=False)))
        assert light.one("html").get("data-theme") == "light"
        assert light.one("body").get("class") == "desktop light"
        assert shown(self.PAGE, look=theme(Branding())).one("html").get("data-theme") == "auto"

    def test_the_class_names_of_custom_css_are_there(self) -> None:
        classes = " ".join(element.get("class") for element in shown(self.PAGE).elements).split()
        assert {"logto_page-container", "logto_main-content", "logto_branding-header"} <= set(classes)

    def test_a_logo_replaces_our_mark_and_has_a_dark_variant(self) -> None:
        both = Branding(logo_url="https://b.example/light.svg", dark_logo_url="https://b.example/dark.svg")
        page = shown(self.PAGE, look=theme(both))
        assert page.one("img").get("src") == "https://b.example/light.svg"
        assert page.one("source").get("srcset") == "https://b.example/dark.svg"
        assert not page.all("svg")
        forced = shown(self.PAGE, look=in_scheme(theme(both), Scheme.DARK))
        assert forced.one("img").get("src") == "https://b.example/dark.svg"

    def test_favicons_of_the_tenant_are_used(self) -> None:
        look = theme(Branding(favicon="https://b.example/f.ico", dark_favicon="https://b.example/d.ico"))
        icons = [link.get("href") for link in shown(self.PAGE, look=look).all("link") if link.get("rel") == "icon"]
        assert icons == ["https://b.example/f.ico", "https://b.example/d.ico"]

    def test_custom_css_comes_last_and_stays_inside_its_element(self) -> None:
        look = theme(Branding(primary_color="#1e3a8a", custom_css="a{}</style ><script>x</script>b > c{}"))
        page = shown(self.PAGE, look=look)
        colours, custom = page.all("style")
        assert "--ai:#1e3a8a" in colours.text
        assert "data-custom-css" in custom.attributes
        assert custom.text.endswith("b > c{}")
        assert len(page.all("script")) == len(shown(self.PAGE).all("script"))


def test_an_error_page_shows_only_what_there_is() -> None:
    page = shown(hosted.ErrorPage(message="It broke."))
    assert not page.all("dl", "a")
    assert page.one("h1").text == "Something went wrong"


def test_the_command_for_a_misdirected_request_can_do_nothing_else() -> None:
    page = hosted.Misdirected(origin="https://x.example$(reboot)")
    assert page.command == "ENDPOINT='https://x.example$(reboot)' sekisho start"


def test_a_page_written_from_right_to_left_says_so() -> None:
    t = translator("ar", custom={"action.sign_in": "تسجيل الدخول"})
    assert shown(hosted.SignIn(action="a", csrf_token="t"), t=t).one("html").get("dir") == "rtl"


def test_a_name_that_is_not_defined_is_an_error() -> None:
    template = make_environment().from_string("{{ nothing }}")
    with pytest.raises(Exception, match="'nothing' is undefined"):
        template.render()


def test_only_vetted_markup_skips_escaping() -> None:
    assert make_environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    assert make_environment().from_string("{{ x }}").render(x=Markup("<b>")) == "<b>"


def test_pages_are_small() -> None:
    """Templates leave no piles of blank lines behind."""
    page = render(hosted.NotFound(), chrome=Chrome(translator=translator("en"), nonce=NONCE))
    assert not re.search(r"\n\s*\n\s*\n", page)
