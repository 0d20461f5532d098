"""Refusals of the rules of who may use an application."""

from sekisho.kernel.errors import ErrorKind, InvalidInput


class TooManyRules(InvalidInput):
    """More than anybody keeps by hand, and each is looked at when somebody signs in."""

    kind = ErrorKind.UNPROCESSABLE
