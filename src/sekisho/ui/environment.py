"""Where templates are found, and the one Jinja environment of all surfaces.

Undefined names are errors, everything is escaped, templates are compiled once. Loaded with the first page.
"""

from pathlib import Path

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from sekisho.ui.addresses import web_address
from sekisho.ui.page import CSRF_FIELD
from sekisho.ui.sentences import with_elements

_PACKAGES = Path(__file__).resolve().parents[1]


class SurfaceLoader(BaseLoader):
    """Finds ``hosted/sign_in.html`` in ``sekisho/hosted/templates/sign_in.html``, whatever the package."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002 - Jinja's signature
        package, _, name = template.partition("/")
        path = _PACKAGES / package / "templates" / name
        if not name or ".." in template or not path.is_file():
            raise TemplateNotFound(template)
        return path.read_text(encoding="utf-8"), str(path), None

    def list_templates(self) -> list[str]:
        files = _PACKAGES.glob("*/templates/**/*.html")
        return sorted(
            "/".join((path.relative_to(_PACKAGES).parts[0], *path.relative_to(_PACKAGES).parts[2:])) for path in files
        )


def make_environment() -> Environment:
    environment = Environment(
        loader=SurfaceLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["web_address"] = web_address
    environment.globals.update(csrf_field=CSRF_FIELD, with_elements=with_elements)
    return environment


ENVIRONMENT = make_environment()


def prepare() -> None:
    """Compiles every template now rather than at its first reader."""
    for name in ENVIRONMENT.list_templates():
        ENVIRONMENT.get_template(name)
