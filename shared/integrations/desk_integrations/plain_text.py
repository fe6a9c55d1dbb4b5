"""Lines of a text that came from mail or a web form, as connectors compare them."""

from desk_connectors.plain_text import lines_of

__all__ = ["lines_of"]
