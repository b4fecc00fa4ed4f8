"""Draws a card's Markdown for the page, as an EHR would: between `routes` and its templates."""

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_FIRST_HEADING = 3  # below a card's summary, which is a heading of the second level
_LAST_HEADING = 6


class _CardRenderer(RendererHTML):
    """HTML for a card's detail: headings below the card's own, links that leave this window."""

    def _heading(self, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        level = min(int(token.tag[1:]) + _FIRST_HEADING - 1, _LAST_HEADING)
        token.tag = f"h{level}"
        return self.renderToken(tokens, idx, options, env)

    heading_open = _heading
    heading_close = _heading

    def link_open(self, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("target", "_blank")
        tokens[idx].attrSet("rel", "noopener noreferrer")
        return self.renderToken(tokens, idx, options, env)


def _is_web_address(url: str) -> bool:
    """Whether *url* is http(s) or a path of our own; "javascript:" and "data:" are neither."""
    return url.startswith(("https://", "http://", "/")) and not url.startswith("//")


def _parser() -> MarkdownIt:
    # GitHub's tables and strikethrough on CommonMark. Raw HTML stays text, and pictures are left
    # out: the page's security policy would refuse them, and none of our cards has one.
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_CardRenderer)
    parser.enable(["table", "strikethrough"]).disable(["image", "html_inline", "html_block"])
    parser.validateLink = _is_web_address  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def drawn(markdown: str) -> Markup:
    """Return *markdown* as HTML that is safe to put on the page.

    Raw HTML in it comes out as text, and a link to anything but http, https or our own paths
    stays text too. Headings start at the third level.
    """
    return Markup(_PARSER.render(markdown))  # noqa: S704  (markdown-it escaped it: html is off)
