"""Paths match by whole segments, and only where they have one reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Access, CaveatUnmet, attenuate, paths
from engine.caveats import Http, Resource

NOW = 1_800_000_000

AMBIGUOUS = [
    "", "?", "?a", "//", "//a", "/a//b", "/a/", "a/", "a//b", "/.", "/..", ".", "..", "/a/.",
    "/a/..",
    "/a/./b", "/a/../b", "../a", "./a", "/..;/a", "/a/..;x=1/b", "/a/.;x/b", "/a/;x/b", "/;", ";",
    "/a\\b", "/a\\..\\b", "\\", "/a\x00", "/a\nb", "/a\tb", "/\x7f", "/a\x85b", "/a\x9fb", "/\r\n",
    "/%2e", "/%2E", "/%2e%2e/a", "/a/%2e./b", "/a%2fb", "/a%2Fb", "/a%5cb", "/a%5Cb", "/a%25",
    "/%252e",
    "/a%3bb", "/a%3B", "/a%00", "/a%0a", "/a%0d%0a", "/a%1f", "/a%7f", "/a%7F", "/a%c2%85",
    "/a%C2%9F",
    "/a%", "/a%2", "/a%zz", "/a%2g", "/%u002e", "/a%%41", "/%c0%ae%c0%ae/a", "/%e0%80%af", "/%ff",
    "/%c3", "/%c3/a", "/%ed%a0%80", "/a%80", "#", "/#", "/a#b", "/a/#x", "/a#?b", "a#", "/a/#/../b",
    "/" + "a" * 8192, "/" + "é" * 4096, "/" + "\ud800" * 2731,
]  # fmt: skip
CLEAR = {
    "/": ("",),
    "/?a=..": ("",),
    "/a": ("", "a"),
    "a": ("a",),
    "/a/b": ("", "a", "b"),
    "a/b": ("a", "b"),
    "/a/b?c=/../d%2e": ("", "a", "b"),
    "/a?b?c": ("", "a"),
    "/...": ("", "..."),
    "/.a": ("", ".a"),
    "/a..b": ("", "a..b"),
    "/a;x=1/b": ("", "a;x=1", "b"),
    "/a%20b": ("", "a%20b"),
    "/%41": ("", "%41"),
    "/é": ("", "é"),
    "/%c3%a9": ("", "%c3%a9"),
    "/%E2%82%AC": ("", "%E2%82%AC"),
    "/a*b": ("", "a*b"),
    "/a:b@c": ("", "a:b@c"),
    "/a?#": ("", "a"),
    "/a%23b": ("", "a%23b"),
    "/" + "é" * 4095 + "a": ("", "é" * 4095 + "a"),
    "/" + "a" * 8191 + "?" + "b" * 9000: ("", "a" * 8191),
    "\ud800": ("\ud800",),
}


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_a_path_of_more_than_one_reading_is_under_no_pattern(path) -> None:
    assert paths.segments(path) is None
    for pattern in ("*", "/*", "/a/*", "/a", path):
        assert not paths.covers(pattern, path)
    assert paths.fault(path)


@pytest.mark.parametrize("path", CLEAR)
def test_a_path_of_one_reading_is_taken_by_its_segments(path) -> None:
    assert paths.segments(path) == CLEAR[path]


@pytest.mark.parametrize(("pattern", "path", "covered"), [
    ("/a", "/a", True),
    ("/a", "/a?q", True),
    ("/a", "a", False),
    ("a", "/a", False),
    ("/a", "/A", False),
    ("/a", "/a/b", False),
    ("/a", "/%61", False),
    ("/a/*", "/a/b", True),
    ("/a/*", "/a/b/c", True),
    ("/a/*", "/a/*", True),
    ("/a/*", "/a", False),
    ("/a/*", "/ab", False),
    ("/a/*", "/ab/c", False),
    ("/a/*", "/b/a/c", False),
    ("/a/*", "a/b", False),
    ("/a/*", "/a;x/b", False),
    ("/a/b/*", "/a/b/c", True),
    ("/a/b/*", "/a/c/b", False),
    ("/*", "/a", True),
    ("/*", "/a/b", True),
    ("/*", "a", False),
    ("/", "/", True),
    ("/", "/a", False),
    ("b/*", "b/x", True),
    ("b/*", "b", False),
    ("*", "b", True),
    ("*", "b/x", True),
    ("/a*", "/ab", False),
    ("/*/b", "/a/b", False),
    ("/a?", "/a", False),
    ("/a/../b", "/b", False),
])  # fmt: skip
def test_a_pattern_covers_by_whole_segments(pattern, path, covered) -> None:
    assert paths.covers(pattern, path) is covered


@pytest.mark.parametrize(
    "pattern", ["/a*", "/*a", "/*/b", "*/b", "/**", "/a/*/*", "a?", "/a/?", "?"]
)
def test_a_star_anywhere_but_last_and_alone_is_no_pattern(pattern) -> None:
    assert paths.fault(pattern)


@pytest.mark.parametrize("pattern", ["/", "/*", "*", "/a", "/a/*", "a/b/*", "/a%20b/*", "/a;x/*"])
def test_what_is_a_pattern_has_no_fault(pattern) -> None:
    assert paths.fault(pattern) is None


@pytest.mark.parametrize("field", ["path", "resource"])
def test_both_roads_take_a_path_of_one_reading_and_no_other(world, field) -> None:
    def narrowed(pattern):
        caveat = Http(["GET"], [pattern]) if field == "path" else Resource([pattern])
        return attenuate(grant, caveat).text

    grant, verifier = world.grant(), world.verifier()
    texts = {pattern: narrowed(pattern) for pattern in ("/*", "*", "/a/*", "/")}
    for path in AMBIGUOUS:
        access = Access(now=NOW, method="GET", **{field: path})
        for text in texts.values():
            with pytest.raises(CaveatUnmet) as caught:
                verifier.verify(text, access)
            assert "more than one reading" in caught.value.reason
            assert len(caught.value.reason) < 2000
    for path, parts in CLEAR.items():
        access = Access(now=NOW, method="GET", **{field: path})
        pattern = "/" if parts == ("",) else "*" if parts[0] else "/*"
        assert verifier.verify(texts[pattern], access)
        (many,) = verifier.verify_many([texts[pattern]], access)
        assert many == verifier.verify(texts[pattern], access)


pieces = st.sampled_from(
    ["a", "b", "..", ".", "", ";", "%2e", "%2f", "\\", "*", "?", "%", "é", "a;..", "#"]
)


@given(st.lists(pieces, max_size=6), st.lists(st.sampled_from("ab"), min_size=1, max_size=3))
def test_nothing_under_a_pattern_leaves_its_folder(parts, folder) -> None:
    path, root = "/" + "/".join(parts), "/" + "/".join(folder)
    if paths.covers(f"{root}/*", path):
        assert path.startswith(f"{root}/")
        named = path.split("?")[0].lower()
        assert not {"..", ".", ""} & {part.split(";")[0] for part in named[1:].split("/")}
        assert not any(bad in named for bad in ("%2e", "%2f", "%5c", "\\"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gets_an_answer(pattern, path) -> None:
    assert paths.covers(pattern, path) in (True, False)
    assert paths.segments(path) is None or paths.fault(path) or paths.covers(path, path)
