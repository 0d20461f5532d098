"""A tenant's own words beside a form: what they may be, and what they can never do."""

import pytest

from sekisho.ui.custom_content import custom_content


def test_words_links_and_pictures_stay() -> None:
    html = (
        '<section class="hero" lang="ja"><h2>本の関所</h2><p>Read <a href="https://example.com/about" target="_blank" '
        'rel="noopener noreferrer">more</a>.</p><picture><source media="(min-width: 40em)" '
        'srcset="https://example.com/wide.avif"><img src="data:image/png;base64,AAAA" alt="A shelf" width="320">'
        "</picture></section>"
    )
    assert custom_content(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script>Hello", "Hello"),
        ("<style>form { display: none }</style>Hello", "Hello"),
        ('<img src="x" onerror="alert(1)" alt="">', '<img src="x" alt="">'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="data:text/html,<b>">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<form action="https://evil.example"><input name="password"></form>Hello', "Hello"),
        ('<iframe src="https://evil.example"></iframe>Hello', "Hello"),
        ("<svg><script>alert(1)</script></svg>Hello", "Hello"),
        ('<p id="identifier" style="position: fixed">x</p>', "<p>x</p>"),
        ("</div></aside><main>x", "<main>x</main>"),
        ("<p>not closed", "<p>not closed</p>"),
    ],
)
def test_what_would_act_is_taken_out(html: str, left: str) -> None:
    assert custom_content(html) == left
