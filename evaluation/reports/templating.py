"""HTML from a package's Jinja2 templates: every value is escaped, and a missing value is an error."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


class Templates:
    """The files in the ``templates`` folder of a package, with filters that they may use."""

    def __init__(self, package: str | None, **filters: Callable[..., str]) -> None:
        self._environment = Environment(
            loader=PackageLoader(str(package)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # no look at the disk for each of the fragments of a streamed answer
        )
        self._environment.filters.update(filters)

    def render(self, name: str, /, **values: object) -> Markup:
        """One template with its values, as markup that other templates insert unchanged. Raises UndefinedError if a
        value that the template uses is missing.
        """
        return Markup(self._environment.get_template(name).render(values))  # nosec B704 # templates escape
