"""The style sheet of inline figures: one static text for all pages, written once per build.

An inline figure carries its light colours as presentation attributes, which any rule overrides,
and its dark ones as custom properties ``--vt-0``, ``--vt-1``, … on the root.  The rules below
connect the two where the page is dark, so that a figure follows a theme's switch without a script
and without a ``<style>`` of its own, which would leak into the page.

Themes have rules for all that they may contain, and what is said of a page's text is inherited by
that of a figure: what a figure must not take over is said here, strongly enough.
"""

from __future__ import annotations

from functools import cache

__all__ = ["DARK_SLOTS", "READABLE", "REVEAL", "stylesheet"]

READABLE = 9.02
"""The size in px below which texts are not drawn in a page; a bit more than 9 for rounding."""

DARK_SLOTS = 64
"""How many different colours of one figure can change with the theme."""

# How themes write down that a page is dark, on the page or its body: pydata, furo and others;
# Piccolo; what uses Bootstrap; Shibuya and Awesome; Wagtail; and what else is usual.  Material,
# too, for Sphinx, MkDocs and Zensical.
_DARK_SIGNS = (
    *(f'[data-{name}="dark"]' for name in ("theme", "mode", "bs-theme", "color-mode")),
    *(f".{name}" for name in ("dark", "theme-dark", "dark-theme", "dark-mode")),
)
_DARK = (f":is(html,body):is({','.join(_DARK_SIGNS)})", '[data-md-color-scheme="slate"]')
# Furo leaves the choice to the browser; a page that says nothing about a theme stays light.
_AUTO = ('body[data-theme="auto"]', 'html[data-theme="auto"]')

# A theme that no list knows tells the browser what it is, for the sake of scroll bars and fields:
# "color-scheme: dark".  A colour that is black only there can be asked for.
_SCHEME = """\
@property --vt-scheme{syntax:"<color>";inherits:true;initial-value:#fff}
.vt-picture,.vt-gallery{--vt-scheme:light-dark(#fff,#000)}
"""

# A figure is never drawn so small that its texts cannot be read, unless the author asks for a
# width: on a phone it is scrolled, and the page is not.  There, a figure's padding is no reason to
# be wider than the page either.
_BASE = """\
.vt-figure{max-width:100%;height:auto}
figure:has(>.vt-picture){max-width:100%}
@media(max-width:600px){figure:has(>.vt-picture){box-sizing:border-box}}
.vt-picture{overflow-x:auto;direction:ltr}
.vt-picture:not([style]) .vt-figure{min-width:var(--vt-least)}
.vt-figure.vt-figure.vt-figure{fill:none;font-style:normal;font-variant:normal;
font-weight:400;letter-spacing:normal;text-shadow:none;text-transform:none;word-spacing:normal}
.vt-figure a{text-decoration:none!important;font-style:inherit!important;
font-weight:inherit!important;letter-spacing:inherit!important;text-shadow:inherit!important;
text-transform:inherit!important}
.vt-figure a:hover text{text-decoration:underline}
.vt-figure a:focus-visible{outline:2px solid #4c8dd6;outline-offset:2px}
.vt-table{max-width:100%;overflow-x:auto}
.visualtorch-table .vt-number{text-align:right;font-variant-numeric:tabular-nums}
"""

# What is scrolled has a shade at each end behind which there is more.  Where the browser knows how
# far it is scrolled, it says so; elsewhere a patch of the page's colour, at both ends of what is
# scrolled, lies over the shade, if the theme says what colour that is.
_SHADES = (
    "linear-gradient(90deg,#88888880,#88888800) 0 0/{0} 100% no-repeat{1}",
    "linear-gradient(270deg,#88888880,#88888800) 100% 0/{0} 100% no-repeat{1}",
)
_PATCHES = (
    "linear-gradient(90deg,var(--vt-page) 50%,transparent) 0 0/28px 100% no-repeat local",
    "linear-gradient(270deg,var(--vt-page) 50%,transparent) 100% 0/28px 100% no-repeat local",
)
# furo; pydata, sphinx-book and others; Material for MkDocs
_PAGE = "var(--color-background-primary,var(--pst-color-background,var(--md-default-bg-color)))"

_HINT = f"""\
@supports (animation-timeline:scroll()){{
.vt-picture{{background:{",".join(_SHADES).format("0", "")};
animation:vt-more linear both;animation-timeline:scroll(self inline)}}
}}
@keyframes vt-more{{
0%{{background-size:0 100%,14px 100%}}
10%,90%{{background-size:14px 100%,14px 100%}}
100%{{background-size:14px 100%,0 100%}}
}}
@supports not (animation-timeline:scroll()){{
.vt-picture{{--vt-page:{_PAGE};
background:{",".join((*_PATCHES, *_SHADES)).format("14px", " scroll")}}}
}}
"""

# At most as many columns as the author wants, fewer where a card would be too narrow.  Selectors
# say a class more than once: themes have rules of their own for lists, their bullets, which may be
# grounds, paragraphs and images in a page.
_GALLERY = """\
.vt-gallery.vt-gallery.vt-gallery.vt-gallery{display:grid;gap:1rem;margin:1rem 0;
padding:0;list-style:none;
grid-template-columns:repeat(auto-fill,minmax(min(100%,max(11rem,
(100% - (var(--vt-columns) - 1)*1rem)/var(--vt-columns))),1fr))}
p.vt-gallery-caption.rubric{display:block}
.vt-gallery .vt-card.vt-card.vt-card{position:relative;background:none;
display:flex;flex-direction:column;margin:0;
padding:.75rem;border:1px solid var(--vt-line);border-radius:.5rem;min-width:0;
list-style:none;overflow-wrap:anywhere;
--vt-line:var(--pst-color-border,var(--color-background-border,rgba(128,128,128,.4)))}
.vt-card.vt-card p{text-align:start}
.vt-card.vt-card>p{margin:.25rem 0 0}
.vt-card .vt-card-picture{margin:0 0 .5rem}
.vt-card .vt-card-picture img{display:block;width:100%;max-width:100%;height:9rem;
object-fit:contain;margin:0;border-radius:0;background:none}
.vt-card .vt-card-picture img.vt-dark{display:none}
.vt-card .vt-card-name{font-weight:600}
.vt-card .vt-card-name a::after{content:"";position:absolute;inset:0;border-radius:.5rem}
.vt-card:has(a:hover){border-color:currentColor}
.vt-card .vt-card-name a:focus-visible{outline:none}
.vt-card .vt-card-name a:focus-visible::after{outline:2px solid #4c8dd6;outline-offset:2px}
.vt-card .vt-card-summary,.vt-card .vt-card-facts{font-size:.875em}
.vt-card .vt-card-facts{display:flex;flex-wrap:wrap;column-gap:1em;margin-top:auto;
padding-top:.5rem;font-variant-numeric:tabular-nums}
.vt-card .vt-dot{display:none}
.vt-card .admonition{margin:.5rem 0 0;font-size:.875em}
"""

REVEAL = """\
@media screen and (prefers-reduced-motion:no-preference){
.vt-step{animation:vt-reveal .5s ease-out backwards;
animation-delay:calc(var(--vt-at)*var(--vt-pace))}
}
@keyframes vt-reveal{from{opacity:0}}
"""
"""Shows the steps of an animated figure one after the other, once.

Where the reader wants no motion, on paper, and where this is not known, all is there at once."""

# pydata paints a white ground behind content images: one class more than its selector has
_NO_GROUND = 'html[data-theme="dark"] .vt-figure.vt-figure.vt-figure.vt-figure'


def _rules(page: str) -> str:
    pictures = f"{page} .vt-card .vt-card-picture.vt-card-picture img"
    thumbnails = f"{pictures}.vt-light{{display:none}}\n{pictures}.vt-dark{{display:block}}\n"
    return thumbnails + "".join(
        f"{page} .vt-f{index}{{fill:var(--vt-{index})}}\n"
        f"{page} .vt-s{index}{{stroke:var(--vt-{index})}}\n"
        for index in range(DARK_SLOTS)
    )


@cache
def stylesheet() -> str:
    """Return the CSS that inline figures need on a page.

    The dark rules hold on screens only: on paper, light colours stand on white.
    """
    dark, auto = (f":is({','.join(pages)})" for pages in (_DARK, _AUTO))
    # ":root" is as strong as an attribute of the page
    scheme = f"{_SCHEME}@container style(--vt-scheme:#000){{\n{_rules(':root')}}}\n"
    return (
        f"{_BASE}{_HINT}{_GALLERY}{REVEAL}{_NO_GROUND}{{background-color:transparent}}\n"
        f"@media screen{{\n{_rules(dark)}{scheme}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{\n{_rules(auto)}}}\n"
    )
